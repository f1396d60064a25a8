namespace Ipsec.Host.Links;

/// <summary>Holds each frame back with a fixed probability, for a fixed time, so that later frames overtake it.</summary>
/// <param name="probability">0 to 1.</param>
/// <param name="holdBack">How long a frame is held back; more than the time between frames, or nothing overtakes.</param>
public sealed class ReorderingLink(
    ILink inner, INetwork clock, double probability, TimeSpan holdBack, Random random, ImpairedDirections directions = ImpairedDirections.Both)
    : ImpairedLink(inner, clock, directions)
{
    /// <inheritdoc/>
    protected override void Impair(DateTimeOffset now, FrameDirection direction, ReadOnlySpan<byte> frame)
    {
        if (random.NextDouble() < probability)
        {
            PassLater(now + holdBack, direction, frame);
        }
        else
        {
            Pass(now, direction, frame);
        }
    }
}
