using System.Buffers.Binary;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>Reads the packet that an ICMP or ICMPv6 error quotes (RFC 792, RFC 4443), of which often no more than 8 octets follow its header.</summary>
public static class IcmpErrors
{
    /// <summary>Whether a packet is an error message, and if so the quoted packet's selectors, ports as far as they are there.</summary>
    public static bool TryReadQuoted(IpView packet, out IcmpView icmp, out PacketSelectors quoted, out ReadOnlySpan<byte> quotedTransport)
    {
        quoted = default;
        quotedTransport = default;
        icmp = default;
        var isV6 = packet.Protocol == IpProtocol.Icmpv6;
        if (packet.FragmentOffset != 0 || !(isV6 || packet.Protocol == IpProtocol.Icmp)
            || !IcmpView.TryParse(packet.Transport, isV6, out icmp, out _) || !icmp.IsError)
            return false;
        Span<byte> whole = stackalloc byte[256];
        var body = icmp.Body;
        var length = Math.Min(body.Length, whole.Length);
        if (length < IpHeader.LengthOf(isV6) || body[0] >> 4 != (isV6 ? 6 : 4))
            return false;
        // The quotation is cut short: with the length that is there, its headers can be read like any packet's.
        whole = whole[..length];
        body[..length].CopyTo(whole);
        BinaryPrimitives.WriteUInt16BigEndian(whole[(isV6 ? 4 : 2)..], (ushort)(isV6 ? length - Ipv6View.HeaderLength : length));
        if (!IpView.TryParse(whole, out var view, out _))
            return false;
        quoted = PacketSelectors.Of(view);
        quotedTransport = body[view.TransportOffset..];
        return true;
    }
}
