using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>
/// The selectors that a packet carries (RFC 4301 section 4.4.1.1). Ports are null where the packet has none to show: other protocols, and
/// fragments that don't hold the transport header. For ICMP the source port is type and code, the destination port the same.
/// </summary>
public readonly record struct PacketSelectors(
    Ipv4Address Source, Ipv4Address Destination, byte Protocol, ushort? SourcePort, ushort? DestinationPort)
{
    public static PacketSelectors Of(Ipv4View packet)
    {
        var payload = packet.Payload;
        ushort? source = null, destination = null;
        if (packet.FragmentOffset == 0 && payload.Length >= 4)
        {
            if (packet.Protocol is IpProtocol.Tcp or IpProtocol.Udp)
            {
                source = BinaryPrimitives.ReadUInt16BigEndian(payload);
                destination = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]);
            }
            else if (packet.Protocol == IpProtocol.Icmp)
            {
                source = destination = BinaryPrimitives.ReadUInt16BigEndian(payload);
            }
        }
        return new(packet.Source, packet.Destination, packet.Protocol, source, destination);
    }
}
