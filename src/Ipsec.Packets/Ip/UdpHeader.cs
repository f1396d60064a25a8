using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>A UDP header that can only be valid (RFC 768; layout at <see cref="UdpView"/>). Length and checksum are computed on writing.</summary>
public readonly record struct UdpHeader(ushort SourcePort, ushort DestinationPort)
{
    /// <summary>Largest payload that an IPv4 packet without options can carry, in octets.</summary>
    public const int MaximumPayloadLength = Ipv4Header.MaximumTotalLength - Ipv4View.MinimumHeaderLength - UdpView.HeaderLength;

    /// <summary>Writes header and payload, with the checksum under the pseudo-header of these addresses, which are of one family.</summary>
    /// <returns>The datagram's length in octets.</returns>
    /// <exception cref="ArgumentException">The payload is too long or the destination too short.</exception>
    public int WriteDatagram(Span<byte> destination, IpAddress from, IpAddress to, ReadOnlySpan<byte> payload)
    {
        var length = WriteDatagramWithoutChecksum(destination, payload);
        var sum = InternetChecksum.AddPseudoHeader(0, from, to, IpProtocol.Udp, length);
        var checksum = InternetChecksum.Finish(InternetChecksum.Add(sum, destination[..length]));
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], checksum == 0 ? (ushort)0xFFFF : checksum);
        return length;
    }

    /// <summary>Writes header and payload with a checksum of 0, as UDP-encapsulated ESP wants it (RFC 3948, 2.1).</summary>
    /// <returns>The datagram's length in octets.</returns>
    /// <exception cref="ArgumentException">The payload is too long or the destination too short.</exception>
    public int WriteDatagramWithoutChecksum(Span<byte> destination, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > MaximumPayloadLength)
        {
            throw new ArgumentException($"{payload.Length} octets do not fit into a UDP datagram", nameof(payload));
        }

        var length = UdpView.HeaderLength + payload.Length;
        if (destination.Length < length)
        {
            throw new ArgumentException($"{length} octets needed, {destination.Length} given", nameof(destination));
        }

        payload.CopyTo(destination[UdpView.HeaderLength..]);
        BinaryPrimitives.WriteUInt16BigEndian(destination, SourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], DestinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], (ushort)length);
        BinaryPrimitives.WriteUInt16BigEndian(destination[6..], 0);
        return length;
    }
}
