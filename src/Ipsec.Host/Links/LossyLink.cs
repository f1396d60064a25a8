namespace Ipsec.Host.Links;

/// <summary>Loses each frame with a fixed probability.</summary>
/// <param name="probability">0 to 1.</param>
public sealed class LossyLink(
    ILink inner, INetwork clock, double probability, Random random, ImpairedDirections directions = ImpairedDirections.Both)
    : ImpairedLink(inner, clock, directions)
{
    /// <inheritdoc/>
    protected override void Impair(DateTimeOffset now, FrameDirection direction, ReadOnlySpan<byte> frame)
    {
        if (random.NextDouble() >= probability)
        {
            Pass(now, direction, frame);
        }
    }
}
