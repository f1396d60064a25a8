using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>
/// A borrowed IPv4 packet (RFC 791, 3.1). Reading never throws and never allocates; the checksum is judged only when asked for.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-------+-------+-----------+---+-------------------------------+
/// |Version|  IHL  |   DSCP    |ECN|         Total Length          |
/// +-------+-------+-----------+---+-----+-------------------------+
/// |        Identification         |0|D|M|     Fragment Offset     |
/// +---------------+---------------+-----+-------------------------+
/// | Time to Live  |   Protocol    |        Header Checksum        |
/// +---------------+---------------+-------------------------------+
/// |                        Source Address                         |
/// +---------------------------------------------------------------+
/// |                     Destination Address                       |
/// +---------------------------------------------------------------+
/// |                   Options (0 to 40 octets)                    |
/// +---------------------------------------------------------------+
/// </code>
/// </summary>
public readonly ref struct Ipv4View
{
    /// <summary>Length of a header without options, in octets.</summary>
    public const int MinimumHeaderLength = 20;

    private Ipv4View(ReadOnlySpan<byte> octets) => Octets = octets;

    /// <summary>The packet, exactly <see cref="TotalLength"/> octets: padding that the link added is cut.</summary>
    public ReadOnlySpan<byte> Octets { get; }

    /// <summary>Octets, 20 to 60.</summary>
    public int HeaderLength => (Octets[0] & 0x0F) * 4;

    /// <summary>The octet that holds DSCP and ECN.</summary>
    public byte TrafficClass => Octets[1];

    /// <summary>Differentiated services codepoint, 6 bits (RFC 2474).</summary>
    public byte Dscp => (byte)(Octets[1] >> 2);

    /// <summary>Explicit congestion notification, 2 bits (RFC 3168).</summary>
    public byte Ecn => (byte)(Octets[1] & 3);

    /// <summary>Header and payload, in octets.</summary>
    public int TotalLength => BinaryPrimitives.ReadUInt16BigEndian(Octets[2..]);

    public ushort Identification => BinaryPrimitives.ReadUInt16BigEndian(Octets[4..]);

    /// <summary>The flag that must be zero.</summary>
    public bool ReservedFlag => (Octets[6] & 0x80) != 0;

    public bool DontFragment => (Octets[6] & 0x40) != 0;

    public bool MoreFragments => (Octets[6] & 0x20) != 0;

    /// <summary>Offset of this fragment's payload in the whole datagram's, in octets (the field counts units of 8).</summary>
    public int FragmentOffset => (BinaryPrimitives.ReadUInt16BigEndian(Octets[6..]) & 0x1FFF) * 8;

    /// <summary>Whether this is a part of a datagram.</summary>
    public bool IsFragment => MoreFragments || FragmentOffset != 0;

    public byte TimeToLive => Octets[8];

    /// <summary>See <see cref="IpProtocol"/>.</summary>
    public byte Protocol => Octets[9];

    public ushort HeaderChecksum => BinaryPrimitives.ReadUInt16BigEndian(Octets[10..]);

    public bool HasValidChecksum => InternetChecksum.Compute(Header) == 0;

    public Ipv4Address Source => Ipv4Address.Read(Octets[12..]);

    public Ipv4Address Destination => Ipv4Address.Read(Octets[16..]);

    /// <summary>The options with their padding, as they came; 0 to 40 octets.</summary>
    public ReadOnlySpan<byte> Options => Octets[MinimumHeaderLength..HeaderLength];

    /// <summary>Walks the options.</summary>
    public Ipv4OptionChain OptionChain => new(Options);

    public ReadOnlySpan<byte> Header => Octets[..HeaderLength];

    public ReadOnlySpan<byte> Payload => Octets[HeaderLength..];

    /// <summary>Reads a packet at the start of <paramref name="octets"/>; what follows Total Length is ignored.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, out Ipv4View view, out ParseError error)
    {
        view = default;
        error = default;
        if (octets.IsEmpty)
        {
            error = new ParseError(0, "Version", "no octets");
            return false;
        }

        if (octets[0] >> 4 != 4)
        {
            error = new ParseError(0, "Version", "not 4");
            return false;
        }

        if (octets.Length < MinimumHeaderLength)
        {
            error = new ParseError(octets.Length, "Header", "ends before its 20 octets");
            return false;
        }

        var headerLength = (octets[0] & 0x0F) * 4;
        if (headerLength < MinimumHeaderLength)
        {
            error = new ParseError(0, "IHL", "less than 5");
            return false;
        }

        var totalLength = BinaryPrimitives.ReadUInt16BigEndian(octets[2..]);
        if (totalLength < headerLength)
        {
            error = new ParseError(2, "Total Length", "less than the header's length");
            return false;
        }

        if (totalLength > octets.Length)
        {
            error = new ParseError(2, "Total Length", "more than there are octets");
            return false;
        }

        view = new Ipv4View(octets[..totalLength]);
        return true;
    }
}
