using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>
/// A borrowed IPv6 packet (RFC 8200 section 3). Reading never throws and never allocates.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-------+---------------+---------------------------------------+
/// |Version| Traffic Class |              Flow Label               |
/// +-------+-------+-------+-------+---------------+---------------+
/// |        Payload Length         |  Next Header  |   Hop Limit   |
/// +-------------------------------+---------------+---------------+
/// |                  Source Address (16 octets)                   |
/// |               Destination Address (16 octets)                 |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
public readonly ref struct Ipv6View
{
    /// <summary>Octets of the fixed header.</summary>
    public const int HeaderLength = 40;

    private Ipv6View(ReadOnlySpan<byte> octets) => Octets = octets;

    /// <summary>The packet: header and <see cref="PayloadLength"/> octets; what the link added is cut.</summary>
    public ReadOnlySpan<byte> Octets { get; }

    /// <summary>DSCP (upper 6 bits) and ECN (lower 2 bits).</summary>
    public byte TrafficClass => (byte)(BinaryPrimitives.ReadUInt16BigEndian(Octets) >> 4);

    /// <summary>20 bits.</summary>
    public uint FlowLabel => BinaryPrimitives.ReadUInt32BigEndian(Octets) & 0xFFFFF;

    /// <summary>Octets after the fixed header, extension headers included.</summary>
    public int PayloadLength => BinaryPrimitives.ReadUInt16BigEndian(Octets[4..]);

    /// <summary>See <see cref="IpProtocol"/>.</summary>
    public byte NextHeader => Octets[6];

    public byte HopLimit => Octets[7];

    public Ipv6Address Source => Ipv6Address.Read(Octets[8..]);

    public Ipv6Address Destination => Ipv6Address.Read(Octets[24..]);

    /// <summary>Extension headers and what follows them.</summary>
    public ReadOnlySpan<byte> Payload => Octets[HeaderLength..];

    /// <summary>Walks the extension headers.</summary>
    public Ipv6ExtensionChain Extensions => new(NextHeader, Payload, HeaderLength);

    /// <summary>Reads a packet at the start of <paramref name="octets"/>; what follows Payload Length is ignored. Jumbograms are refused.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, out Ipv6View view, out ParseError error)
    {
        view = default;
        error = default;
        if (octets.IsEmpty || octets[0] >> 4 != 6)
        {
            error = new ParseError(0, "Version", octets.IsEmpty ? "no octets" : "not 6");
            return false;
        }

        if (octets.Length < HeaderLength)
        {
            error = new ParseError(octets.Length, "Header", "ends before its 40 octets");
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(octets[4..]);
        if (length > octets.Length - HeaderLength)
        {
            error = new ParseError(4, "Payload Length", $"{length}, but {octets.Length - HeaderLength} octets follow the header");
            return false;
        }

        view = new Ipv6View(octets[..(HeaderLength + length)]);
        return true;
    }
}
