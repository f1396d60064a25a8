using System.Collections.Immutable;
using Conformance.Defects;
using Conformance.Rules;
using Conformance.Scenarios;
using Conformance.Tests.Suites;

namespace Conformance.Tests.Defects;

[Parallelizable(ParallelScope.All)]
public sealed class DefectProverTests
{
    private static readonly ImmutableArray<ScenarioDescriptor> Some = [.. AllSuites.Catalogue.Scenarios.Where(scenario => scenario.Suite == "Ikev2")];

    private static Defect Harmless { get; } = new("harmless", "Nothing is changed", "RFC7296-3.1-9");

    private static Defect Flagged => DefectCatalogue.All.Single(defect => defect.Name == "reserved-flags-sent");

    [Test]
    public async Task DefectThatChangesNothing_IsNotCaught()
    {
        var proofs = await new DefectProver(Some).Prove([Harmless, Flagged], _ => { }, default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(proofs.Proofs.Select(proof => (proof.Defect, proof.IsCaught)), Is.EqualTo(new[] { ("harmless", false), ("reserved-flags-sent", true) }));
            Assert.That(proofs.Proofs[0].Scenarios, Is.Positive);
            Assert.That(proofs.AreAllCaught, Is.False);
        }
    }

    [Test]
    public async Task EveryScenario_ShowsWhoElseFailsAndWhoNeverDoes()
    {
        var proofs = await new DefectProver(Some, everyScenario: true).Prove([Harmless], _ => { }, default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(proofs.Unsound, Is.Empty);
            Assert.That(proofs.Scenarios, Is.EqualTo(Some.Length));
            Assert.That(proofs.NeverFailed, Is.SupersetOf(Some.Select(scenario => scenario.Id)).And.Some.StartsWith("RULE-"));
        }
    }

    [Test]
    public async Task RequirementThatARuleCovers_IsLookedForInAll_UntilItIsCaught()
    {
        var covered = RuleCatalogue.All.SelectMany(rule => rule.Requirements).First(requirement => !Some.Any(scenario => scenario.Covers.Contains(requirement)));
        var proof = await new DefectProver(Some).Prove(Harmless with { Requirement = covered.Id }, default);
        Assert.That(proof.Scenarios, Is.EqualTo(Some.Length));
    }

    [Test]
    public async Task Cancelled_KeepsWhatWasProved()
    {
        using var user = new CancellationTokenSource();
        var proofs = await new DefectProver(Some).Prove([.. Enumerable.Range(0, 50).Select(n => Flagged with { Name = $"twin-{n:00}" })], _ => user.Cancel(), user.Token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(proofs.IsIncomplete);
            Assert.That(proofs.Proofs, Is.Not.Empty);
            Assert.That(proofs.AreAllCaught, Is.False);
        }
    }

    [Test]
    public async Task File_ReadBack_IsTheSame()
    {
        var proofs = await new DefectProver(Some).Prove([Flagged], _ => { }, default);
        var text = DefectProofsFile.Write(proofs);
        Assert.That(DefectProofsFile.Write(DefectProofsFile.Read(text)), Is.EqualTo(text));
    }
}
