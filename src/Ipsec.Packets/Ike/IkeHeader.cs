using System.Buffers.Binary;

namespace Ipsec.Packets.Ike;

/// <summary>
/// The IKE header (RFC 7296 section 3.1), 28 octets, network byte order:
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |                       IKE SA Initiator's SPI                  |
/// |                                                               |
/// |                       IKE SA Responder's SPI                  |
/// |                                                               |
/// |  Next Payload | MjVer | MnVer | Exchange Type |     Flags     |
/// |                          Message ID                           |
/// |                            Length                             |
/// </code>
/// </summary>
public readonly record struct IkeHeader
{
    /// <summary>Octets.</summary>
    public const int Size = 28;

    /// <summary>Messages longer than this are refused: a UDP datagram can't carry more.</summary>
    public const int MaximumMessageLength = 65535;

    public ulong InitiatorSpi { get; init; }
    public ulong ResponderSpi { get; init; }
    public PayloadType NextPayload { get; init; }
    public byte MajorVersion { get; init; }
    public byte MinorVersion { get; init; }
    public ExchangeType ExchangeType { get; init; }
    public IkeFlags Flags { get; init; }
    public uint MessageId { get; init; }

    /// <summary>Length of the whole message in octets, header included.</summary>
    public uint Length { get; init; }

    public bool IsResponse => (Flags & IkeFlags.Response) != 0;

    /// <summary>Sent by the original initiator of the IKE SA.</summary>
    public bool IsFromInitiator => (Flags & IkeFlags.Initiator) != 0;

    /// <summary>Reads the header alone; whether <see cref="Length"/> fits the datagram is for the caller to say.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, out IkeHeader header, out ParseError error)
    {
        header = default;
        error = default;
        if (octets.Length < Size)
        {
            error = new(0, "IKE header", $"{octets.Length} octets, needs {Size}");
            return false;
        }
        header = new()
        {
            InitiatorSpi = BinaryPrimitives.ReadUInt64BigEndian(octets),
            ResponderSpi = BinaryPrimitives.ReadUInt64BigEndian(octets[8..]),
            NextPayload = (PayloadType)octets[16],
            MajorVersion = (byte)(octets[17] >> 4),
            MinorVersion = (byte)(octets[17] & 15),
            ExchangeType = (ExchangeType)octets[18],
            Flags = (IkeFlags)octets[19],
            MessageId = BinaryPrimitives.ReadUInt32BigEndian(octets[20..]),
            Length = BinaryPrimitives.ReadUInt32BigEndian(octets[24..]),
        };
        return true;
    }

    /// <summary>Writes 28 octets.</summary>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, InitiatorSpi);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], ResponderSpi);
        target[16] = (byte)NextPayload;
        target[17] = (byte)(MajorVersion << 4 | MinorVersion & 15);
        target[18] = (byte)ExchangeType;
        target[19] = (byte)Flags;
        BinaryPrimitives.WriteUInt32BigEndian(target[20..], MessageId);
        BinaryPrimitives.WriteUInt32BigEndian(target[24..], Length);
    }
}

/// <summary>Flags of the IKE header; bits without a name are reserved (sent as zero, ignored on receipt).</summary>
[Flags]
public enum IkeFlags : byte
{
    None = 0,
    Initiator = 0x08,
    /// <summary>The sender could speak a higher major version.</summary>
    Version = 0x10,
    Response = 0x20,
}
