using System.Collections.Immutable;
using Conformance.Implementations;

namespace Conformance.Peers.StrongSwan;

/// <summary>strongSwan: charon-systemd, configured by swanctl.</summary>
internal sealed class StrongSwanDaemon : IPeerDaemon
{
    public string Name => "strongswan";

    public Capabilities Capabilities => Capabilities.OfIkeDaemon;

    public IReadOnlyDictionary<string, string> Render(ConnectionPolicy policy, Topology topology) => new Dictionary<string, string>
    {
        ["strongswan.conf"] = CharonConfiguration.Render(policy),
        ["swanctl.conf"] = SwanctlConfiguration.Render(policy, topology),
    };

    public ImmutableArray<SecurityAssociationInfo> ParseAssociations(string output) => SwanctlAssociations.Parse(output);
}
