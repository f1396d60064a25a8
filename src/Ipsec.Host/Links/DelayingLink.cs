namespace Ipsec.Host.Links;

/// <summary>Delays each frame by a constant time and a random part, evenly distributed; a jitter over the time between frames reorders them.</summary>
public sealed class DelayingLink(
    ILink inner, INetwork clock, TimeSpan delay, TimeSpan jitter, Random random, ImpairedDirections directions = ImpairedDirections.Both)
    : ImpairedLink(inner, clock, directions)
{
    /// <inheritdoc/>
    protected override void Impair(DateTimeOffset now, FrameDirection direction, ReadOnlySpan<byte> frame) =>
        PassLater(now + delay + (jitter * random.NextDouble()), direction, frame);
}
