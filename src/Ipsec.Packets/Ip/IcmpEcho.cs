using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>
/// ICMP echo request and reply (RFC 792):
/// <code>
/// |     Type      |     Code      |          Checksum             |
/// |           Identifier          |        Sequence Number        |
/// |     Data ...
/// </code>
/// </summary>
public sealed record IcmpEcho(bool IsReply, ushort Identifier, ushort SequenceNumber, Octets Data)
{
    private const int HeaderLength = 8;
    private const byte ReplyType = 0, RequestType = 8;

    /// <summary>The ICMP message with its checksum.</summary>
    public byte[] Encode()
    {
        var message = new byte[HeaderLength + Data.Length];
        message[0] = IsReply ? ReplyType : RequestType;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(4), Identifier);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), SequenceNumber);
        Data.Span.CopyTo(message.AsSpan(HeaderLength));
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), InternetChecksum.Compute(message));
        return message;
    }

    /// <summary>The message in an IPv4 packet with default header fields.</summary>
    public byte[] EncodePacket(Ipv4Address source, Ipv4Address destination)
    {
        var message = Encode();
        var packet = new byte[Ipv4View.MinimumHeaderLength + message.Length];
        new Ipv4Header(source, destination, IpProtocol.Icmp).WritePacket(packet, message);
        return packet;
    }

    /// <summary>Null for anything else, and for a wrong checksum.</summary>
    public static IcmpEcho? Parse(ReadOnlySpan<byte> message) =>
        message.Length >= HeaderLength && message[0] is (ReplyType or RequestType) && message[1] == 0 && InternetChecksum.Compute(message) == 0
            ? new(
                message[0] == ReplyType, BinaryPrimitives.ReadUInt16BigEndian(message[4..]), BinaryPrimitives.ReadUInt16BigEndian(message[6..]),
                new(message[HeaderLength..]))
            : null;
}
