using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>
/// The selectors that a packet carries (RFC 4301 section 4.4.1.1). Ports are null (OPAQUE) where the packet has none to show: other protocols, and
/// fragments that don't hold the transport header. For ICMP both ports are type and code, for a mobility header its type in the upper 8 bits.
/// </summary>
public readonly record struct PacketSelectors(IpAddress Source, IpAddress Destination, byte Protocol, ushort? SourcePort, ushort? DestinationPort)
{
    public static PacketSelectors Of(IpView packet)
    {
        ushort? source = null, destination = null;
        if (packet.FragmentOffset == 0)
            (source, destination) = PortsOf(packet.Protocol, packet.Transport);
        return new(packet.Source, packet.Destination, packet.Protocol, source, destination);
    }

    /// <summary>Of the packet that would answer: addresses and ports change places.</summary>
    public PacketSelectors Reversed => new(Destination, Source, Protocol, DestinationPort, SourcePort);

    /// <summary>Whether a protocol has ports, so that a packet without them is a fragment or too short.</summary>
    public static bool HasPorts(byte protocol) =>
        protocol is IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp or IpProtocol.Icmp or IpProtocol.Icmpv6 or IpProtocol.Mobility;

    private static (ushort? Source, ushort? Destination) PortsOf(byte protocol, ReadOnlySpan<byte> transport)
    {
        if (transport.Length < 4)
            return default;
        switch (protocol)
        {
            case IpProtocol.Tcp or IpProtocol.Udp or IpProtocol.Sctp:
                return (BinaryPrimitives.ReadUInt16BigEndian(transport), BinaryPrimitives.ReadUInt16BigEndian(transport[2..]));
            case IpProtocol.Icmp or IpProtocol.Icmpv6:
                var typeAndCode = BinaryPrimitives.ReadUInt16BigEndian(transport);
                return (typeAndCode, typeAndCode);
            case IpProtocol.Mobility:
                var type = (ushort)(transport[2] << 8);
                return (type, type);
            default:
                return default;
        }
    }

    // The default would hash each property by its own comparer; this runs for every packet.
    public bool Equals(PacketSelectors other) =>
        Source == other.Source && Destination == other.Destination && Protocol == other.Protocol
        && SourcePort == other.SourcePort && DestinationPort == other.DestinationPort;

    public override int GetHashCode() => HashCode.Combine(
        (ulong)Source.Value, (ulong)(Source.Value >> 64), (ulong)Destination.Value, (ulong)(Destination.Value >> 64),
        (Protocol << 16 | SourcePort ?? 0) ^ (DestinationPort ?? 0) << 24 ^ (DestinationPort ?? 0) >> 8);
}
