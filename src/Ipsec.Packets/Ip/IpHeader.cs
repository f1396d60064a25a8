using System.Buffers.Binary;

namespace Ipsec.Packets.Ip;

/// <summary>A header of either family without options or extension headers, as a tunnel's entry makes it. Both addresses are of one family.</summary>
/// <param name="Protocol">See <see cref="IpProtocol"/>.</param>
public readonly record struct IpHeader(IpAddress Source, IpAddress Destination, byte Protocol)
{
    /// <summary>DSCP (upper 6 bits) and ECN (lower 2 bits).</summary>
    public byte TrafficClass { get; init; }

    /// <summary>20 bits; IPv6 only.</summary>
    public uint FlowLabel { get; init; }

    public byte HopLimit { get; init; } = 64;

    /// <summary>IPv4 only, as <see cref="Identification"/>.</summary>
    public bool DontFragment { get; init; }

    public ushort Identification { get; init; }

    /// <summary>Octets that a header of this family takes: 20 or 40.</summary>
    public static int LengthOf(bool ipv6) => ipv6 ? Ipv6View.HeaderLength : Ipv4View.MinimumHeaderLength;

    /// <summary>Writes the header for a payload that the caller puts behind it; returns its length in octets.</summary>
    /// <param name="payloadLength">Octets; header and payload together at most 65535 (IPv4), the payload alone with IPv6.</param>
    public int Write(Span<byte> destination, int payloadLength)
    {
        if (!Source.IsIpv6)
        {
            return new Ipv4Header(Source.V4, Destination.V4, Protocol)
            {
                TrafficClass = TrafficClass,
                TimeToLive = HopLimit,
                DontFragment = DontFragment,
                Identification = Identification,
            }.Write(destination, payloadLength);
        }
        BinaryPrimitives.WriteUInt32BigEndian(destination, 6u << 28 | (uint)TrafficClass << 20 | FlowLabel & 0xFFFFF);
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], checked((ushort)payloadLength));
        destination[6] = Protocol;
        destination[7] = HopLimit;
        Source.Write(destination[8..]);
        Destination.Write(destination[24..]);
        return Ipv6View.HeaderLength;
    }

    /// <summary>Sets the length of a packet to what the span holds, and with IPv4 the checksum anew.</summary>
    public static void SetLength(Span<byte> packet)
    {
        if (packet[0] >> 4 == 6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - Ipv6View.HeaderLength));
            return;
        }
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        var header = packet[..((packet[0] & 0x0F) * 4)];
        header[10..12].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Compute(header));
    }

    /// <summary>Sets DSCP and ECN, and mends an IPv4 checksum by the difference: a wrong one stays wrong.</summary>
    public static void SetTrafficClass(Span<byte> packet, byte trafficClass)
    {
        if (packet[0] >> 4 == 6)
        {
            packet[0] = (byte)(0x60 | trafficClass >> 4);
            packet[1] = (byte)(trafficClass << 4 | packet[1] & 0x0F);
            return;
        }
        ReadOnlySpan<byte> before = [packet[0], packet[1]];
        packet[1] = trafficClass;
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], InternetChecksum.Adjust(BinaryPrimitives.ReadUInt16BigEndian(packet[10..]), before, packet[..2]));
    }
}
