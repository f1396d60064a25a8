using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>
/// Splits one IPv6 packet at its source into fragments that fit an MTU (RFC 8200 section 4.5). A packet that fits comes out once, unchanged. The headers
/// that routers read (hop-by-hop options, and what stands before and in a routing header) go into every fragment. Allocates nothing; used as
/// <see cref="Ipv4Fragmenter"/> is. What can't be split (a fragment, headers that leave no room) gives nothing, and says so: <see cref="IsTooLarge"/>.
/// </summary>
public ref struct Ipv6Fragmenter
{
    /// <summary>Least MTU of an IPv6 link, in octets (RFC 8200 section 5).</summary>
    public const int MinimumMtu = 1280;

    private const int FragmentHeaderLength = 8;

    private readonly Ipv6View _packet;
    private readonly int _mtu;
    private readonly uint _identification;
    private readonly int _commonLength;
    private readonly int _nextHeaderAt;
    private int _done;
    private bool _finished;

    /// <param name="mtu">Largest fragment in octets, headers included; at least 1280.</param>
    /// <param name="identification">Not used for another packet between these addresses within the reassembly time.</param>
    /// <exception cref="ArgumentOutOfRangeException">The MTU is less than 1280.</exception>
    public Ipv6Fragmenter(Ipv6View packet, int mtu, uint identification)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu, MinimumMtu);
        _packet = packet;
        _mtu = mtu;
        _identification = identification;
        _commonLength = Ipv6View.HeaderLength;
        _nextHeaderAt = 6;
        var chain = packet.Extensions;
        while (chain.MoveNext())
        {
            if (chain.Current.Type == IpProtocol.Ipv6Fragment)
                IsTooLarge = packet.Octets.Length > mtu;
            if (chain.Current.Type is IpProtocol.Ipv6HopByHop or IpProtocol.Ipv6Routing)
                (_commonLength, _nextHeaderAt) = (chain.RestOffset, chain.Current.Offset);
        }
        IsTooLarge |= packet.Octets.Length > mtu && _commonLength + FragmentHeaderLength + 8 > mtu;
        _finished = IsTooLarge;
    }

    /// <summary>The packet is over the MTU and can't be split.</summary>
    public bool IsTooLarge { get; }

    /// <summary>Writes the next fragment; false when all are out.</summary>
    /// <param name="destination">At least min(MTU, packet) octets.</param>
    /// <param name="length">Octets written.</param>
    public bool TryNext(Span<byte> destination, out int length)
    {
        length = 0;
        if (_finished)
            return false;
        var packet = _packet.Octets;
        if (packet.Length <= _mtu)
        {
            _finished = true;
            packet.CopyTo(destination);
            length = packet.Length;
            return true;
        }
        var remaining = packet[(_commonLength + _done)..];
        var room = (_mtu - _commonLength - FragmentHeaderLength) / 8 * 8;
        _finished = remaining.Length <= _mtu - _commonLength - FragmentHeaderLength;
        var part = _finished ? remaining : remaining[..room];
        packet[.._commonLength].CopyTo(destination);
        destination[_nextHeaderAt] = IpProtocol.Ipv6Fragment;
        var header = destination[_commonLength..];
        header[0] = packet[_nextHeaderAt];
        header[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(_done | (_finished ? 0 : 1)));
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], _identification);
        part.CopyTo(header[FragmentHeaderLength..]);
        length = _commonLength + FragmentHeaderLength + part.Length;
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], (ushort)(length - Ipv6View.HeaderLength));
        _done += part.Length;
        return true;
    }
}
