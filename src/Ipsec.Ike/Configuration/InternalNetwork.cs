using System.Collections.Immutable;
using System.Net;

namespace Ipsec.Ike;

/// <summary>What a gateway tells peers that ask for configuration (RFC 7296 sections 2.19 and 3.15).</summary>
public sealed record InternalNetwork
{
    /// <summary>Where the peers' addresses come from: one pool of a family at most. Their prefix length is told as netmask. Host parts of all zeros or all ones are not given away.</summary>
    public required ImmutableArray<IPNetwork> Pools { get; init; }

    /// <summary>Addresses of DNS servers.</summary>
    public ImmutableArray<IPAddress> NameServers { get; init; } = [];

    /// <summary>What lies behind the gateway.</summary>
    public ImmutableArray<IPNetwork> Subnets { get; init; } = [];

    /// <summary>Whether a peer that does not ask gets no child SA, but FAILED_CP_REQUIRED.</summary>
    public bool IsRequired { get; init; }
}

/// <summary>What a gateway has told this end, which asked (RFC 7296 section 2.19). It holds as long as the IKE SA and its rekeyed successors do.</summary>
public sealed record InternalConfiguration
{
    /// <summary>Own addresses inside, one of a family at most, at least one in all.</summary>
    public required ImmutableArray<IPAddress> Addresses { get; init; }

    public ImmutableArray<IPAddress> NameServers { get; init; } = [];

    /// <summary>What lies behind the gateway.</summary>
    public ImmutableArray<IPNetwork> Subnets { get; init; } = [];
}
