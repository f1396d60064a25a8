using Ipsec.Host.Links;
using Ipsec.Ike.Tests.Simulation;

namespace Ipsec.Host.Tests.Simulation;

/// <summary>Loses, repeats, delays and so reorders what its host sends, until the pipe is good.</summary>
internal sealed class FaultyLink(ILink inner, INetwork clock, PipeFaults faults, DateTimeOffset goodFrom, Random random) : ImpairedLink(inner, clock, ImpairedDirections.Sent)
{
    private static readonly TimeSpan GoodDelay = TimeSpan.FromMilliseconds(5);

    protected override void Impair(DateTimeOffset now, FrameDirection direction, ReadOnlySpan<byte> frame)
    {
        var isGood = now >= goodFrom;
        if (!isGood && random.NextDouble() < faults.Loss)
            return;
        PassLater(now + Delay(), direction, frame);
        if (!isGood && random.NextDouble() < faults.Duplication)
            PassLater(now + Delay(), direction, frame);

        TimeSpan Delay() => isGood ? GoodDelay : faults.Delay + faults.Jitter * random.NextDouble();
    }
}
