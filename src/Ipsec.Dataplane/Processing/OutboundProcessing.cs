using System.Buffers.Binary;
using Ipsec.Packets.Ip;
using Ipsec.Packets.IpComp;

namespace Ipsec.Dataplane;

/// <summary>Puts the SAs of a bundle around a packet, in place, innermost first (RFC 4303 section 3.3, RFC 4302 section 3.3, RFC 3173 section 2).</summary>
internal sealed class OutboundProcessing
{
    private ushort _identification;

    /// <summary>The largest packet that fits a path when the bundle is around it, octets. IPComp may leave a packet as it is, so it counts for nothing.</summary>
    public static int LargestInner(OutboundBundle bundle, int pathMtu, bool innerIpv6)
    {
        var size = pathMtu;
        for (var index = bundle.Associations.Length - 1; index >= 0; index--)
        {
            var association = bundle.Associations[index];
            var parameters = association.Parameters;
            var outerHeader = IpHeader.LengthOf(parameters.Source.IsIpv6);
            size -= outerHeader + (parameters.Encapsulation is null ? 0 : UdpView.HeaderLength);
            if (association.Esp is { } esp)
                size = (size - esp.PayloadOffset - esp.IcvLength) / esp.Alignment * esp.Alignment - Crypto.EspTrailer.FixedSize;
            else if (association.Ah is { } ah)
                size -= ah.HeaderLength(parameters.Source.IsIpv6);
            // Transport mode keeps the header that it was given; BEET puts an inner one in its place.
            if (parameters.Mode != IpsecMode.Tunnel)
                size += index == 0 ? IpHeader.LengthOf(innerIpv6) : outerHeader;
        }
        return size;
    }

    public DiscardReason Protect(DateTimeOffset now, OutboundBundle bundle, PacketBuffer buffer, Action<SecurityAssociation, LifetimeState>? lifetimeReached) =>
        Protect(now, bundle.Associations.AsSpan(), buffer, lifetimeReached);

    /// <summary>The payload of a dummy packet becomes a packet of its ESP SA, under the SAs that are around that one (RFC 4303 section 2.6).</summary>
    /// <param name="position">Of the ESP SA in the bundle.</param>
    public DiscardReason ProtectDummy(
        DateTimeOffset now, OutboundBundle bundle, int position, PacketBuffer buffer, Action<SecurityAssociation, LifetimeState>? lifetimeReached)
    {
        var association = bundle.Associations[position];
        if (IsSpent(now, association, lifetimeReached))
            return DiscardReason.LifetimeExpired;
        if (!association.TryNextSequenceNumber(out var sequenceNumber))
            return DiscardReason.SequenceNumberOverflow;
        var parameters = association.Parameters;
        var outer = new IpHeader(parameters.Source, parameters.Destination, OuterProtocol(parameters))
        {
            HopLimit = parameters.OuterHeader.HopLimit,
            DontFragment = parameters.OuterHeader.DontFragment == DontFragmentRule.Set,
            Identification = ++_identification,
        };
        var reason = Seal(association, sequenceNumber, buffer, 0, IpProtocol.NoNextHeader, outer);
        return reason == DiscardReason.None ? Protect(now, bundle.Associations.AsSpan()[(position + 1)..], buffer, lifetimeReached) : reason;
    }

    private DiscardReason Protect(
        DateTimeOffset now, ReadOnlySpan<OutboundSecurityAssociation> associations, PacketBuffer buffer, Action<SecurityAssociation, LifetimeState>? lifetimeReached)
    {
        foreach (var association in associations)
        {
            if (IsSpent(now, association, lifetimeReached))
                return DiscardReason.LifetimeExpired;
            if (association.Parameters.Mode != IpsecMode.Tunnel && IsFragment(buffer))
                return DiscardReason.FragmentInTransportMode;
            var reason = association switch
            {
                { Esp: not null } => ProtectWithEsp(association, buffer),
                { Ah: not null } => ProtectWithAh(association, buffer),
                _ => Compress(association, buffer),
            };
            if (reason != DiscardReason.None)
                return reason;
        }
        return DiscardReason.None;
    }

    private static bool IsSpent(DateTimeOffset now, OutboundSecurityAssociation association, Action<SecurityAssociation, LifetimeState>? lifetimeReached)
    {
        var state = association.Lifetime(now);
        if (state != LifetimeState.Fresh && association.IsNews(state))
            lifetimeReached?.Invoke(association, state);
        return state == LifetimeState.Hard;
    }

    private static bool IsFragment(PacketBuffer buffer)
    {
        IpView.TryParse(buffer.Packet, out var view, out _);
        return view.IsFragment;
    }

    private DiscardReason ProtectWithEsp(OutboundSecurityAssociation association, PacketBuffer buffer)
    {
        if (!association.TryNextSequenceNumber(out var sequenceNumber))
            return DiscardReason.SequenceNumberOverflow;
        var parameters = association.Parameters;
        byte nextHeader;
        IpHeader outer = default;
        var transportHeader = 0;
        IpView.TryParse(buffer.Packet, out var inner, out _);
        switch (parameters.Mode)
        {
            case IpsecMode.Tunnel:
                nextHeader = inner.IsIpv6 ? IpProtocol.Ipv6 : IpProtocol.IpInIp;
                outer = OuterHeaders.ForEntry(parameters, inner, OuterProtocol(parameters), ++_identification);
                if (buffer.Length < parameters.TrafficFlowPadding)
                {
                    // The inner length field tells payload from padding (RFC 4303 section 2.7).
                    buffer.Room[buffer.Length..parameters.TrafficFlowPadding].Clear();
                    buffer.SetLength(parameters.TrafficFlowPadding);
                }
                break;
            case IpsecMode.Beet:
                if (parameters.Inner is not { } addresses || inner.Source != addresses.Source || inner.Destination != addresses.Destination)
                    return DiscardReason.Unprotectable;
                outer = OuterHeaders.ForEntry(parameters, inner, OuterProtocol(parameters), ++_identification) with { HopLimit = inner.HopLimit };
                nextHeader = BeetHeaders.RemoveInner(buffer);
                break;
            default:
                transportHeader = inner.UnfragmentableLength;
                nextHeader = buffer.Packet[inner.UnfragmentableNextOffset];
                buffer.Packet[inner.UnfragmentableNextOffset] = OuterProtocol(parameters);
                break;
        }
        return Seal(association, sequenceNumber, buffer, transportHeader, nextHeader, outer);
    }

    /// <summary>ESP around what the buffer holds.</summary>
    /// <param name="transportHeader">Octets of headers that stay before it; 0 where the outer header is a new one.</param>
    private static DiscardReason Seal(
        OutboundSecurityAssociation association, ulong sequenceNumber, PacketBuffer buffer, int transportHeader, byte nextHeader, in IpHeader outer)
    {
        var parameters = association.Parameters;
        var esp = association.Esp!;
        var udp = parameters.Encapsulation is null ? 0 : UdpView.HeaderLength;
        var around = udp + esp.PayloadOffset;
        var payloadLength = buffer.Length - transportHeader;
        association.Count(payloadLength);
        if (transportHeader > 0)
            buffer.Insert(transportHeader, around);
        else
            buffer.Prepend(around);
        var espStart = transportHeader + udp;
        var room = buffer.Room[espStart..];
        var espLength = esp.Seal(parameters.Spi, sequenceNumber, room.Slice(esp.PayloadOffset, payloadLength), nextHeader, room);
        buffer.SetLength(espStart + espLength);
        if (parameters.Encapsulation is { } ports)
            WriteUdp(buffer.Packet[transportHeader..], ports, parameters.Source, parameters.Destination);
        return Finish(buffer, transportHeader, outer);
    }

    private DiscardReason ProtectWithAh(OutboundSecurityAssociation association, PacketBuffer buffer)
    {
        if (!association.TryNextSequenceNumber(out var sequenceNumber))
            return DiscardReason.SequenceNumberOverflow;
        var parameters = association.Parameters;
        var ah = association.Ah!;
        var length = ah.HeaderLength(parameters.Source.IsIpv6);
        byte nextHeader;
        int offset;
        IpView.TryParse(buffer.Packet, out var inner, out _);
        if (parameters.Mode == IpsecMode.Transport)
        {
            offset = inner.UnfragmentableLength;
            nextHeader = buffer.Packet[inner.UnfragmentableNextOffset];
            buffer.Packet[inner.UnfragmentableNextOffset] = IpProtocol.Ah;
            association.Count(buffer.Length - offset);
            buffer.Insert(offset, length);
            IpHeader.SetLength(buffer.Packet);
        }
        else
        {
            var outer = OuterHeaders.ForEntry(parameters, inner, IpProtocol.Ah, ++_identification);
            nextHeader = inner.IsIpv6 ? IpProtocol.Ipv6 : IpProtocol.IpInIp;
            if (parameters.Mode == IpsecMode.Beet)
            {
                if (parameters.Inner is not { } addresses || inner.Source != addresses.Source || inner.Destination != addresses.Destination)
                    return DiscardReason.Unprotectable;
                outer = outer with { HopLimit = inner.HopLimit };
                nextHeader = BeetHeaders.RemoveInner(buffer);
            }
            association.Count(buffer.Length);
            offset = IpHeader.LengthOf(parameters.Source.IsIpv6);
            buffer.Prepend(length + offset);
            if (buffer.Length > Ipv4Header.MaximumTotalLength)
                return DiscardReason.TooBig;
            outer.Write(buffer.Packet, buffer.Length - offset);
        }
        return buffer.Length > Ipv4Header.MaximumTotalLength ? DiscardReason.TooBig
            : ah.TrySeal(buffer.Packet, offset, nextHeader, parameters.Spi, sequenceNumber) ? DiscardReason.None : DiscardReason.Unprotectable;
    }

    private DiscardReason Compress(OutboundSecurityAssociation association, PacketBuffer buffer)
    {
        var parameters = association.Parameters;
        IpView.TryParse(buffer.Packet, out var view, out _);
        if (parameters.Mode == IpsecMode.Tunnel)
        {
            var outer = OuterHeaders.ForEntry(parameters, view, view.IsIpv6 ? IpProtocol.Ipv6 : IpProtocol.IpInIp, ++_identification);
            buffer.Prepend(IpHeader.LengthOf(parameters.Source.IsIpv6));
            if (buffer.Length > Ipv4Header.MaximumTotalLength)
                return DiscardReason.TooBig;
            outer.Write(buffer.Packet, buffer.Length - IpHeader.LengthOf(parameters.Source.IsIpv6));
            IpView.TryParse(buffer.Packet, out view, out _);
        }
        var headers = view.UnfragmentableLength;
        association.Count(buffer.Length - headers);
        if (!association.Compression!.TryCompress(buffer.Room[headers..], buffer.Length - headers, IpCompPacket.HeaderSize, out var length))
            return DiscardReason.None;
        var next = buffer.Packet[view.UnfragmentableNextOffset];
        buffer.Packet[view.UnfragmentableNextOffset] = IpProtocol.IpComp;
        buffer.SetLength(headers + length);
        buffer.Insert(headers, IpCompPacket.HeaderSize);
        var header = buffer.Packet[headers..];
        header[0] = next;
        header[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)parameters.Spi);
        IpHeader.SetLength(buffer.Packet);
        return DiscardReason.None;
    }

    private static byte OuterProtocol(SecurityAssociationParameters parameters) => parameters.Encapsulation is null ? IpProtocol.Esp : IpProtocol.Udp;

    /// <summary>
    /// RFC 3948 section 2.1: over IPv4 the checksum should be zero. Over IPv6 a receiver discards that (RFC 8200 section 8.1): nothing there allows it for ESP in UDP.
    /// </summary>
    private static void WriteUdp(Span<byte> datagram, UdpPorts ports, IpAddress source, IpAddress destination)
    {
        BinaryPrimitives.WriteUInt16BigEndian(datagram, ports.Source);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], ports.Destination);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[4..], (ushort)datagram.Length);
        datagram[6..8].Clear();
        if (!source.IsIpv6)
            return;
        var sum = InternetChecksum.AddPseudoHeader(0, source, destination, IpProtocol.Udp, datagram.Length);
        var checksum = InternetChecksum.Finish(InternetChecksum.Add(sum, datagram));
        BinaryPrimitives.WriteUInt16BigEndian(datagram[6..], checksum == 0 ? ushort.MaxValue : checksum);
    }

    private static DiscardReason Finish(PacketBuffer buffer, int transportHeader, in IpHeader outer)
    {
        if (transportHeader > 0)
        {
            if (buffer.Length > Ipv4Header.MaximumTotalLength)
                return DiscardReason.TooBig;
            IpHeader.SetLength(buffer.Packet);
            return DiscardReason.None;
        }
        var payload = buffer.Length;
        buffer.Prepend(IpHeader.LengthOf(outer.Source.IsIpv6));
        if (buffer.Length > Ipv4Header.MaximumTotalLength)
            return DiscardReason.TooBig;
        outer.Write(buffer.Packet, payload);
        return DiscardReason.None;
    }
}
