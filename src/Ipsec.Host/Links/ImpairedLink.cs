namespace Ipsec.Host.Links;

/// <summary>Which frames an impairment is for, seen from the node that owns the link.</summary>
[Flags]
public enum ImpairedDirections
{
    Sent = 1,
    Received = 2,
    Both = Sent | Received,
}

/// <summary>
/// A link that treats frames of the chosen directions badly. A kind of trouble is one override of <see cref="Impair"/>, which passes each
/// frame on now, later, more than once, or never.
/// </summary>
public abstract class ImpairedLink : LinkDecorator
{
    private readonly ImpairedDirections _directions;
    private readonly PriorityQueue<Held, (DateTimeOffset Time, long Sequence)> _held = new();
    private long _sequence;

    /// <param name="clock">The network of <paramref name="inner"/>, for its time.</param>
    protected ImpairedLink(ILink inner, INetwork clock, ImpairedDirections directions)
        : base(inner, clock) => _directions = directions;

    /// <inheritdoc/>
    protected override DateTimeOffset? OwnDeadline => _held.TryPeek(out _, out var key) ? key.Time : null;

    /// <summary>Decides about one frame; <see cref="Pass"/> and <see cref="PassLater"/> let it through.</summary>
    protected abstract void Impair(DateTimeOffset now, FrameDirection direction, ReadOnlySpan<byte> frame);

    /// <summary>Lets a frame through now.</summary>
    protected void Pass(DateTimeOffset now, FrameDirection direction, ReadOnlySpan<byte> frame)
    {
        if (direction == FrameDirection.Sent)
        {
            Inner.Send(frame);
        }
        else
        {
            Deliver(now, frame);
        }
    }

    /// <summary>Lets a copy of a frame through at a later time; of equal times, in the order of these calls.</summary>
    protected void PassLater(DateTimeOffset time, FrameDirection direction, ReadOnlySpan<byte> frame) =>
        _held.Enqueue(new Held(direction, frame.ToArray()), (time, _sequence++));

    /// <inheritdoc/>
    protected sealed override void OnSend(ReadOnlySpan<byte> frame)
    {
        if (_directions.HasFlag(ImpairedDirections.Sent))
        {
            Impair(Clock.Now, FrameDirection.Sent, frame);
        }
        else
        {
            Inner.Send(frame);
        }
    }

    /// <inheritdoc/>
    protected sealed override void OnReceive(DateTimeOffset now, ReadOnlySpan<byte> frame)
    {
        if (_directions.HasFlag(ImpairedDirections.Received))
        {
            Impair(now, FrameDirection.Received, frame);
        }
        else
        {
            Deliver(now, frame);
        }
    }

    /// <inheritdoc/>
    protected sealed override void AdvanceOwn(DateTimeOffset now)
    {
        while (_held.TryPeek(out var held, out var key) && key.Time <= now)
        {
            _held.Dequeue();
            Pass(now, held.Direction, held.Frame);
        }
    }

    private readonly record struct Held(FrameDirection Direction, byte[] Frame);
}
