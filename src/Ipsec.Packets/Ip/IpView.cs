using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>
/// A borrowed packet of either family, seen as IPsec sees it: addresses, the octets that a tunnel copies, what follows the headers. Reading never
/// throws and never allocates. Layouts at <see cref="Ipv4View"/> and <see cref="Ipv6View"/>.
/// </summary>
public readonly ref struct IpView
{
    private IpView(ReadOnlySpan<byte> octets, bool isIpv6, Layout layout)
    {
        Octets = octets;
        IsIpv6 = isIpv6;
        UnfragmentableLength = layout.UnfragmentableLength;
        UnfragmentableNextOffset = layout.UnfragmentableNextOffset;
        TransportOffset = layout.TransportOffset;
        TransportNextOffset = layout.TransportNextOffset;
        FragmentHeaderOffset = layout.FragmentHeaderOffset;
    }

    /// <summary>The packet, exactly as long as its header says.</summary>
    public ReadOnlySpan<byte> Octets { get; }

    public bool IsIpv6 { get; }

    /// <summary>Octets of the headers that every router may look at: the IPv4 header, or the IPv6 header and its hop-by-hop and routing headers (RFC 8200 section 4.5).</summary>
    public int UnfragmentableLength { get; }

    /// <summary>Offset of the octet that names what follows <see cref="UnfragmentableLength"/>.</summary>
    public int UnfragmentableNextOffset { get; }

    /// <summary>Where the headers end that RFC 4301 section 4.4.1.1 skips to find the next layer protocol.</summary>
    public int TransportOffset { get; }

    /// <summary>Offset of the octet that names <see cref="Protocol"/>.</summary>
    public int TransportNextOffset { get; }

    /// <summary>The next layer protocol: of <see cref="Transport"/>.</summary>
    public byte Protocol => Octets[TransportNextOffset];

    public ReadOnlySpan<byte> Transport => Octets[TransportOffset..];

    public IpAddress Source => IsIpv6 ? Ipv6Address.Read(Octets[8..]) : Ipv4Address.Read(Octets[12..]);

    public IpAddress Destination => IsIpv6 ? Ipv6Address.Read(Octets[24..]) : Ipv4Address.Read(Octets[16..]);

    /// <summary>DSCP (upper 6 bits) and ECN (lower 2 bits).</summary>
    public byte TrafficClass => IsIpv6 ? (byte)(BinaryPrimitives.ReadUInt16BigEndian(Octets) >> 4) : Octets[1];

    public byte Ecn => (byte)(TrafficClass & 3);

    /// <summary>20 bits; 0 of IPv4.</summary>
    public uint FlowLabel => IsIpv6 ? BinaryPrimitives.ReadUInt32BigEndian(Octets) & 0xFFFFF : 0;

    public byte HopLimit => Octets[IsIpv6 ? 7 : 8];

    /// <summary>IPv4's flag; IPv6 routers never fragment, so true.</summary>
    public bool DontFragment => IsIpv6 || (Octets[6] & 0x40) != 0;

    public bool IsFragment => IsIpv6 ? FragmentOffset != 0 || MoreFragments : (BinaryPrimitives.ReadUInt16BigEndian(Octets[6..]) & 0x3FFF) != 0;

    /// <summary>Of IPv6 also true of a packet that is whole and has a fragment header all the same (RFC 6946).</summary>
    public bool HasFragmentHeader => IsIpv6 ? FragmentHeaderOffset != 0 : IsFragment;

    public bool MoreFragments => IsIpv6 ? FragmentHeaderOffset != 0 && (Octets[FragmentHeaderOffset + 3] & 1) != 0 : (Octets[6] & 0x20) != 0;

    /// <summary>Octets from the start of the datagram's fragmentable part.</summary>
    public int FragmentOffset => IsIpv6
        ? FragmentHeaderOffset == 0 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(Octets[(FragmentHeaderOffset + 2)..]) & 0xFFF8
        : (BinaryPrimitives.ReadUInt16BigEndian(Octets[6..]) & 0x1FFF) * 8;

    /// <summary>Of a fragment: 16 bits with IPv4, 32 with IPv6.</summary>
    public uint Identification => IsIpv6
        ? FragmentHeaderOffset == 0 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(Octets[(FragmentHeaderOffset + 4)..])
        : BinaryPrimitives.ReadUInt16BigEndian(Octets[4..]);

    /// <summary>Of IPv6; 0 if there is none.</summary>
    private int FragmentHeaderOffset { get; }

    /// <summary>Reads a packet of either family at the start of <paramref name="octets"/>; what follows its length is ignored.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, out IpView view, out ParseError error)
    {
        view = default;
        if (!octets.IsEmpty && octets[0] >> 4 == 6)
        {
            if (!Ipv6View.TryParse(octets, out var v6, out error) || !TryLayOut(v6.Octets, out var layout, out error))
                return false;
            view = new(v6.Octets, true, layout);
            return true;
        }
        if (!Ipv4View.TryParse(octets, out var v4, out error))
            return false;
        view = new(v4.Octets, false, new(v4.HeaderLength, 9, v4.HeaderLength, 9, 0));
        return true;
    }

    // Destination options before a routing header are for every node in it, so they belong before ESP and AH; those after it don't (RFC 4303 section 3.1.1).
    private static bool TryLayOut(ReadOnlySpan<byte> packet, out Layout layout, out ParseError error)
    {
        layout = default;
        error = default;
        int offset = Ipv6View.HeaderLength, nextOffset = 6, unfragmentable = offset, unfragmentableNext = nextOffset, fragment = 0;
        for (var count = 0; ; count++)
        {
            var type = packet[nextOffset];
            if (type is not (IpProtocol.Ipv6HopByHop or IpProtocol.Ipv6Routing or IpProtocol.Ipv6DestinationOptions or IpProtocol.Ipv6Fragment))
                break;
            var length = packet.Length - offset < 8 ? int.MaxValue : type == IpProtocol.Ipv6Fragment ? 8 : (packet[offset + 1] + 1) * 8;
            if (length > packet.Length - offset || count == Ipv6ExtensionChain.MaximumHeaders)
            {
                error = new(offset, "extension header", count == Ipv6ExtensionChain.MaximumHeaders ? "too many" : "longer than the packet");
                return false;
            }
            if (type == IpProtocol.Ipv6Fragment)
                fragment = offset;
            nextOffset = offset;
            offset += length;
            if (fragment == 0 && type is IpProtocol.Ipv6HopByHop or IpProtocol.Ipv6Routing)
                (unfragmentable, unfragmentableNext) = (offset, nextOffset);
            // What follows the header of a later fragment is no header.
            if (fragment != 0 && (BinaryPrimitives.ReadUInt16BigEndian(packet[(fragment + 2)..]) & 0xFFF8) != 0)
                break;
        }
        layout = new(unfragmentable, unfragmentableNext, offset, nextOffset, fragment);
        return true;
    }

    private readonly record struct Layout(int UnfragmentableLength, int UnfragmentableNextOffset, int TransportOffset, int TransportNextOffset, int FragmentHeaderOffset);
}
