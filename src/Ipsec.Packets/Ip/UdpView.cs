using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>
/// A borrowed UDP datagram (RFC 768). Reading never throws and never allocates.
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-------------------------------+-------------------------------+
/// |          Source Port          |       Destination Port        |
/// +-------------------------------+-------------------------------+
/// |            Length             |           Checksum            |
/// +-------------------------------+-------------------------------+
/// </code>
/// </summary>
public readonly ref struct UdpView
{
    /// <summary>Octets.</summary>
    public const int HeaderLength = 8;

    private UdpView(ReadOnlySpan<byte> octets) => Octets = octets;

    /// <summary>The datagram, exactly <see cref="Length"/> octets.</summary>
    public ReadOnlySpan<byte> Octets { get; }

    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(Octets);

    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(Octets[2..]);

    /// <summary>Header and data, in octets.</summary>
    public int Length => BinaryPrimitives.ReadUInt16BigEndian(Octets[4..]);

    /// <summary>0 means that the sender computed none.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(Octets[6..]);

    public ReadOnlySpan<byte> Payload => Octets[HeaderLength..];

    /// <summary>Whether the checksum is right under the pseudo-header, or absent (0), which only IPv4 allows (RFC 8200 section 8.1).</summary>
    public bool HasValidChecksum(IpAddress source, IpAddress destination)
    {
        if (Checksum == 0)
        {
            return !source.IsIpv6;
        }

        var sum = InternetChecksum.AddPseudoHeader(0, source, destination, IpProtocol.Udp, Octets.Length);
        return InternetChecksum.Finish(InternetChecksum.Add(sum, Octets)) == 0;
    }

    /// <summary>Reads a datagram at the start of <paramref name="octets"/>; what follows Length is ignored.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, out UdpView view, out ParseError error)
    {
        view = default;
        error = default;
        if (octets.Length < HeaderLength)
        {
            error = new ParseError(octets.Length, "Header", "ends before its 8 octets");
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(octets[4..]);
        if (length < HeaderLength)
        {
            error = new ParseError(4, "Length", "less than the header's length");
            return false;
        }

        if (length > octets.Length)
        {
            error = new ParseError(4, "Length", "more than there are octets");
            return false;
        }

        view = new UdpView(octets[..length]);
        return true;
    }
}
