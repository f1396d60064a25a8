using Conformance.Results;
using Conformance.Tests.Evidence;

namespace Conformance.Tests.Results;

public sealed class GateTests
{
    private static readonly RunResults Sample = SampleRun.Create();

    private static readonly ScenarioResult Flaky = Sample.Results.Single(result => result.Standing == Standing.Flaky);

    [Test]
    public void WithoutBaseline_WhatIsNotAsExpectedIsRefused() =>
        Assert.That(new Gate().Refused(Sample), Is.Not.Empty.And.EqualTo(Sample.Results.Where(result => !result.IsAsExpected)));

    [Test]
    public void Flaky_IsRefusedOnlyIfAskedFor()
    {
        Assert.That(new Gate().Refused(Sample), Has.No.Member(Flaky));
        Assert.That(new Gate(FailOnFlaky: true).Refused(Sample), Has.Member(Flaky));
        Assert.That(new Gate(Baseline.Of(Sample), FailOnFlaky: true).Refused(Sample), Is.EqualTo(new[] { Flaky }));
    }

    [Test]
    public void Baseline_OfTheSameRun_RefusesNothing() => Assert.That(new Gate(Baseline.Of(Sample)).Refused(Sample), Is.Empty);

    [TestCase(Verdict.Pass, Verdict.Fail, true)]
    [TestCase(Verdict.Warning, Verdict.Fail, true)]
    [TestCase(Verdict.Pass, Verdict.Unsupported, true)]
    [TestCase(Verdict.Fail, Verdict.Fail, false)]
    [TestCase(Verdict.Fail, Verdict.Pass, false)]
    public void Baseline_RefusesWhatIsWorse(Verdict before, Verdict after, bool refused)
    {
        var run = One(after);
        Assert.That(new Gate(Baseline.Of(One(before))).Refused(run), refused ? Is.EqualTo(run.Results) : Is.Empty);
    }

    [Test]
    public void WhatTheBaselineDoesNotHave_IsJudgedByExpectations()
    {
        Assert.That(new Gate(Baseline.Empty).Refused(One(Verdict.Fail)), Is.Not.Empty);
        Assert.That(new Gate(Baseline.Empty).Refused(One(Verdict.Pass)), Is.Empty);
    }

    [Test]
    public void Update_KeepsWhatWasNotRunAndTakesNoError()
    {
        var old = Baseline.Of(Sample);
        var updated = old.With(One(Verdict.Error)).With(One(Verdict.Warning) with { Results = [One(Verdict.Warning).Results[0] with { Scenario = "IKEV2-EXCHANGE-002" }] });
        Assert.That(updated.Verdicts[("strongswan", "IKEV2-EXCHANGE-001")], Is.EqualTo(Verdict.Pass));
        Assert.That(updated.Verdicts[("strongswan", "IKEV2-EXCHANGE-002")], Is.EqualTo(Verdict.Warning));
        Assert.That(updated.Verdicts, Has.Count.EqualTo(old.Verdicts.Count));
    }

    [Test]
    public void File_ReadBack_IsTheSame_AndAResultsFileIsABaselineToo()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("baseline.json"), Baseline.Of(Sample).Write());
        ResultsFile.Write(Sample, folder.File("results.json"));
        Assert.That(Baseline.Read(folder.File("baseline.json")).Verdicts, Is.EqualTo(Baseline.Of(Sample).Verdicts));
        Assert.That(Baseline.Read(folder.File("results.json")).Verdicts, Is.EqualTo(Baseline.Of(Sample).Verdicts));
    }

    [TestCase("{ \"baselineVersion\": 2, \"verdicts\": {} }", "baseline version 2 is not known")]
    [TestCase("{ \"baselineVersion\": 1, \"verdicts\": { \"x\": { \"A\": \"good\" } } }", "'good' is no verdict")]
    [TestCase("{ \"baselineVersion\": 1,\n \"verdicts\": 7 }", "line 2: not a baseline")]
    [TestCase("{}", "has no schemaVersion")]
    public void File_Malformed_IsRefused(string text, string says)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("b.json"), text);
        Assert.That(() => Baseline.Read(folder.File("b.json")), Throws.TypeOf<ResultsFileException>().With.Message.Contains(says));
    }

    [Test]
    public void Comparison_TellsWhatChanged()
    {
        var before = One(Verdict.Pass) with { Results = [Result("A", Verdict.Pass), Result("B", Verdict.Fail), Result("C", Verdict.Pass), Result("D", Verdict.Pass)] };
        var after = One(Verdict.Pass) with { Results = [Result("A", Verdict.Fail), Result("B", Verdict.Pass), Result("C", Verdict.Pass), Result("E", Verdict.Pass)] };
        var comparison = VerdictComparison.Of(Baseline.Of(before), Baseline.Of(after));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(comparison.Worse, Is.EqualTo(new VerdictChange[] { new("strongswan", "A", Verdict.Pass, Verdict.Fail) }));
            Assert.That(comparison.Better, Is.EqualTo(new VerdictChange[] { new("strongswan", "B", Verdict.Fail, Verdict.Pass) }));
            Assert.That(comparison.New, Is.EqualTo(new VerdictChange[] { new("strongswan", "E", null, Verdict.Pass) }));
            Assert.That(comparison.Gone, Is.EqualTo(new VerdictChange[] { new("strongswan", "D", Verdict.Pass, null) }));
            Assert.That(comparison.Same, Is.EqualTo(1));
        }
    }

    private static RunResults One(Verdict verdict) => Sample with { Results = [Result("IKEV2-EXCHANGE-001", verdict)] };

    private static ScenarioResult Result(string scenario, Verdict verdict) => new() { Scenario = scenario, Implementation = "strongswan", Verdict = verdict, Started = default, DurationMs = 0 };
}
