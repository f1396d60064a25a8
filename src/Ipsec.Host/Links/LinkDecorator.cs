using System.Net.NetworkInformation;

namespace Ipsec.Host.Links;

/// <summary>
/// A link around another link, which changes what passes. To the node it is the link; to the inner link it is the node. As it stands it
/// changes nothing. <see cref="Observed"/> tells what the node sends and receives; the inner link's event tells what is on the wire.
/// Disposing it disposes the inner link.
/// </summary>
public abstract class LinkDecorator : ILink, INode
{
    /// <param name="clock">The network of <paramref name="inner"/>, for its time.</param>
    protected LinkDecorator(ILink inner, INetwork clock)
    {
        Inner = inner;
        Clock = clock;
        inner.Node = this;
    }

    public string Name => Inner.Name;

    public PhysicalAddress Address => Inner.Address;

    public virtual int Mtu => Inner.Mtu;

    public INode? Node { get; set; }

    public event FrameObserver? Observed;

    /// <summary>The earlier of the node's deadline and the decorator's own.</summary>
    public DateTimeOffset? NextDeadline => Deadlines.Earlier(OwnDeadline, Node?.NextDeadline);

    /// <summary>The wrapped link.</summary>
    protected ILink Inner { get; }

    protected INetwork Clock { get; }

    /// <summary>When <see cref="AdvanceOwn"/> wants to be called, null for never.</summary>
    protected virtual DateTimeOffset? OwnDeadline => null;

    public void Send(ReadOnlySpan<byte> frame)
    {
        Observed?.Invoke(Clock.Now, FrameDirection.Sent, frame);
        OnSend(frame);
    }

    public void Receive(DateTimeOffset now, ReadOnlySpan<byte> frame) => OnReceive(now, frame);

    public void Advance(DateTimeOffset now)
    {
        if (OwnDeadline <= now)
        {
            AdvanceOwn(now);
        }

        if (Node?.NextDeadline <= now)
        {
            Node.Advance(now);
        }
    }

    public void Dispose() => Inner.Dispose();

    /// <summary>The node sends; pass on with <c>Inner.Send</c>.</summary>
    protected virtual void OnSend(ReadOnlySpan<byte> frame) => Inner.Send(frame);

    /// <summary>The wire delivers; pass on with <see cref="Deliver"/>.</summary>
    protected virtual void OnReceive(DateTimeOffset now, ReadOnlySpan<byte> frame) => Deliver(now, frame);

    /// <summary>Time has come to <see cref="OwnDeadline"/>, which must move on.</summary>
    protected virtual void AdvanceOwn(DateTimeOffset now)
    {
    }

    /// <summary>Hands a frame to the node.</summary>
    protected void Deliver(DateTimeOffset now, ReadOnlySpan<byte> frame)
    {
        Observed?.Invoke(now, FrameDirection.Received, frame);
        Node?.Receive(now, frame);
    }
}
