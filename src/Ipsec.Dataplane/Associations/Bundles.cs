using System.Collections.Immutable;

namespace Ipsec.Dataplane;

/// <summary>
/// SAs that one policy puts on the same packets, innermost first (RFC 2401 section 4.3): usually one; AH around ESP and IPComp inside ESP are transport
/// adjacency, tunnels in tunnels iterated tunnelling.
/// </summary>
/// <param name="policy">Name of the SPD entry that it serves.</param>
/// <param name="traffic">Seen from this host, in either direction.</param>
public abstract class Bundle<T>(string policy, TrafficPair traffic, ImmutableArray<T> associations)
    where T : SecurityAssociation
{
    public string Policy { get; } = policy;

    public TrafficPair Traffic { get; } = traffic;

    public ImmutableArray<T> Associations { get; } = associations;

    internal T Outermost => Associations[^1];
}

/// <inheritdoc/>
public sealed class OutboundBundle(string policy, TrafficPair traffic, ImmutableArray<OutboundSecurityAssociation> associations)
    : Bundle<OutboundSecurityAssociation>(policy, traffic, associations)
{
    /// <summary>What is known of the path to the outermost destination, in octets; null where nothing is.</summary>
    public int? PathMtu { get; internal set; }

    /// <summary>When <see cref="PathMtu"/> is forgotten, so that a wider path is found again (RFC 1191 section 6.3).</summary>
    internal DateTimeOffset PathMtuExpires { get; set; }
}

/// <inheritdoc/>
public sealed class InboundBundle(string policy, TrafficPair traffic, ImmutableArray<InboundSecurityAssociation> associations)
    : Bundle<InboundSecurityAssociation>(policy, traffic, associations);
