using System.Diagnostics.CodeAnalysis;

namespace Ipsec.Dataplane;

/// <summary>
/// An SPD cache (RFC 4301 section 4.4.1): what the SPD said of a flow. Its key is every selector value of a packet, so that entries can't overlap and no
/// order matters. Bounded: when full it starts over, so that a scan of addresses costs look-ups and no memory.
/// </summary>
internal sealed class PolicyCache
{
    public const int Capacity = 65_536;

    private readonly Dictionary<PacketSelectors, CachedPolicy> _outbound = [], _inbound = [];

    public int Count => _outbound.Count + _inbound.Count;

    public bool TryGet(in PacketSelectors packet, Direction direction, [NotNullWhen(true)] out CachedPolicy? entry) => Flows(direction).TryGetValue(packet, out entry);

    public void Add(in PacketSelectors packet, Direction direction, CachedPolicy entry)
    {
        if (Count >= Capacity)
            Clear();
        Flows(direction)[packet] = entry;
    }

    public void Clear()
    {
        _outbound.Clear();
        _inbound.Clear();
    }

    private Dictionary<PacketSelectors, CachedPolicy> Flows(Direction direction) => direction == Direction.Outbound ? _outbound : _inbound;
}

/// <summary>What is known of a flow: its policy and, outbound, the SAs that carried its last packet.</summary>
public sealed class CachedPolicy(SecurityPolicy policy)
{
    public SecurityPolicy Policy { get; } = policy;

    /// <summary>Valid only while <see cref="AssociationsVersion"/> is the SAD's.</summary>
    internal OutboundBundle? Bundle { get; set; }

    internal long AssociationsVersion { get; set; }
}
