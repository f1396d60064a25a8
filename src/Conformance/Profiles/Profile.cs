using System.Collections.Immutable;
using Conformance.Implementations;

namespace Conformance.Profiles;

/// <summary>
/// What a user knows of an implementation better than its driver: which of its capabilities not to count on (PICS), and how patient to be with it (PIXIT).
/// </summary>
/// <param name="ResponseTime">How long to wait for an answer that is due; null leaves it to the driver.</param>
/// <param name="SilenceTime">How long to watch when nothing may come; null leaves it to the driver.</param>
/// <param name="Without">Capabilities that it is not to be asked for: scenarios that need them are <i>unsupported</i>.</param>
public sealed record Profile(TimeSpan? ResponseTime, TimeSpan? SilenceTime, ImmutableArray<Capability> Without)
{
    /// <summary>IKE and its SAs are between IPv6 addresses in all scenarios.</summary>
    public bool OuterIpv6 { get; init; }
}
