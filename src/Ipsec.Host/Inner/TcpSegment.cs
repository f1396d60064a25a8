using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Inner;

[Flags]
internal enum TcpFlags : byte
{
    None = 0,
    Fin = 1,
    Syn = 2,
    Rst = 4,
    Psh = 8,
    Ack = 16,
}

/// <summary>
/// A borrowed TCP segment (RFC 9293, 3.1): source and destination port (2 octets each), sequence number (4), acknowledgment number (4),
/// data offset in units of 4 octets (4 bits), reserved (4 bits), flags (8 bits), window (2), checksum (2), urgent pointer (2), options, data.
/// Reading never throws.
/// </summary>
internal readonly ref struct TcpSegment
{
    public const int MinimumHeaderLength = 20;

    private const byte EndOfOptions = 0, NoOperation = 1, MaximumSegmentSizeOption = 2;

    private readonly ReadOnlySpan<byte> _octets;

    private TcpSegment(ReadOnlySpan<byte> octets) => _octets = octets;

    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(_octets);

    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(_octets[2..]);

    public uint SequenceNumber => BinaryPrimitives.ReadUInt32BigEndian(_octets[4..]);

    public uint AcknowledgmentNumber => BinaryPrimitives.ReadUInt32BigEndian(_octets[8..]);

    public TcpFlags Flags => (TcpFlags)_octets[13];

    public int Window => BinaryPrimitives.ReadUInt16BigEndian(_octets[14..]);

    public ReadOnlySpan<byte> Payload => _octets[HeaderLength(_octets)..];

    /// <summary>Length in sequence space: data, SYN and FIN.</summary>
    public int SequenceLength => Payload.Length + (Has(TcpFlags.Syn) ? 1 : 0) + (Has(TcpFlags.Fin) ? 1 : 0);

    /// <summary>The maximum segment size option in octets, null without one.</summary>
    public int? MaximumSegmentSize
    {
        get
        {
            var options = _octets[MinimumHeaderLength..HeaderLength(_octets)];
            while (!options.IsEmpty && options[0] != EndOfOptions)
            {
                if (options[0] == NoOperation)
                {
                    options = options[1..];
                    continue;
                }

                if (options.Length < 2 || options[1] < 2 || options[1] > options.Length)
                {
                    return null;
                }

                if (options[0] == MaximumSegmentSizeOption && options[1] == 4)
                {
                    return BinaryPrimitives.ReadUInt16BigEndian(options[2..]);
                }

                options = options[options[1]..];
            }

            return null;
        }
    }

    public bool Has(TcpFlags flag) => (Flags & flag) != 0;

    public static bool TryParse(ReadOnlySpan<byte> octets, out TcpSegment segment)
    {
        segment = default;
        if (octets.Length < MinimumHeaderLength || HeaderLength(octets) is < MinimumHeaderLength || HeaderLength(octets) > octets.Length)
        {
            return false;
        }

        segment = new TcpSegment(octets);
        return true;
    }

    public static bool HasValidChecksum(ReadOnlySpan<byte> octets, IpAddress source, IpAddress destination) =>
        InternetChecksum.Finish(InternetChecksum.Add(
            InternetChecksum.AddPseudoHeader(0, source, destination, IpProtocol.Tcp, octets.Length), octets)) == 0;

    /// <summary>Writes the header in front of data that already stands at <see cref="WrittenHeaderLength"/>.</summary>
    /// <param name="octets">Header and data.</param>
    public static void Write(
        Span<byte> octets,
        IpAddress source,
        ushort sourcePort,
        IpAddress destination,
        ushort destinationPort,
        uint sequenceNumber,
        uint acknowledgmentNumber,
        TcpFlags flags,
        int window,
        int? maximumSegmentSize)
    {
        BinaryPrimitives.WriteUInt16BigEndian(octets, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(octets[2..], destinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(octets[4..], sequenceNumber);
        BinaryPrimitives.WriteUInt32BigEndian(octets[8..], acknowledgmentNumber);
        octets[12] = (byte)(WrittenHeaderLength(maximumSegmentSize) / 4 << 4);
        octets[13] = (byte)flags;
        BinaryPrimitives.WriteUInt16BigEndian(octets[14..], (ushort)window);
        BinaryPrimitives.WriteUInt32BigEndian(octets[16..], 0);
        if (maximumSegmentSize is { } size)
        {
            octets[20] = MaximumSegmentSizeOption;
            octets[21] = 4;
            BinaryPrimitives.WriteUInt16BigEndian(octets[22..], (ushort)size);
        }

        var sum = InternetChecksum.AddPseudoHeader(0, source, destination, IpProtocol.Tcp, octets.Length);
        BinaryPrimitives.WriteUInt16BigEndian(octets[16..], InternetChecksum.Finish(InternetChecksum.Add(sum, octets)));
    }

    public static int WrittenHeaderLength(int? maximumSegmentSize) => maximumSegmentSize is null ? MinimumHeaderLength : MinimumHeaderLength + 4;

    private static int HeaderLength(ReadOnlySpan<byte> octets) => (octets[12] >> 4) * 4;
}
