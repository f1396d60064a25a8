using System.Text.Json;
using Conformance.Results;
using Conformance.Tests.Evidence;
using Conformance.Tests.Results;

namespace Conformance.Reports.Tests;

public sealed class PublishedReportTests
{
    private static readonly RunResults Sample = SampleRun.Create();

    [Test]
    public void Markdown_NamesImplementationsDeviationsAndCoverage()
    {
        var text = PublishedReport.Markdown(Sample);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("| strongswan | strongSwan 6.0.1 (Debian 13) |"));
            Assert.That(text, Does.Contain("- **fail (expected)** IKEV2-MALFORMED-010 (RFC7296-2.1-6): It answers any SPI &lt;since 5.2&gt;; its maintainers know."));
            Assert.That(text, Does.Contain("- **pass (flaky)** IKEV2-EXCHANGE-006"));
            Assert.That(text, Does.Match(@"\| RFC7296 \| \d+ \| \d+ \| 3 \| \d+ \|"));
            Assert.That(text, Does.Not.Contain("/work").And.Not.Contain(Sample.Machine));
        }
    }

    [Test]
    public void Json_HasTheCounts()
    {
        var root = JsonDocument.Parse(PublishedReport.ToJson(Sample)).RootElement;
        Assert.That(root.GetProperty("implementations")[2].GetProperty("verdicts").GetProperty("pass (flaky)").GetInt32(), Is.EqualTo(1));
        Assert.That(root.GetProperty("deviations").GetArrayLength(), Is.EqualTo(8));
    }

    [Test]
    public void OfAThousandScenarios_IsSmallEnoughToCommit()
    {
        var scenarios = Enumerable.Range(0, 1000).Select(n => Sample.Scenarios[n % 40] with { Id = $"A-{n:0000}" }).ToList();
        var results = scenarios.SelectMany(scenario => Sample.Implementations.Select(i => Sample.Results.First(r => r.Verdict == Verdict.Fail) with { Scenario = scenario.Id, Implementation = i.Name }));
        var run = Sample with { Scenarios = [.. scenarios], Results = [.. results] };
        Assert.That(PublishedReport.Markdown(run).Length + PublishedReport.ToJson(run).Length, Is.LessThan(500_000));
    }

    [Test]
    public void RunThatWasCutShort_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => PublishedReport.Write(Sample with { Incomplete = true }, folder.Path), Throws.TypeOf<ReportException>().With.Message.Contains("was cut short"));
        Assert.That(Directory.GetFiles(folder.Path), Is.Empty);
    }
}
