using System.Buffers.Binary;

namespace Ipsec.Host.Links;

/// <summary>
/// Where things stand in an Ethernet II frame without FCS: destination (6 octets), source (6), EtherType (2), payload.
/// The readers want at least <see cref="HeaderLength"/> octets.
/// </summary>
internal static class EthernetFrame
{
    public const int HeaderLength = 14;
    public const ushort Ipv4 = 0x0800;
    public const ushort Arp = 0x0806;
    public const ushort Ipv6 = 0x86DD;

    public static MacAddress Destination(ReadOnlySpan<byte> frame) => MacAddress.Read(frame);

    public static MacAddress Source(ReadOnlySpan<byte> frame) => MacAddress.Read(frame[6..]);

    public static ushort EtherType(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);

    public static void WriteHeader(Span<byte> frame, MacAddress destination, MacAddress source, ushort etherType)
    {
        destination.Write(frame);
        source.Write(frame[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], etherType);
    }
}
