using Conformance.Implementations;
using Conformance.Expectations;
using Conformance.Requirements;
using Conformance.Rules;
using Conformance.Scenarios;
using Conformance.Tests.Suites;

namespace Conformance.Tests.Scenarios;

public sealed class ScenarioCatalogueTests
{
    [Test]
    public void AllSuites_Loaded_HaveUniqueIdsAndKnownRequirements() => Assert.That(AllSuites.Catalogue.Scenarios, Has.Length.GreaterThan(90));

    [Test]
    public void Needs_OfAClass_AddToThoseOfItsBase() => Assert.That(
        AllSuites.Catalogue.Scenarios.Single(scenario => scenario.Id == "NAT-KEYED-SOURCE-T44").Needs,
        Is.SupersetOf(new[] { Capability.ManualKeying, Capability.NatTraversal, Capability.TunnelMode }));

    [Test]
    public void Titles_OfAllScenarios_AreOneSentenceWithoutFullStop() =>
        Assert.That(AllSuites.Catalogue.Scenarios.Where(scenario => scenario.Title.EndsWith('.') || scenario.Title.Length < 20).Select(scenario => scenario.Id), Is.Empty);

    /// <summary>The list of what no scenario and no rule covers yet can only shrink: whatever gets covered leaves it, and nothing comes in without being seen.</summary>
    [TestCase("MUST", "uncovered.txt")]
    [TestCase("SHOULD", "uncovered-should.txt")]
    public void RequirementsOnTheWire_WithoutScenarioAndRule_AreThoseOfTheList(string level, string list)
    {
        var covered = AllSuites.Catalogue.Scenarios.SelectMany(scenario => scenario.Covers).Select(requirement => requirement.Id)
            .Concat(RuleCatalogue.All.SelectMany(rule => rule.Covers)).ToHashSet();
        var listed = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "requirements", list));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(listed, Is.Ordered.Using<string>(StringComparer.Ordinal));
            Assert.That(listed, Is.EquivalentTo(RequirementCatalogue.Instance.All
                .Where(requirement => requirement.Observed == RequirementObservation.Wire && requirement.Level.StartsWith(level, StringComparison.Ordinal) && !covered.Contains(requirement.Id))
                .Select(requirement => requirement.Id)));
        }
    }

    [Test]
    public void DuplicateId_InASuite_IsRefusedWithBothPlaces()
    {
        var assembly = AllSuites.Catalogue.Scenarios[0].Method.DeclaringType!.Assembly;
        Assert.That(
            () => ScenarioCatalogue.Load([assembly, assembly]),
            Throws.TypeOf<CatalogueException>().With.Message.Match(@"is used twice: testsuites/\S+\.cs:[0-9]+ \(\S+\) and testsuites/\S+\.cs:[0-9]+ "));
    }

    [Test]
    public void BuiltInExpectations_Loaded_MatchScenarios() => Assert.That(() => ExpectationCatalogue.Load(AllSuites.Catalogue, DateOnly.FromDateTime(DateTime.UtcNow)), Throws.Nothing);

    [TestCase("- scenario: A\n  verdict: fail\n", "x.yaml:1: 'reason' is missing")]
    [TestCase("- scenario: A\n  verdict: broken\n  reason: r\n", "x.yaml:1: 'broken' is no verdict")]
    [TestCase("- scenario: A\n  verdict: fail\n  reson: r\n", "x.yaml:3: unknown or repeated key 'reson'")]
    [TestCase("- scenario: A\n  verdict: fail\n  reason: r\n  expires: soon\n", "x.yaml:1: 'soon' is no date")]
    [TestCase("nonsense", "x.yaml:1:")]
    public void Expectation_Malformed_IsRefusedWithFileAndLine(string yaml, string message) => Assert.That(
        () => ExpectationCatalogue.Parse(new StringReader(yaml), "peer", "x.yaml"), Throws.TypeOf<CatalogueException>().With.Message.Contains(message));

    [Test]
    public void Expectation_ThatMatchesNoScenario_IsRefusedWithFileAndLine()
    {
        var expectations = ExpectationCatalogue.Parse(new StringReader("- scenario: NO-SUCH-*\n  verdict: fail\n  reason: r\n"), "peer", "x.yaml");
        Assert.That(
            () => ExpectationCatalogue.Check(expectations, AllSuites.Catalogue, new(2026, 6, 30)), Throws.TypeOf<CatalogueException>().With.Message.EqualTo("x.yaml:1: 'NO-SUCH-*' matches no scenario: correct or remove it"));
    }

    [Test]
    public void Expectation_AfterItsLastDay_IsRefusedWithFileAndLine()
    {
        var expectations = ExpectationCatalogue.Parse(new StringReader("- scenario: IKEV2-*\n  verdict: fail\n  reason: r\n  expires: 2026-06-30\n"), "peer", "x.yaml");
        Assert.That(() => ExpectationCatalogue.Check(expectations, AllSuites.Catalogue, new(2026, 6, 30)), Throws.Nothing);
        Assert.That(
            () => ExpectationCatalogue.Check(expectations, AllSuites.Catalogue, new(2026, 7, 1)),
            Throws.TypeOf<CatalogueException>().With.Message.EqualTo("x.yaml:1: 'IKEV2-*' expired on 2026-06-30: look at it again, then renew or remove it"));
    }

    [TestCase(nameof(WrongScenarios.UnknownRequirement), "scenario TEST-WRONG-001 (WrongScenarios.UnknownRequirement) covers RFC7296-99-1, which no requirements file has")]
    [TestCase(nameof(WrongScenarios.WrongId), "scenario id 'wrong' of WrongScenarios.WrongId is not of the form TOPIC-SUBJECT-001")]
    [TestCase(nameof(WrongScenarios.NoCases), "WrongScenarios.NoCases has no property Nowhere of cases")]
    public void WrongScenario_IsRefusedWithFileAndLine(string method, string message) => Assert.That(
        () => ScenarioCatalogue.Describe(typeof(WrongScenarios).GetMethod(method)!).ToList(),
        Throws.TypeOf<CatalogueException>().With.Message.Match(@"^testsuites/SelfTests/Conformance\.Tests/Scenarios/ScenarioCatalogueTests\.cs:[0-9]+: ").And.Message.EndsWith(message));

    [Test]
    public void Places_OfAllScenarios_AreFilesOfTheRepository() => Assert.That(
        AllSuites.Catalogue.Scenarios.Where(scenario => !scenario.Place.File.StartsWith("testsuites/", StringComparison.Ordinal) || scenario.Place.Line < 1).Select(scenario => $"{scenario.Id}: {scenario.Place}"), Is.Empty);

    [Test]
    public void Expectation_AfterItsLastDay_DoesNotCount()
    {
        var catalogue = new ExpectationCatalogue([.. ExpectationCatalogue.Parse(
            new StringReader("- scenario: A-*\n  verdict: fail\n  reason: r\n  expires: 2026-06-30\n"), "peer", "x.yaml")]);
        Assert.That(catalogue.Find("peer", "A-001", new(2026, 6, 30)), Is.Not.Null);
        Assert.That(catalogue.Find("peer", "A-001", new(2026, 7, 1)), Is.Null);
        Assert.That(catalogue.Find("other", "A-001", new(2026, 6, 30)), Is.Null);
    }

    [TestCase("RFC1-1-1:\n  level: MUST\n  sha8: \"00\"\n", "r.yaml:1: RFC1-1-1 needs level, sha8 and text")]
    [TestCase("RFC1-1-1:\n  level: MUST\n  sha: \"00\"\n", "r.yaml:3: RFC1-1-1 has an unknown key 'sha'")]
    [TestCase("RFC1-1-1:\n  level: MUST\n  sha8: \"00\"\n  text: t\n  role: server\n", "r.yaml:5: 'server' is no role among: administrator, both,")]
    [TestCase("RFC1-1-1:\n  level: MUST\n  sha8: \"00\"\n  text: t\n  observed: seen\n", "r.yaml:5: 'seen' is no observed among: local, not-testable, wire")]
    [TestCase("RFC1-1-1:\n  level: MUST\n  sha8: \"00\"\n  text: t\n  observed: local\n", "r.yaml:1: RFC1-1-1 needs a why")]
    [TestCase("RFC1-1-1:\n  level: MUST\n  sha8: \"00\"\n  text: t\n  observed: wire\n  why: w\n", "r.yaml:1: RFC1-1-1 has a why")]
    public void Requirement_Malformed_IsRefusedWithFileAndLine(string yaml, string message) => Assert.That(
        () => RequirementCatalogue.Parse(new StringReader(yaml), "r.yaml"), Throws.TypeOf<CatalogueException>().With.Message.Contains(message));

    /// <summary>Abstract, so that nothing finds them but these tests.</summary>
    private abstract class WrongScenarios : ScenarioFixture
    {
        [Scenario("TEST-WRONG-001", "Covers what is not there")]
        [Covers("RFC7296-99-1")]
        public void UnknownRequirement()
        {
        }

        [Scenario("wrong", "Has an id of another form")]
        public void WrongId()
        {
        }

        [Scenarios("Nowhere")]
        public void NoCases(int one)
        {
        }
    }
}
