using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>
/// Stateful fragment checking (RFC 4301 section 7.3 and 7.4): remembers the ports of first fragments, so that the others are held to the same policy. Fragments
/// that overtake their first one show no ports. Bounded in number and time; when full, the oldest goes.
/// </summary>
internal sealed class FragmentTracker
{
    public const int Capacity = 4096;

    /// <summary>As long as a datagram may take to come together (RFC 8200 section 4.5: 60 seconds).</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    private readonly Dictionary<Datagram, (PacketSelectors Selectors, DateTimeOffset Expires)> _known = [];
    private readonly Queue<Datagram> _inOrder = [];

    /// <summary>The selectors of a packet; of a later fragment with its first one's ports, if that was seen. False for a first fragment that hides its ports.</summary>
    public bool TryClassify(DateTimeOffset now, IpView packet, out PacketSelectors selectors)
    {
        selectors = PacketSelectors.Of(packet);
        if (!packet.IsFragment || !PacketSelectors.HasPorts(packet.Protocol))
            return true;
        var key = new Datagram(packet.Source, packet.Destination, packet.Protocol, packet.Identification);
        if (packet.FragmentOffset == 0)
        {
            if (selectors.SourcePort is null)
                return false;
            Remember(now, key, selectors);
        }
        else if (_known.TryGetValue(key, out var first) && now < first.Expires)
        {
            selectors = first.Selectors;
        }
        return true;
    }

    private void Remember(DateTimeOffset now, in Datagram key, in PacketSelectors selectors)
    {
        if (!_known.ContainsKey(key))
        {
            while (_inOrder.Count >= Capacity)
                _known.Remove(_inOrder.Dequeue());
            _inOrder.Enqueue(key);
        }
        _known[key] = (selectors, now + Lifetime);
    }

    private readonly record struct Datagram(IpAddress Source, IpAddress Destination, byte Protocol, uint Identification);
}
