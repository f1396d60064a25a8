using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>What a host asks of IPsec for each packet (RFC 4301 section 5): what it sees of <see cref="DataPlane"/>, and the seam for decorating it.</summary>
public interface IPacketProcessing
{
    /// <summary>A packet that leaves this host or is forwarded by it (RFC 4301 section 5.1).</summary>
    /// <param name="emit">Called with each packet to send.</param>
    Disposition Outbound(DateTimeOffset now, ReadOnlySpan<byte> packet, PacketHandler emit, out DiscardReason reason);

    /// <summary>An IP packet that came in for this host, whole: opened if it is protected, otherwise held against the SPD.</summary>
    /// <param name="delivered">The packet inside, or the packet itself. Borrowed until the next call.</param>
    Disposition Inbound(DateTimeOffset now, ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason);

    /// <summary>A UDP datagram that is known to hold ESP (RFC 3948).</summary>
    Disposition InboundEncapsulated(DateTimeOffset now, IpView packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason);
}
