using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>
/// Transport mode through NAT (RFC 3948 section 3.1.2): TCP and UDP checksums were made over the addresses that the sender had, so they are mended by the
/// difference to those that arrived. A UDP checksum of zero stays. The packet's own checksum error, if it has one, stays too.
/// </summary>
internal static class NatChecksums
{
    public static void Mend(Span<byte> packet, in AddressPair original)
    {
        IpView.TryParse(packet, out var view, out _);
        var field = view.Protocol switch
        {
            IpProtocol.Tcp => 16,
            IpProtocol.Udp => 6,
            // ICMPv6 has the pseudo-header too (RFC 4443 section 2.3).
            IpProtocol.Icmpv6 => 2,
            _ => -1,
        };
        var transport = packet[view.TransportOffset..];
        if (field < 0 || transport.Length < field + 2 || view.FragmentOffset != 0)
            return;
        var checksum = BinaryPrimitives.ReadUInt16BigEndian(transport[field..]);
        if (checksum == 0 && view.Protocol == IpProtocol.Udp)
            return;
        Span<byte> before = stackalloc byte[2 * Ipv6Address.Size], after = stackalloc byte[2 * Ipv6Address.Size];
        var size = view.Source.Size;
        if (original.Source.Size != size || original.Destination.Size != size)
            return;
        original.Source.Write(before);
        original.Destination.Write(before[size..]);
        view.Source.Write(after);
        view.Destination.Write(after[size..]);
        checksum = InternetChecksum.Adjust(checksum, before[..(2 * size)], after[..(2 * size)]);
        BinaryPrimitives.WriteUInt16BigEndian(transport[field..], checksum == 0 && view.Protocol == IpProtocol.Udp ? (ushort)0xFFFF : checksum);
    }
}
