using Ipsec.Dataplane;
using Ipsec.Packets.Ip;

namespace Conformance.Defects;

/// <summary>IPsec processing that does as told, but for what a defect changes.</summary>
internal abstract class DefectiveProcessing(IPacketProcessing right) : IPacketProcessing
{
    public virtual Disposition Outbound(DateTimeOffset now, ReadOnlySpan<byte> packet, PacketHandler emit, out DiscardReason reason) =>
        right.Outbound(now, packet, emit, out reason);

    public virtual Disposition Inbound(DateTimeOffset now, ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason) =>
        right.Inbound(now, packet, out delivered, out reason);

    public virtual Disposition InboundEncapsulated(DateTimeOffset now, IpView packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason) =>
        right.InboundEncapsulated(now, packet, out delivered, out reason);
}

/// <summary>Lets packets in that came in clear and are to be discarded for a reason.</summary>
internal sealed class LetsBy(IPacketProcessing right, DiscardReason forgiven) : DefectiveProcessing(right)
{
    public override Disposition Inbound(DateTimeOffset now, ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason)
    {
        var disposition = base.Inbound(now, packet, out delivered, out reason);
        if (disposition != Disposition.Discarded || reason != forgiven)
            return disposition;
        delivered = packet;
        reason = DiscardReason.None;
        return Disposition.Bypassed;
    }
}

/// <summary>Does not say why it discards some packets.</summary>
internal sealed class ConcealsReason(IPacketProcessing right, DiscardReason concealed, bool inUdpOnly = false) : DefectiveProcessing(right)
{
    public override Disposition Inbound(DateTimeOffset now, ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason)
    {
        var disposition = base.Inbound(now, packet, out delivered, out reason);
        if (!inUdpOnly)
            Conceal(ref reason);
        return disposition;
    }

    public override Disposition InboundEncapsulated(DateTimeOffset now, IpView packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason)
    {
        var disposition = base.InboundEncapsulated(now, packet, out delivered, out reason);
        Conceal(ref reason);
        return disposition;
    }

    private void Conceal(ref DiscardReason reason)
    {
        if (reason == concealed)
            reason = DiscardReason.Policy;
    }
}

/// <summary>Sends some packets in clear without asking the policies.</summary>
internal sealed class SendsInClear(IPacketProcessing right, Predicate<byte[]> isSo) : DefectiveProcessing(right)
{
    public override Disposition Outbound(DateTimeOffset now, ReadOnlySpan<byte> packet, PacketHandler emit, out DiscardReason reason)
    {
        if (!isSo(packet.ToArray()))
            return base.Outbound(now, packet, emit, out reason);
        reason = DiscardReason.None;
        emit(packet);
        return Disposition.Bypassed;
    }
}

/// <summary>Changes what comes out of SAs, or refuses it.</summary>
/// <param name="change">Gets the packet that came in and the one that came out; null refuses it.</param>
internal sealed class ChangesOpened(IPacketProcessing right, Func<byte[], byte[], byte[]?> change) : DefectiveProcessing(right)
{
    public override Disposition Inbound(DateTimeOffset now, ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason)
    {
        var disposition = base.Inbound(now, packet, out delivered, out reason);
        return disposition == Disposition.Processed ? Change(packet, ref delivered, ref reason) : disposition;
    }

    public override Disposition InboundEncapsulated(DateTimeOffset now, IpView packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason)
    {
        var disposition = base.InboundEncapsulated(now, packet, out delivered, out reason);
        return disposition == Disposition.Processed ? Change(packet.Octets, ref delivered, ref reason) : disposition;
    }

    private Disposition Change(ReadOnlySpan<byte> packet, ref ReadOnlySpan<byte> delivered, ref DiscardReason reason)
    {
        delivered = change(packet.ToArray(), delivered.ToArray());
        if (!delivered.IsEmpty)
            return Disposition.Processed;
        reason = DiscardReason.SelectorMismatch;
        return Disposition.Discarded;
    }
}
