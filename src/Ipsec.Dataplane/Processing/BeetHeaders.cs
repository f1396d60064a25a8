using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>
/// BEET mode (draft-nikander-esp-beet-mode-09 section 5): the inner addresses are the SA's and not sent. IPv4 options travel in a pseudo header of their own:
/// <code>
/// |  Next Header  |   Header Len  |    Pad Len    |   Reserved    |
/// |      Padding (0 or 4 octets of no-operation), IPv4 options    |
/// </code>
/// Header Len counts units of 8 octets beyond the first 8, less what padding and the fixed part take.
/// </summary>
internal static class BeetHeaders
{
    /// <summary>Protocol number of the pseudo header (the draft's, as IANA has it for BEET in experiments and the Linux kernel sends it).</summary>
    public const byte PseudoHeader = 94;

    private const int FixedSize = 4;

    /// <summary>Takes the inner header off and puts its options, if any, into a pseudo header; the buffer then holds what ESP protects.</summary>
    public static byte RemoveInner(PacketBuffer buffer)
    {
        IpView.TryParse(buffer.Packet, out var inner, out _);
        if (inner.IsIpv6)
        {
            // Extension headers are kept as they are: they are what follows the fixed header.
            var next = buffer.Packet[6];
            buffer.RemoveFirst(Ipv6View.HeaderLength);
            return next;
        }
        var protocol = inner.Protocol;
        var optionsLength = inner.TransportOffset - Ipv4View.MinimumHeaderLength;
        buffer.RemoveFirst(Ipv4View.MinimumHeaderLength);
        if (optionsLength == 0)
            return protocol;
        var padding = FixedSize - (optionsLength & 4);
        buffer.Prepend(FixedSize + padding);
        var header = buffer.Packet[..(FixedSize + padding)];
        header[0] = protocol;
        header[1] = (byte)(optionsLength / 8);
        header[2] = (byte)padding;
        header[3] = 0;
        header[FixedSize..].Fill(1);
        return PseudoHeader;
    }

    /// <summary>Puts the SA's inner header before an opened payload; false for a malformed pseudo header.</summary>
    public static bool TryRestoreInner(PacketBuffer buffer, in AddressPair addresses, byte nextHeader, byte trafficClass, byte hopLimit)
    {
        Span<byte> options = stackalloc byte[40];
        options = options[..0];
        if (nextHeader == PseudoHeader && !addresses.Source.IsIpv6)
        {
            var header = buffer.Packet;
            if (header.Length < FixedSize)
                return false;
            int padding = header[2], optionsLength = header[1] * 8 + FixedSize - padding;
            var total = FixedSize + padding + optionsLength;
            if (optionsLength is < 0 or > 40 || optionsLength % 4 != 0 || total > header.Length)
                return false;
            nextHeader = header[0];
            Span<byte> copy = stackalloc byte[optionsLength];
            header.Slice(FixedSize + padding, optionsLength).CopyTo(copy);
            return Prepend(buffer, total, addresses, nextHeader, trafficClass, hopLimit, copy);
        }
        return Prepend(buffer, 0, addresses, nextHeader, trafficClass, hopLimit, options);
    }

    private static bool Prepend(
        PacketBuffer buffer, int removed, in AddressPair addresses, byte protocol, byte trafficClass, byte hopLimit, ReadOnlySpan<byte> options)
    {
        buffer.RemoveFirst(removed);
        var payloadLength = buffer.Length;
        if (payloadLength + Ipv4View.MinimumHeaderLength + options.Length > Ipv4Header.MaximumTotalLength)
            return false;
        if (addresses.Source.IsIpv6)
        {
            buffer.Prepend(Ipv6View.HeaderLength);
            new IpHeader(addresses.Source, addresses.Destination, protocol) { TrafficClass = trafficClass, HopLimit = hopLimit }.Write(buffer.Packet, payloadLength);
            return true;
        }
        buffer.Prepend(Ipv4View.MinimumHeaderLength + options.Length);
        new Ipv4Header(addresses.Source.V4, addresses.Destination.V4, protocol) { TrafficClass = trafficClass, TimeToLive = hopLimit }
            .Write(buffer.Packet, payloadLength, options);
        return true;
    }
}
