using Conformance.Defects;
using Conformance.Implementations;
using Conformance.InHouse;
using Conformance.Results;
using Conformance.Scenarios;
using Conformance.Tests.Suites;

namespace Conformance.Tests.Defects;

/// <summary>The suites are only as good as the faults that they catch: each defect, against the scenarios that cover its requirement.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class DefectCatalogueTests
{
    private static IEnumerable<TestCaseData> Defects => DefectCatalogue.All.Select(defect => new TestCaseData(defect).SetArgDisplayNames(defect.Name));

    [TestCaseSource(nameof(Defects))]
    public async Task EachDefect_AgainstScenariosOfItsRequirement_IsCaughtByOneThatNamesIt(Defect defect)
    {
        var executor = new ScenarioExecutor();
        var driver = new InHouseDriver(defect);
        var caught = new List<string>();
        // No other can have a finding that names it.
        foreach (var scenario in AllSuites.Catalogue.Scenarios.Where(scenario => scenario.Covers.Any(requirement => requirement.Id == defect.Requirement)))
        {
            var result = await executor.Execute(scenario, driver, default);
            Assert.That(result.Verdict, Is.Not.EqualTo(Verdict.Error), $"{scenario.Id}: {result.Reason}");
            if (result.Findings.Any(finding => finding.Requirement == defect.Requirement))
                caught.Add(scenario.Id);
        }
        TestContext.Out.WriteLine($"{defect.Name}: caught by {string.Join(", ", caught)}");
        Assert.That(caught, Is.Not.Empty, $"no scenario found that {defect.Effect} ({defect.Requirement})");
    }

    [Test]
    public void Names_AreUnique() => Assert.That(DefectCatalogue.All.Select(defect => defect.Name), Is.Unique);

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
