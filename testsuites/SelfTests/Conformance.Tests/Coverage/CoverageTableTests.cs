using Conformance.Coverage;
using Conformance.Requirements;
using Conformance.Results;
using Conformance.Tests.Results;

namespace Conformance.Tests.Coverage;

public sealed class CoverageTableTests
{
    private const string Requirement = "RFC7296-2.1-6";

    private static readonly RunResults Sample = SampleRun.Create();

    [Test]
    public void EveryRequirementOfTheCatalogue_IsThereInTheOrderOfItsRfc()
    {
        var table = CoverageTable.Of(Sample);
        var all = table.Rfcs.SelectMany(rfc => rfc.Requirements).Select(one => one.Requirement.Id).ToList();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(all, Is.EquivalentTo(RequirementCatalogue.Instance.All.Select(requirement => requirement.Id)));
            Assert.That(all.IndexOf("RFC7296-2.4-1"), Is.LessThan(all.IndexOf("RFC7296-2.10-1")));
            Assert.That(all.IndexOf("RFC7296-2.16-9"), Is.LessThan(all.IndexOf("RFC7296-2.16-10")));
        }
    }

    [Test]
    public void Coverers_AreThoseOfTheRun()
    {
        var covered = Find(CoverageTable.Of(Sample), Requirement);
        Assert.That(covered.CoveredBy, Is.EquivalentTo(Sample.Scenarios.Where(scenario => scenario.Id.StartsWith("IKEV2", StringComparison.Ordinal)).Select(scenario => scenario.Id)));
        Assert.That(covered.IsGap, Is.False);
    }

    [Test]
    public void WireMustThatNothingCovers_IsAGap_AndNothingElseIs()
    {
        var table = CoverageTable.Of([]);
        Assert.That(
            table.Rfcs.SelectMany(rfc => rfc.Requirements).Where(one => one.IsGap).Select(one => one.Requirement.Id),
            Is.EquivalentTo(RequirementCatalogue.Instance.All.Where(requirement => requirement is { IsAbsolute: true, Observed: RequirementObservation.Wire }).Select(requirement => requirement.Id)));
    }

    [TestCase(Verdict.Fail, Requirement, Verdict.Fail, Description = "it is named")]
    [TestCase(Verdict.Fail, "RFC7296-2.1-9", Verdict.Inconclusive, Description = "the script ended on another requirement")]
    [TestCase(Verdict.Warning, "RFC7296-2.1-9", Verdict.Pass, Description = "the script went on")]
    [TestCase(Verdict.Pass, null, Verdict.Pass)]
    [TestCase(Verdict.Unsupported, null, Verdict.Unsupported)]
    [TestCase(Verdict.Error, null, Verdict.Inconclusive)]
    public void Verdict_FollowsFromWhatNamesIt(Verdict verdict, string? finding, Verdict expected) => Assert.That(Judge(Result("IKEV2-EXCHANGE-001", verdict, finding)), Is.EqualTo(expected));

    [Test]
    public void Verdict_OfSeveralScenarios_IsTheOneThatSaysMost()
    {
        Assert.That(Judge(Result("IKEV2-EXCHANGE-001", Verdict.Unsupported), Result("IKEV2-EXCHANGE-002", Verdict.Pass), Result("IKEV2-EXCHANGE-003", Verdict.Error)), Is.EqualTo(Verdict.Pass));
        Assert.That(Judge(Result("IKEV2-EXCHANGE-001", Verdict.Pass), Result("IKEV2-EXCHANGE-002", Verdict.Fail, Requirement)), Is.EqualTo(Verdict.Fail));
        Assert.That(Judge(), Is.Null);
    }

    private static Verdict? Judge(params ScenarioResult[] results) => Find(CoverageTable.Of(Sample with { Results = [.. results] }), Requirement).Verdicts[0];

    private static RequirementCoverage Find(CoverageTable table, string id) => table.Rfcs.SelectMany(rfc => rfc.Requirements).Single(one => one.Requirement.Id == id);

    private static ScenarioResult Result(string scenario, Verdict verdict, string? finding = null) => new()
    {
        Scenario = scenario, Implementation = "in-house", Verdict = verdict, Started = default, DurationMs = 0,
        Findings = finding is null ? [] : [new(finding, verdict, "e", "a", [])],
    };
}
