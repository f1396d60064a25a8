using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Links;

/// <summary>
/// ARP for IPv4 over Ethernet (RFC 826), 28 octets: hardware type, protocol type (2 octets each), address lengths (1 each), operation (2),
/// sender's MAC (6) and IPv4 address (4), target's MAC (6) and IPv4 address (4).
/// </summary>
internal readonly record struct ArpPacket(
    ushort Operation, MacAddress SenderMac, Ipv4Address SenderAddress, MacAddress TargetMac, Ipv4Address TargetAddress)
{
    public const int Length = 28;
    public const int SenderAddressOffset = 14;
    public const int TargetAddressOffset = 24;
    public const ushort Request = 1;
    public const ushort Reply = 2;

    private const ulong EthernetAndIpv4 = 0x0001_0800_0604;

    public static bool TryParse(ReadOnlySpan<byte> octets, out ArpPacket packet)
    {
        packet = default;
        if (octets.Length < Length || BinaryPrimitives.ReadUInt64BigEndian(octets) >> 16 != EthernetAndIpv4)
        {
            return false;
        }

        packet = new ArpPacket(
            BinaryPrimitives.ReadUInt16BigEndian(octets[6..]),
            MacAddress.Read(octets[8..]),
            Ipv4Address.Read(octets[SenderAddressOffset..]),
            MacAddress.Read(octets[18..]),
            Ipv4Address.Read(octets[TargetAddressOffset..]));
        return true;
    }

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, (EthernetAndIpv4 << 16) | Operation);
        SenderMac.Write(destination[8..]);
        SenderAddress.Write(destination[SenderAddressOffset..]);
        TargetMac.Write(destination[18..]);
        TargetAddress.Write(destination[TargetAddressOffset..]);
    }
}
