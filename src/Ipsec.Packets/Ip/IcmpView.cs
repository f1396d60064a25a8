using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>
/// A borrowed ICMP (RFC 792) or ICMPv6 (RFC 4443) message. Reading never throws and never allocates.
/// <code>
/// |     Type      |     Code      |          Checksum             |
/// |        rest of header: MTU, pointer, identifier …             |
/// |    errors: the packet that they are about, from its IP header |
/// </code>
/// </summary>
public readonly ref struct IcmpView
{
    /// <summary>Octets.</summary>
    public const int HeaderLength = 8;

    private readonly bool _isV6;

    private IcmpView(ReadOnlySpan<byte> octets, bool isV6)
    {
        Octets = octets;
        _isV6 = isV6;
    }

    public ReadOnlySpan<byte> Octets { get; }

    public byte Type => Octets[0];

    public byte Code => Octets[1];

    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(Octets[2..]);

    /// <summary>What the second word holds depends on type and code.</summary>
    public uint RestOfHeader => BinaryPrimitives.ReadUInt32BigEndian(Octets[4..]);

    /// <summary>ICMP: unreachable, source quench, redirect, time exceeded, parameter problem. ICMPv6: all types below 128.</summary>
    public bool IsError => _isV6 ? Type < 128 : Type is 3 or 4 or 5 or 11 or 12;

    /// <summary>Next-hop MTU in octets of "fragmentation needed" (RFC 1191) and "packet too big"; null of others.</summary>
    public uint? Mtu => _isV6 ? Type == 2 ? RestOfHeader : null : Type == 3 && Code == 4 ? RestOfHeader & 0xFFFF : null;

    /// <summary>Of an echo.</summary>
    public ushort Identifier => (ushort)(RestOfHeader >> 16);

    /// <summary>Of an echo.</summary>
    public ushort SequenceNumber => (ushort)RestOfHeader;

    /// <summary>Of an error: the start of the packet that it is about, cut where the sender or RFC 4884's extensions cut it. Of others: data.</summary>
    public ReadOnlySpan<byte> Body => IsError && !_isV6 && Octets[5] is > 0 and var words && HeaderLength + words * 4 <= Octets.Length
        ? Octets.Slice(HeaderLength, words * 4)
        : Octets[HeaderLength..];

    /// <summary>ICMP only: ICMPv6 covers a pseudo-header too.</summary>
    public bool HasValidChecksum => InternetChecksum.Compute(Octets) == 0;

    /// <summary>ICMPv6: under the pseudo-header of these addresses.</summary>
    public bool HasValidChecksumV6(Ipv6Address source, Ipv6Address destination)
    {
        var sum = InternetChecksum.AddPseudoHeader(0, source, destination, IpProtocol.Icmpv6, Octets.Length);
        return InternetChecksum.Finish(InternetChecksum.Add(sum, Octets)) == 0;
    }

    public static bool TryParse(ReadOnlySpan<byte> octets, bool isV6, out IcmpView view, out ParseError error)
    {
        view = default;
        error = default;
        if (octets.Length < HeaderLength)
        {
            error = new(octets.Length, "Header", $"ends before its {HeaderLength} octets");
            return false;
        }
        view = new(octets, isV6);
        return true;
    }
}
