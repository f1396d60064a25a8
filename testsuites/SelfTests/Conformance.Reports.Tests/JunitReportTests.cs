using System.Xml.Linq;
using Conformance.Results;
using Conformance.Tests.Results;

namespace Conformance.Reports.Tests;

public sealed class JunitReportTests
{
    private static readonly RunResults Sample = SampleRun.Create();

    [Test]
    public void Render_SampleRun_HasASuiteForEachImplementationAndSuite()
    {
        var names = Parse(Sample).Elements("testsuite").Select(s => (string)s.Attribute("name")!).ToList();

        Assert.That(names, Has.Count.EqualTo(3 * 5));
        Assert.That(names, Does.Contain("strongswan / Esp.Tunnel"));
    }

    [Test]
    public void Render_SampleRun_CountsAreThoseOfTheCases()
    {
        var root = Parse(Sample);

        Assert.Multiple(() =>
        {
            foreach (var suite in root.Elements("testsuite").Append(root))
            {
                var cases = suite.DescendantsAndSelf("testcase").ToList();
                Assert.That((int)suite.Attribute("tests")!, Is.EqualTo(cases.Count));
                Assert.That((int)suite.Attribute("failures")!, Is.EqualTo(cases.Count(c => c.Element("failure") is not null)));
                Assert.That((int)suite.Attribute("errors")!, Is.EqualTo(cases.Count(c => c.Element("error") is not null)));
                Assert.That((int)suite.Attribute("skipped")!, Is.EqualTo(cases.Count(c => c.Element("skipped") is not null)));
            }
        });
        Assert.That((int)root.Attribute("failures")!, Is.EqualTo(3), "two fails and an unexpected pass");
    }

    [TestCase(Verdict.Pass, null)]
    [TestCase(Verdict.Warning, null)]
    [TestCase(Verdict.Fail, "failure")]
    [TestCase(Verdict.Error, "error")]
    [TestCase(Verdict.Inconclusive, "error")]
    [TestCase(Verdict.Unsupported, "skipped")]
    [TestCase(Verdict.Skipped, "skipped")]
    public void Render_Verdict_BecomesThisOutcome(Verdict verdict, string? outcome)
    {
        var test = Case(Sample.Results[0] with { Verdict = verdict, Reason = "because" });

        Assert.That(test.Elements().Select(e => e.Name.LocalName).Intersect(["failure", "error", "skipped"]), Is.EqualTo(outcome is null ? [] : new[] { outcome }));
        Assert.That((string?)test.Element(outcome ?? "none")?.Attribute("message"), outcome is null ? Is.Null : Does.Contain("because"));
    }

    [TestCase(Verdict.Fail, Verdict.Fail, null)]
    [TestCase(Verdict.Warning, Verdict.Warning, null)]
    [TestCase(Verdict.Inconclusive, Verdict.Inconclusive, null)]
    [TestCase(Verdict.Pass, Verdict.Pass, null)]
    [TestCase(Verdict.Unsupported, Verdict.Unsupported, "skipped")]
    [TestCase(Verdict.Fail, Verdict.Pass, "failure")]
    [TestCase(Verdict.Fail, Verdict.Unsupported, "failure")]
    [TestCase(Verdict.Warning, Verdict.Fail, "failure")]
    [TestCase(Verdict.Fail, Verdict.Error, "error")]
    public void Render_VerdictWhereOneWasExpected_BecomesThisOutcome(Verdict expected, Verdict verdict, string? outcome)
    {
        var test = Case(Sample.Results[0] with { Verdict = verdict, Expected = new(expected, "known") });

        Assert.That(test.Elements().Select(e => e.Name.LocalName).Intersect(["failure", "error", "skipped"]), Is.EqualTo(outcome is null ? [] : new[] { outcome }));
        Assert.That(test.Descendants("property").Where(p => (string)p.Attribute("name")! == "expected").Select(p => (string)p.Attribute("value")!), Is.EqualTo(new[] { expected.Word }));
    }

    [Test]
    public void Render_UnexpectedPass_FailsWithWhatWasExpectedAndWhy()
    {
        var test = Case(Sample.Results[0] with { Verdict = Verdict.Pass, Expected = new(Verdict.Fail, "known") });

        Assert.That(
            (string)test.Element("failure")!.Attribute("message")!,
            Is.EqualTo("pass, but fail was expected: (The expectation, to be corrected or removed, says: known)"));
    }

    [Test]
    public void Render_ExpectedFail_SaysSoInItsOutput()
    {
        var test = Case(Sample.Results.First(r => r.Verdict == Verdict.Fail) with { Expected = new(Verdict.Fail, "known") });

        Assert.That(test.Element("system-out")!.Value, Does.StartWith("fail was expected: known\nfail: ").And.Contain("HDR.message id: expected 2, actual 3"));
    }

    [Test]
    public void Render_Fail_HasRequirementsFindingsAndSteps()
    {
        var test = Case(Sample.Results.First(r => r.Verdict == Verdict.Fail));

        Assert.That(test.Descendants("property").Select(p => (string)p.Attribute("name")! + "=" + (string)p.Attribute("value")!), Does.Contain("requirement=RFC7296-2.1-6"));
        Assert.That(test.Element("failure")!.Value, Does.Contain("HDR.message id: expected 2, actual 3"));
        Assert.That(test.Element("system-out")!.Value, Does.Contain("! check: The response has the same octets as the first"));
    }

    [Test]
    public void Render_ControlCharactersAndLoneSurrogates_AreReplacedAndTheRestSurvives()
    {
        const string Text = "a\0b\u001b[31m\ud800 < & ]]> \" \u00e9 \U0001F512 \ufffe";

        var test = Case(Sample.Results[0] with { Verdict = Verdict.Fail, Reason = Text });

        Assert.That((string)test.Element("failure")!.Attribute("message")!, Is.EqualTo("a\ufffdb\ufffd[31m\ufffd < & ]]> \" \u00e9 \U0001F512 \ufffd"));
    }

    private static XElement Case(ScenarioResult result) => Parse(Sample with { Results = [result] }).Descendants("testcase").Single();

    private static XElement Parse(RunResults run) => XDocument.Parse(JunitReport.Render(run)).Root!;
}
