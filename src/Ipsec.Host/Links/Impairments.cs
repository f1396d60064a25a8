namespace Ipsec.Host.Links;

/// <summary>
/// What goes wrong on a link, as data: printed with its seed, it can be replayed. The same seed gives the same losses at the same frames.
/// </summary>
public sealed record Impairments
{
    /// <summary>Probability that a frame is lost, 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>Probability that a frame arrives twice, 0 to 1.</summary>
    public double Duplication { get; init; }

    /// <summary>Probability that a frame is held back for <see cref="HoldBack"/>, 0 to 1.</summary>
    public double Reordering { get; init; }

    public TimeSpan HoldBack { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Delay of every frame, on top of the network's latency.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Largest random delay on top of <see cref="Delay"/>.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>Largest payload in octets, null for the link's own; the node is told.</summary>
    public int? Mtu { get; init; }

    /// <summary>Wraps a link in the decorators that this asks for, before the node is put on it.</summary>
    /// <param name="clock">The link's network.</param>
    /// <param name="seed">Print it: it replays the run.</param>
    public ILink Around(ILink link, INetwork clock, int seed, ImpairedDirections directions = ImpairedDirections.Both)
    {
        var random = new Random(seed);
        if (Delay > TimeSpan.Zero || Jitter > TimeSpan.Zero)
        {
            link = new DelayingLink(link, clock, Delay, Jitter, random, directions);
        }

        if (Reordering > 0)
        {
            link = new ReorderingLink(link, clock, Reordering, HoldBack, random, directions);
        }

        if (Duplication > 0)
        {
            link = new DuplicatingLink(link, clock, Duplication, random, directions);
        }

        if (Loss > 0)
        {
            link = new LossyLink(link, clock, Loss, random, directions);
        }

        return Mtu is { } mtu ? new MtuLink(link, clock, mtu, told: true, directions) : link;
    }
}
