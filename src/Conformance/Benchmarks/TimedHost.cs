using Ipsec.Dataplane;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Conformance.Benchmarks;

/// <summary>Charges what the data plane does to it, and what it makes others do to them.</summary>
internal sealed class TimedProcessing : IPacketProcessing
{
    private readonly IPacketProcessing _right;
    private readonly TimeSheet _times;
    private readonly PacketHandler _emitTimed;
    private PacketHandler? _emit;

    public TimedProcessing(IPacketProcessing right, TimeSheet times)
    {
        _right = right;
        _times = times;
        _emitTimed = packet =>
        {
            var before = _times.Switch(WorkPart.Stack);
            _emit!(packet);
            _times.Switch(before);
        };
    }

    /// <summary>Packets opened so far, of fragments the first alone.</summary>
    public long Opened { get; private set; }

    public Disposition Outbound(DateTimeOffset now, ReadOnlySpan<byte> packet, PacketHandler emit, out DiscardReason reason)
    {
        _emit = emit;
        var before = _times.Switch(WorkPart.DataPlane);
        var disposition = _right.Outbound(now, packet, _emitTimed, out reason);
        _times.Switch(before);
        return disposition;
    }

    public Disposition Inbound(DateTimeOffset now, ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason)
    {
        var before = _times.Switch(WorkPart.DataPlane);
        var disposition = _right.Inbound(now, packet, out delivered, out reason);
        _times.Switch(before);
        if (disposition == Disposition.Processed && IpView.TryParse(delivered, out var view, out _) && view.FragmentOffset == 0)
            Opened++;
        return disposition;
    }

    public Disposition InboundEncapsulated(DateTimeOffset now, IpView packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason)
    {
        var before = _times.Switch(WorkPart.DataPlane);
        var disposition = _right.InboundEncapsulated(now, packet, out delivered, out reason);
        _times.Switch(before);
        return disposition;
    }
}

/// <summary>Charges sending to the link and what a frame sets off to the stack; knows how long frames waited since they were captured.</summary>
internal sealed class TimedLink : LinkDecorator
{
    private readonly TimeSheet _times;
    private TimeSpan _waited;
    private long _received;

    public TimedLink(ILink inner, INetwork clock, TimeSheet times)
        : base(inner, clock)
    {
        _times = times;
        if (!clock.IsVirtual)
            inner.Observed += Observe;
    }

    /// <summary>From the capture's time stamp to the node, mean; null where nothing was captured.</summary>
    public TimeSpan? MeanWait => _received == 0 ? null : _waited / _received;

    public void Clear() => (_waited, _received) = (default, 0);

    protected override void OnSend(ReadOnlySpan<byte> frame)
    {
        var before = _times.Switch(WorkPart.Link);
        Inner.Send(frame);
        _times.Switch(before);
    }

    protected override void OnReceive(DateTimeOffset now, ReadOnlySpan<byte> frame)
    {
        var before = _times.Switch(WorkPart.Stack);
        Deliver(now, frame);
        _times.Switch(before);
    }

    private void Observe(DateTimeOffset captured, FrameDirection direction, ReadOnlySpan<byte> frame)
    {
        if (direction != FrameDirection.Received)
            return;
        _waited += DateTimeOffset.UtcNow - captured;
        _received++;
    }
}
