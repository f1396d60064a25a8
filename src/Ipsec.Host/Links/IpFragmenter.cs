using Ipsec.Packets.Ip;

namespace Ipsec.Host.Links;

/// <summary>Splits a packet of either family, as <see cref="Ipv4Fragmenter"/> and <see cref="Ipv6Fragmenter"/> do. A packet that fits comes out once, unchanged.</summary>
internal ref struct IpFragmenter
{
    private readonly bool _isIpv6;
    private Ipv4Fragmenter _ipv4;
    private Ipv6Fragmenter _ipv6;

    /// <param name="mtu">Octets; at least 68, for IPv6 at least 1280.</param>
    /// <param name="identification">For IPv6 only: IPv4 packets bring theirs.</param>
    public IpFragmenter(ReadOnlySpan<byte> packet, int mtu, uint identification)
    {
        if (Ipv6View.TryParse(packet, out var ipv6, out _))
        {
            _isIpv6 = true;
            _ipv6 = new(ipv6, mtu, identification);
        }
        else
        {
            Ipv4View.TryParse(packet, out var ipv4, out _);
            _ipv4 = new(ipv4, mtu);
        }
    }

    public bool TryNext(Span<byte> destination, out int length) => _isIpv6 ? _ipv6.TryNext(destination, out length) : _ipv4.TryNext(destination, out length);
}
