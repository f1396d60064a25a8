using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Conformance.Implementations;

/// <summary>What RFC 4301 section 4.4.1 says to do with a packet.</summary>
public enum ManualAction
{
    Protect,
    Bypass,
    Discard,
}

public enum TrafficDirection
{
    Outbound,
    Inbound,
}

/// <summary>
/// One SPD entry for one direction. Its selector is a pair of traffic selectors of one family, each with the same protocol: addresses, ports, and for ICMP
/// type and code in <see cref="Remote"/>'s and <see cref="Local"/>'s port fields alike.
/// </summary>
public sealed record ManualPolicy(TrafficDirection Direction, TrafficSelector Local, TrafficSelector Remote, ManualAction Action)
{
    /// <summary>With <see cref="ManualAction.Protect"/>: at least one, innermost first: the order in which a sender applies them. Several are a bundle.</summary>
    public ImmutableArray<ManualSecurityAssociation> Associations { get; init; } = [];

    /// <summary>
    /// Inbound: more SAs for the same traffic, each of which does as well as the one of <see cref="Associations"/> (RFC 4301 section 4.1). Only beside a single one.
    /// </summary>
    public ImmutableArray<ManualSecurityAssociation> Parallel { get; init; } = [];

    /// <summary>What its SAs make of a packet is looked up again, and protected by the entry that it fits: nested SAs (RFC 4301 appendix E).</summary>
    public bool Nested { get; init; }

    internal ManualPolicy Mirrored() => this with
    {
        Direction = Direction == TrafficDirection.Outbound ? TrafficDirection.Inbound : TrafficDirection.Outbound,
        Local = Remote,
        Remote = Local,
    };

    public override string ToString() => string.Concat(
        $"{Direction} {Local} <-> {Remote}: {Action}", string.Concat(Associations.Select(association => $"\n  {association}")));
}

/// <summary>
/// Everything that an implementation without IKE is told: policies and SAs, seen from the implementation (<i>Local</i> is the implementation).
/// What no policy matches is discarded (RFC 4301 section 5).
/// </summary>
public sealed record ManualConfiguration
{
    /// <summary>In order: the first that matches decides.</summary>
    public required ImmutableArray<ManualPolicy> Policies { get; init; }

    /// <summary>SAs that exist without a policy that asks for them.</summary>
    public ImmutableArray<ManualSecurityAssociation> OtherAssociations { get; init; } = [];

    /// <summary>Types of ICMP errors (over IPv6: ICMPv6 errors) that are acted upon although nobody vouches for them (RFC 4301 section 6.1.1).</summary>
    public ImmutableArray<byte> UnprotectedIcmpErrors { get; init; } = [];

    /// <summary>Each SA once.</summary>
    public IEnumerable<ManualSecurityAssociation> Associations =>
        Policies.SelectMany(policy => policy.Associations.Concat(policy.Parallel)).Concat(OtherAssociations).Distinct();

    /// <summary>The same from the other end.</summary>
    public ManualConfiguration Mirrored() => this with { Policies = [.. Policies.Select(policy => policy.Mirrored())] };

    public override string ToString() => string.Concat(
        string.Concat(Policies.Select(policy => $"{policy}\n")), string.Concat(OtherAssociations.Select(association => $"without policy: {association}\n")));
}
