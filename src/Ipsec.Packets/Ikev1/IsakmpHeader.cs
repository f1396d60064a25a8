using System.Buffers.Binary;

namespace Ipsec.Packets.Ikev1;

/// <summary>
/// The ISAKMP header of IKEv1 (RFC 2408 section 3.1), 28 octets, network byte order:
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |                          Initiator                            |
/// |                            Cookie                             |
/// |                          Responder                            |
/// |                            Cookie                             |
/// |  Next Payload | MjVer | MnVer | Exchange Type |     Flags     |
/// |                          Message ID                           |
/// |                            Length                             |
/// </code>
/// </summary>
public readonly record struct IsakmpHeader
{
    /// <summary>Octets.</summary>
    public const int Size = 28;

    public ulong InitiatorCookie { get; init; }
    public ulong ResponderCookie { get; init; }
    public IsakmpPayloadType NextPayload { get; init; }
    public byte MajorVersion { get; init; }
    public byte MinorVersion { get; init; }
    public IsakmpExchangeType ExchangeType { get; init; }
    public IsakmpFlags Flags { get; init; }

    /// <summary>0 in phase 1.</summary>
    public uint MessageId { get; init; }

    /// <summary>Length of the whole message in octets, header included.</summary>
    public uint Length { get; init; }

    /// <summary>Whether what follows the header is ciphertext.</summary>
    public bool IsEncrypted => (Flags & IsakmpFlags.Encryption) != 0;

    /// <summary>Reads the header alone; whether <see cref="Length"/> fits the datagram is for the caller to say.</summary>
    public static bool TryParse(ReadOnlySpan<byte> octets, out IsakmpHeader header, out ParseError error)
    {
        header = default;
        error = default;
        if (octets.Length < Size)
        {
            error = new(0, "ISAKMP header", $"{octets.Length} octets, needs {Size}");
            return false;
        }
        header = new()
        {
            InitiatorCookie = BinaryPrimitives.ReadUInt64BigEndian(octets),
            ResponderCookie = BinaryPrimitives.ReadUInt64BigEndian(octets[8..]),
            NextPayload = (IsakmpPayloadType)octets[16],
            MajorVersion = (byte)(octets[17] >> 4),
            MinorVersion = (byte)(octets[17] & 15),
            ExchangeType = (IsakmpExchangeType)octets[18],
            Flags = (IsakmpFlags)octets[19],
            MessageId = BinaryPrimitives.ReadUInt32BigEndian(octets[20..]),
            Length = BinaryPrimitives.ReadUInt32BigEndian(octets[24..]),
        };
        return true;
    }

    /// <summary>Writes 28 octets.</summary>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, InitiatorCookie);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], ResponderCookie);
        target[16] = (byte)NextPayload;
        target[17] = (byte)(MajorVersion << 4 | MinorVersion & 15);
        target[18] = (byte)ExchangeType;
        target[19] = (byte)Flags;
        BinaryPrimitives.WriteUInt32BigEndian(target[20..], MessageId);
        BinaryPrimitives.WriteUInt32BigEndian(target[24..], Length);
    }
}

/// <summary>Flags of the ISAKMP header; other bits are reserved.</summary>
[Flags]
public enum IsakmpFlags : byte
{
    None = 0,
    Encryption = 1,
    Commit = 2,
    AuthenticationOnly = 4,
}
