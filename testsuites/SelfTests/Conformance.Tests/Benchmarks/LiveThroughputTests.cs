using Conformance.Benchmarks;
using Conformance.InHouse;

namespace Conformance.Tests.Benchmarks;

/// <summary>Whether the live bench counts what it should, against the in-house stack in memory; never how fast anything is.</summary>
public sealed class LiveThroughputTests
{
    [Test]
    public async Task Measure_InMemory_LosesNothingAndChargesAllOfTheTime()
    {
        await using var peer = await new InHouseDriver().Start(0, new Progress<string>(), default);
        var figures = new List<LiveFigures>();
        await foreach (var one in new LiveThroughput(peer).Measure(TimeSpan.FromMilliseconds(100), default))
            figures.Add(one);

        Assert.That(figures.Select(one => one.Octets), Is.EqualTo(LiveThroughput.Forms.SelectMany(_ => LiveThroughput.Sizes)));
        foreach (var one in figures)
        {
            using (Assert.EnterMultipleScope())
            {
                Assert.That(one.EchoesPerSecond, Is.Positive);
                Assert.That(one.Lost, Is.Zero);
                Assert.That(one.CaptureMicroseconds, Is.Null, "nothing is captured in memory");
                Assert.That(new[] { one.DataPlaneMicroseconds, one.StackMicroseconds, one.LinkMicroseconds, one.WaitingMicroseconds }, Is.All.Positive);
            }
        }
    }
}
