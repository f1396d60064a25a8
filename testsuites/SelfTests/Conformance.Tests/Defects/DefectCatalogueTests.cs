using Conformance.Defects;
using Conformance.Implementations;
using Conformance.InHouse;
using Conformance.Results;
using Conformance.Rules;
using Conformance.Scenarios;
using Conformance.Tests.Suites;

namespace Conformance.Tests.Defects;

/// <summary>The suites are only as good as the faults that they catch. The command <c>prove</c> does the same.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class DefectCatalogueTests
{
    private static readonly DefectProver Prover = new(AllSuites.Catalogue.Scenarios);

    private static IEnumerable<TestCaseData> Defects => DefectCatalogue.All.Select(defect => new TestCaseData(defect).SetArgDisplayNames(defect.Name));

    [TestCaseSource(nameof(Defects))]
    public async Task EachDefect_IsCaughtByOneThatNamesItsRequirement(Defect defect)
    {
        var proof = await Prover.Prove(defect, default);
        TestContext.Out.WriteLine($"{defect.Name}: caught by {string.Join(", ", proof.CaughtBy)}");
        Assert.That(proof.Errors, Is.Empty);
        Assert.That(proof.IsCaught, $"{(defect.Rule is { } rule ? $"{rule} did not find" : "nobody found")} that {defect.Effect} ({defect.Requirement})");
    }

    [Test]
    public void Names_AreUnique() => Assert.That(DefectCatalogue.All.Select(defect => defect.Name), Is.Unique);

    [Test]
    public void Rules_OfDefects_CoverWhatTheseBreak() => Assert.That(
        DefectCatalogue.All.Where(defect => defect.Rule is { } rule && !RuleCatalogue.Find(rule).Covers.Contains(defect.Requirement)).Select(defect => defect.Name), Is.Empty);

    [Test]
    public void Requirements_AreInTheCatalogue() =>
        Assert.That(DefectCatalogue.All.Where(defect => Conformance.Requirements.RequirementCatalogue.Instance.Find(defect.Requirement) is null), Is.Empty);

    [Test]
    public async Task NoDefect_AgainstAllScenarios_PassesThemAll()
    {
        var executor = new ScenarioExecutor();
        foreach (var scenario in AllSuites.Catalogue.Scenarios)
        {
            var result = await executor.Execute(scenario, new InHouseDriver(), default);
            // What only a kernel has, the in-house stack does not declare.
            var expected = scenario.Needs.Contains(Capability.XfrmCounters) ? Verdict.Unsupported : Verdict.Pass;
            Assert.That(result.Verdict, Is.EqualTo(expected), $"{scenario.Id}: {result.Reason}");
        }
    }
}
