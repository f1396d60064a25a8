using Conformance.Tests.Results;

namespace Conformance.Reports.Tests;

public sealed class ConsoleSummaryTests
{
    [Test]
    public void Of_SampleRun_CountsByImplementationAndVerdict()
    {
        var summary = ConsoleSummary.Of(SampleRun.Create());

        Assert.That(
            summary.Implementations.Select(i => $"{i.Name}: {i.CountsText}"),
            Is.EqualTo(["in-house: 40 pass", "strongswan: 34 pass, 4 unsupported, 1 warning, 1 fail", "libreswan: 35 pass, 1 skipped, 1 inconclusive, 1 fail, 1 error"]));
    }

    [Test]
    public void ToLines_SampleRun_TellsTheWorstFirstWithItsPage()
    {
        var lines = ConsoleSummary.Of(SampleRun.Create()).ToLines().ToList();

        Assert.That(lines[0], Is.EqualTo("error: ESP-TUNNEL-003 against libreswan: The guest kernel stopped: signal 11."));
        Assert.That(lines[1], Is.EqualTo("  scenarios/libreswan/ESP-TUNNEL-003.html"));
        Assert.That(lines, Does.Contain("left out: OpenIKED: not part of the default plan.").And.Contain("took 3 min 27 s"));
    }

    [Test]
    public void ToLines_NothingRan_SaysSo()
    {
        var lines = ConsoleSummary.Of(SampleRun.Create() with { Results = [], Incomplete = true }).ToLines().ToList();

        Assert.That(lines, Does.Contain("in-house    in memory  no results").And.Contain("The run was cut short: scenarios without a result were not judged."));
    }
}
