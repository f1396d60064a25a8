using Conformance.Results;
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
            Is.EqualTo(["in-house: 40 pass", "strongswan: 33 pass, 1 unexpected pass, 4 unsupported, 1 warning, 1 fail", "libreswan: 33 pass, 1 pass (flaky), 1 skipped, 1 inconclusive, 1 fail, 1 fail (expected), 1 error"]));
    }

    [Test]
    public void ToLines_SampleRun_TellsTheWorstFirstWithItsPage()
    {
        var lines = ConsoleSummary.Of(SampleRun.Create()).ToLines().ToList();

        var worst = lines.FindIndex(line => line.EndsWith(".html", StringComparison.Ordinal)) - 1;
        Assert.That(lines[worst], Is.EqualTo("error: ESP-TUNNEL-003 against libreswan: The guest kernel stopped: signal 11."));
        Assert.That(lines[worst + 1], Is.EqualTo("  scenarios/libreswan/ESP-TUNNEL-003.html"));
        Assert.That(lines, Does.Contain("left out: OpenIKED: not part of the default plan.").And.Contain("took 3 min 27 s"));
    }

    [Test]
    public void ToLines_SampleRun_TellsKnownDeviationsThenUnexpectedOnesThenWarningsThenCounts()
    {
        var lines = ConsoleSummary.Of(SampleRun.Create()).ToLines().ToList();
        var starts = new[] { "deviations that were expected:", "error: ", "fail: ", "inconclusive: ", "pass, but warning was expected: ESP-TUNNEL-008 against strongswan: (The expectation, ", "warning: ", "in-house ", "took " };

        Assert.That(starts.Select(start => lines.FindIndex(line => line.StartsWith(start, StringComparison.Ordinal))), Is.Ordered.And.None.EqualTo(-1));
        Assert.That(lines, Does.Contain("  fail  IKEV2-MALFORMED-010 against libreswan: It answers any SPI <since 5.2>; its maintainers know."));
        Assert.That(lines, Has.None.StartsWith("fail: IKEV2-MALFORMED-010"));
    }

    [Test]
    public void ToLines_SameDeviationOfTwoImplementations_IsOneLine()
    {
        var sample = SampleRun.Create();
        var both = sample.Results.Where(r => r.Scenario == "ESP-TUNNEL-001" && r.Implementation != "in-house")
            .Select(r => r with { Verdict = Verdict.Warning, Expected = new(Verdict.Warning, "known") });

        Assert.That(ConsoleSummary.Of(sample with { Results = [.. both] }).ToLines(), Does.Contain("  warning  ESP-TUNNEL-001 against strongswan, libreswan: known"));
    }

    [Test]
    public void ToLines_NothingRan_SaysSo()
    {
        var lines = ConsoleSummary.Of(SampleRun.Create() with { Results = [], Incomplete = true }).ToLines().ToList();

        Assert.That(lines, Does.Contain("in-house    in memory  no results").And.Contain("The run was cut short: scenarios without a result were not judged."));
    }
}
