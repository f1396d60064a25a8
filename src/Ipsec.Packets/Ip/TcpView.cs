using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>
/// A borrowed TCP segment (RFC 9293 section 3.1). Reading never throws and never allocates.
/// <code>
/// |          Source Port          |       Destination Port        |
/// |                        Sequence Number                        |
/// |                    Acknowledgment Number                      |
/// | Data  |  Res  |C|E|U|A|P|R|S|F|            Window             |
/// |           Checksum            |         Urgent Pointer        |
/// |                    Options (0 to 40 octets)                   |
/// </code>
/// </summary>
public readonly ref struct TcpView
{
    /// <summary>Octets of a header without options.</summary>
    public const int MinimumHeaderLength = 20;

    private TcpView(ReadOnlySpan<byte> octets) => Octets = octets;

    public ReadOnlySpan<byte> Octets { get; }

    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(Octets);

    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(Octets[2..]);

    public uint SequenceNumber => BinaryPrimitives.ReadUInt32BigEndian(Octets[4..]);

    public uint AcknowledgmentNumber => BinaryPrimitives.ReadUInt32BigEndian(Octets[8..]);

    /// <summary>Octets, 20 to 60.</summary>
    public int HeaderLength => (Octets[12] >> 4) * 4;

    /// <summary>CWR, ECE, URG, ACK, PSH, RST, SYN, FIN from the highest bit.</summary>
    public byte Flags => Octets[13];

    public bool Syn => (Flags & 2) != 0;

    public bool Fin => (Flags & 1) != 0;

    public bool Reset => (Flags & 4) != 0;

    public ushort Window => BinaryPrimitives.ReadUInt16BigEndian(Octets[14..]);

    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(Octets[16..]);

    public ReadOnlySpan<byte> Options => Octets[MinimumHeaderLength..HeaderLength];

    public ReadOnlySpan<byte> Payload => Octets[HeaderLength..];

    public static bool TryParse(ReadOnlySpan<byte> octets, out TcpView view, out ParseError error)
    {
        view = default;
        error = default;
        if (octets.Length < MinimumHeaderLength)
        {
            error = new(octets.Length, "Header", $"ends before its {MinimumHeaderLength} octets");
            return false;
        }
        var length = (octets[12] >> 4) * 4;
        if (length < MinimumHeaderLength || length > octets.Length)
        {
            error = new(12, "Data Offset", $"{length} octets, but {MinimumHeaderLength} to {Math.Min(octets.Length, 60)} are possible");
            return false;
        }
        view = new(octets);
        return true;
    }
}
