using System.Buffers.Binary;
using Ipsec.Crypto;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ip;
using Ipsec.Packets.IpComp;

namespace Ipsec.Dataplane;

/// <summary>What the header of a protected packet says before anything of it is believed: for SAD look-up and audit.</summary>
internal readonly record struct ProtectedHeader(IpsecProtocol Protocol, uint Spi, uint SequenceNumber);

/// <summary>Takes one SA's protection off a packet (RFC 4303 section 3.4, RFC 4302 section 3.4, RFC 3173 section 2), from one buffer into the other.</summary>
internal static class InboundProcessing
{
    /// <summary>Reads the ESP, AH or IPComp header at an offset of a packet.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> packet, byte protocol, int offset, out ProtectedHeader header)
    {
        header = default;
        var octets = packet[offset..];
        switch (protocol)
        {
            case IpProtocol.Esp when EspView.TryParse(octets, out var esp, out _):
                header = new(IpsecProtocol.Esp, esp.Spi, esp.SequenceNumber);
                return true;
            case IpProtocol.Ah when AhView.TryParse(octets, out var ah, out _):
                header = new(IpsecProtocol.Ah, ah.Spi, ah.SequenceNumber);
                return true;
            case IpProtocol.IpComp when octets.Length > IpCompPacket.HeaderSize:
                header = new(IpsecProtocol.IpComp, BinaryPrimitives.ReadUInt16BigEndian(octets[2..]), 0);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Checks sequence number and ICV and opens what is inside; <paramref name="target"/> then holds the packet that comes out.</summary>
    /// <param name="packet">A whole IP packet.</param>
    /// <param name="offset">Of the protected header; what stands between it and <paramref name="headersEnd"/> is a UDP header.</param>
    /// <param name="headersEnd">Where the headers end that transport mode keeps.</param>
    public static DiscardReason Open(
        InboundSecurityAssociation association, IpView packet, int headersEnd, int offset, in ProtectedHeader header, PacketBuffer target)
    {
        ulong sequenceNumber = header.SequenceNumber;
        if (association.Window is { } window && !window.MayBeNew(header.SequenceNumber, out sequenceNumber))
            return DiscardReason.Replay;
        byte nextHeader;
        target.Reset();
        if (association.Esp is { } esp)
        {
            if (!esp.TryOpen(packet.Octets[offset..], sequenceNumber, target.Room, out var length))
                return DiscardReason.IntegrityCheckFailed;
            if (association.Window is { } checkedWindow && !checkedWindow.Accept(sequenceNumber))
                return DiscardReason.Replay;
            if (!EspTrailer.TryParse(target.Room[..length], out var payloadLength, out nextHeader))
                return DiscardReason.BadPadding;
            target.SetLength(payloadLength);
        }
        else if (association.Ah is { } ah)
        {
            if (!ah.Verify(packet.Octets, offset, sequenceNumber))
                return DiscardReason.IntegrityCheckFailed;
            if (association.Window is { } checkedWindow && !checkedWindow.Accept(sequenceNumber))
                return DiscardReason.Replay;
            AhView.TryParse(packet.Octets[offset..], out var view, out _);
            nextHeader = view.NextHeader;
            view.Payload.CopyTo(target.Room);
            target.SetLength(view.Payload.Length);
        }
        else
        {
            var compressed = packet.Octets[offset..];
            if (!association.Compression!.TryDecompress(compressed[IpCompPacket.HeaderSize..], target.Room[..Ipv4Header.MaximumTotalLength], out var length))
                return DiscardReason.BadCompression;
            nextHeader = compressed[0];
            target.SetLength(length);
        }
        association.Count(target.Length);
        return nextHeader == IpProtocol.NoNextHeader ? DiscardReason.Dummy : Restore(association.Parameters, packet, headersEnd, nextHeader, target);
    }

    /// <summary>An IPComp association whose packet came uncompressed: only a tunnel's header comes off.</summary>
    public static DiscardReason PassUncompressed(InboundSecurityAssociation association, IpView packet, PacketBuffer target)
    {
        target.Load(packet.Octets);
        association.Count(packet.Transport.Length);
        if (association.Parameters.Mode != IpsecMode.Tunnel)
            return DiscardReason.None;
        target.RemoveFirst(packet.TransportOffset);
        return RestoreTunnel(association.Parameters, packet, packet.Protocol, target);
    }

    private static DiscardReason Restore(SecurityAssociationParameters parameters, IpView packet, int headersEnd, byte nextHeader, PacketBuffer target) =>
        parameters.Mode switch
        {
            IpsecMode.Tunnel => RestoreTunnel(parameters, packet, nextHeader, target),
            IpsecMode.Beet => parameters.Inner is { } addresses && BeetHeaders.TryRestoreInner(target, addresses, nextHeader, packet.TrafficClass, packet.HopLimit)
                ? DiscardReason.None
                : DiscardReason.Malformed,
            _ => RestoreTransport(parameters, packet, headersEnd, nextHeader, target),
        };

    private static DiscardReason RestoreTunnel(SecurityAssociationParameters parameters, IpView packet, byte nextHeader, PacketBuffer target)
    {
        // Next header tells what a tunnel carries; a transport SA's packet on it is not what was agreed.
        if (nextHeader is not (IpProtocol.IpInIp or IpProtocol.Ipv6))
            return DiscardReason.SelectorMismatch;
        if (!IpView.TryParse(target.Packet, out var inner, out _) || inner.IsIpv6 != (nextHeader == IpProtocol.Ipv6))
            return DiscardReason.Malformed;
        // Behind the packet may be padding for traffic flow confidentiality (RFC 4303 section 2.7).
        target.SetLength(inner.Octets.Length);
        return OuterHeaders.TryExit(parameters, packet.TrafficClass, target.Packet) ? DiscardReason.None : DiscardReason.CongestionOfNonEct;
    }

    private static DiscardReason RestoreTransport(
        SecurityAssociationParameters parameters, IpView packet, int headersEnd, byte nextHeader, PacketBuffer target)
    {
        target.Prepend(headersEnd);
        if (target.Length > Ipv4Header.MaximumTotalLength)
            return DiscardReason.Malformed;
        packet.Octets[..headersEnd].CopyTo(target.Packet);
        target.Packet[packet.TransportNextOffset] = nextHeader;
        IpHeader.SetLength(target.Packet);
        if (!IpView.TryParse(target.Packet, out _, out _))
            return DiscardReason.Malformed;
        if (parameters.Original is { } original)
            NatChecksums.Mend(target.Packet, original);
        return DiscardReason.None;
    }
}
