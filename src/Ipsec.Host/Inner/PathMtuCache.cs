using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

/// <summary>
/// What ICMP said of paths that are narrower than the first link (RFC 1191 section 6, RFC 8201 section 5). An entry is forgotten after 10 minutes, so that a
/// path that got wider is found again. Bounded: the oldest makes room.
/// </summary>
internal sealed class PathMtuCache
{
    private const int MaximumEntries = 256;
    private const int MinimumIpv4Mtu = 68;

    // For a router that does not say its MTU (RFC 1191 section 5): the least that every IPv4 host takes.
    private const int UnsaidMtu = 576;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly Dictionary<IpAddress, (int Mtu, DateTimeOffset Expiry)> _known = [];

    /// <summary>Octets: what is known of the path, at most <paramref name="linkMtu"/>; for IPv6 never less than 1280.</summary>
    public int Of(DateTimeOffset now, IpAddress destination, int linkMtu)
    {
        var mtu = _known.TryGetValue(destination, out var known) && known.Expiry > now ? Math.Min(known.Mtu, linkMtu) : linkMtu;
        return destination.IsIpv6 ? Math.Max(mtu, Ipv6Fragmenter.MinimumMtu) : mtu;
    }

    /// <summary>Notes an MTU in octets, 0 if the router did not say. It never makes a path wider.</summary>
    public void Learn(DateTimeOffset now, IpAddress destination, int mtu)
    {
        var least = destination.IsIpv6 ? Ipv6Fragmenter.MinimumMtu : MinimumIpv4Mtu;
        mtu = Math.Max(mtu == 0 ? UnsaidMtu : mtu, least);
        if (_known.TryGetValue(destination, out var known) && known.Expiry > now && known.Mtu < mtu)
        {
            return;
        }

        if (_known.Count >= MaximumEntries && !_known.ContainsKey(destination))
        {
            _known.Remove(_known.MinBy(entry => entry.Value.Expiry).Key);
        }

        _known[destination] = (mtu, now + Lifetime);
    }
}
