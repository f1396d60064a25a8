using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>
/// A view over IPv6 extension headers (RFC 8200 section 4): hop-by-hop options, routing, destination options, mobility, HIP, shim6 in the form
/// <code>
/// |  Next Header  |  Hdr Ext Len  |  content; the length counts units of 8 octets beyond the first 8
/// </code>
/// the fragment header (section 4.5), always 8 octets:
/// <code>
/// |  Next Header  |   Reserved    |      Fragment Offset    |Res|M|
/// |                         Identification                        |
/// </code>
/// and AH, whose length counts units of 4 octets less two (RFC 4302 section 2.2). ESP and every upper-layer protocol end the chain.
/// Walks without allocation and never throws. After the walk, <see cref="Protocol"/> and <see cref="Rest"/> are the upper layer. In any
/// fragment but the first, the chain ends after the fragment header, because what follows is no header.
/// </summary>
public ref struct Ipv6ExtensionChain(byte first, ReadOnlySpan<byte> octets, int baseOffset = 0)
{
    /// <summary>More headers than this are refused: work stays bounded.</summary>
    public const int MaximumHeaders = 64;

    private readonly ReadOnlySpan<byte> _octets = octets;
    private int _position;
    private int _count;
    private bool _ended;

    public Ipv6Extension Current { get; private set; }

    /// <summary>Protocol of <see cref="Rest"/>.</summary>
    public byte Protocol { get; private set; } = first;

    /// <summary>What follows the headers walked so far.</summary>
    public readonly ReadOnlySpan<byte> Rest => _octets[_position..];

    /// <summary>Offset of <see cref="Rest"/> in the packet.</summary>
    public readonly int RestOffset => baseOffset + _position;

    /// <summary>Set when <see cref="MoveNext"/> returned false because of malformed octets.</summary>
    public ParseError? Error { get; private set; }

    public bool MoveNext()
    {
        if (_ended || !IsExtension(Protocol))
            return false;
        var rest = Rest;
        if (_count++ == MaximumHeaders)
            return Fail(0, "Next Header", $"more than {MaximumHeaders} extension headers");
        if (rest.Length < 8)
            return Fail(0, "extension header", $"{rest.Length} octets left for header {Protocol}, needs 8");
        var length = Protocol switch
        {
            IpProtocol.Ipv6Fragment => 8,
            IpProtocol.Ah => (rest[1] + 2) * 4,
            _ => (rest[1] + 1) * 8,
        };
        if (length > rest.Length)
            return Fail(1, Protocol == IpProtocol.Ah ? "Payload Len" : "Hdr Ext Len", $"{length} octets, but {rest.Length} are left");
        Current = new(Protocol, baseOffset + _position, rest[..length]);
        _ended = Protocol == IpProtocol.Ipv6Fragment && Current.FragmentOffset != 0;
        Protocol = rest[0];
        _position += length;
        return true;
    }

    /// <summary>Whether a protocol number names an extension header that says its own length. ESP does not.</summary>
    public static bool IsExtension(byte protocol) => protocol is IpProtocol.Ipv6HopByHop or IpProtocol.Ipv6Routing or IpProtocol.Ipv6Fragment
        or IpProtocol.Ah or IpProtocol.Ipv6DestinationOptions or IpProtocol.Mobility or IpProtocol.Hip or IpProtocol.Shim6;

    private bool Fail(int within, string field, string reason)
    {
        Error = new(baseOffset + _position + within, field, reason);
        _ended = true;
        return false;
    }
}

/// <summary>One extension header, borrowed: its type, its offset in the packet and all its octets.</summary>
public readonly ref struct Ipv6Extension(byte type, int offset, ReadOnlySpan<byte> octets)
{
    public byte Type { get; } = type;

    public int Offset { get; } = offset;

    public ReadOnlySpan<byte> Octets { get; } = octets;

    public byte NextHeader => Octets[0];

    /// <summary>Walks the options of a Hop-by-Hop or Destination Options header; of any other there are none.</summary>
    public Ipv6OptionChain Options => new(HasOptions ? Octets[2..] : default, Offset + 2);

    public bool HasOptions => Type is IpProtocol.Ipv6HopByHop or IpProtocol.Ipv6DestinationOptions;

    /// <summary>Of a routing header; see <see cref="Ipv6Route"/> for its addresses.</summary>
    public byte RoutingType => Octets[2];

    /// <summary>Of a routing header.</summary>
    public byte SegmentsLeft => Octets[3];

    /// <summary>Of a fragment header: octets from the start of the fragmentable part.</summary>
    public int FragmentOffset => BinaryPrimitives.ReadUInt16BigEndian(Octets[2..]) & 0xFFF8;

    /// <summary>Of a fragment header.</summary>
    public bool MoreFragments => (Octets[3] & 1) != 0;

    /// <summary>Of a fragment header.</summary>
    public uint Identification => BinaryPrimitives.ReadUInt32BigEndian(Octets[4..]);
}
