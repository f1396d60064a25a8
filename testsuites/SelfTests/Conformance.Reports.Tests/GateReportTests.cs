using System.Text.Json;
using Conformance.Results;
using Conformance.Tests.Results;

namespace Conformance.Reports.Tests;

public sealed class GateReportTests
{
    private static readonly RunResults Sample = SampleRun.Create();

    private static VerdictComparison Comparison => VerdictComparison.Of(
        Baseline.Of(Sample),
        Baseline.Of(Sample with { Results = [.. Sample.Results.Skip(1).Select(result => result.Scenario == "ESP-TUNNEL-001" ? result with { Verdict = Verdict.Fail } : result)] }));

    [Test]
    public void Annotations_AreOnePerRefusedOrFlakyResult()
    {
        var run = Sample with { Scenarios = [.. Sample.Scenarios.Select(scenario => scenario with { File = "testsuites/Ikev2/A,B.cs", Line = 12 })] };
        var lines = GithubAnnotations.Of(run, new()).ToList();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines.Count(line => line.StartsWith("::error ", StringComparison.Ordinal)), Is.EqualTo(new Gate().Refused(Sample).Length));
            Assert.That(lines, Has.Some.StartsWith("::error file=testsuites/Ikev2/A%2CB.cs,line=12,title=IKEV2-RETRANSMIT-001 against libreswan%3A fail::A retransmitted request"));
            Assert.That(lines, Has.Exactly(1).StartsWith("::warning file=testsuites/Ikev2/A%2CB.cs,line=12,title=IKEV2-EXCHANGE-006 against libreswan%3A pass (flaky)::"));
            Assert.That(lines, Has.None.Contains("\n"));
        }
    }

    [Test]
    public void Annotations_WithoutPlace_NameNoFile() => Assert.That(GithubAnnotations.Of(Sample, new()), Has.All.Match("^::(error|warning) title="));

    [Test]
    public void Comparison_AsText_HasALinePerChangeAndTheCounts() => Assert.That(
        ComparisonReport.Text(Comparison).Split('\n'),
        Has.Member("worse   ESP-TUNNEL-001 against strongswan: pass → fail").And.Member("gone    IKEV2-EXCHANGE-001 against in-house: was pass")
            .And.Member($"3 worse, 0 better, 0 new, 1 gone, {Sample.Results.Length - 4} the same"));

    [Test]
    public void Comparison_AsMarkdown_HasTables() =>
        Assert.That(ComparisonReport.Markdown(Comparison), Does.Contain("<details open><summary>3 worse</summary>").And.Contain("| ESP-TUNNEL-001 | strongswan | pass → fail |"));

    [Test]
    public void Comparison_AsJson_IsOneObject()
    {
        var root = JsonDocument.Parse(ComparisonReport.ToJson(Comparison)).RootElement;
        Assert.That(root.GetProperty("worse")[0].GetProperty("after").GetString(), Is.EqualTo("fail"));
        Assert.That(root.GetProperty("gone")[0].GetProperty("before").GetString(), Is.EqualTo("pass"));
    }

    [Test]
    public void FlakyResult_IsMarkedInEveryReport()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(MarkdownReport.Render(Sample), Does.Contain("**pass (flaky)** IKEV2-EXCHANGE-006"));
            Assert.That(JunitReport.Render(Sample), Does.Contain("<property name=\"flaky\" value=\"true\" />").And.Contain("attempt 1: fail: No answer"));
            Assert.That(ConsoleSummary.Of(Sample).ToLines(), Has.Some.StartsWith("pass (flaky): IKEV2-EXCHANGE-006 against libreswan: attempt 1: fail: No answer"));
            Assert.That(HtmlReport.Render(Sample).Single(page => page.Path == "scenarios/libreswan/IKEV2-EXCHANGE-006.html").Html, Does.Contain("Other attempts").And.Contain("pass, flaky"));
        }
    }
}
