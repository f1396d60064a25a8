using Conformance.Results;
using Conformance.Rules;
using Conformance.Scenarios;

namespace Conformance.Tests.Rules;

/// <summary>Every rule can hold, and can be broken.</summary>
public sealed class RuleCatalogueTests
{
    internal static readonly RuleCase[] AllCases = [.. IkeRuleCases.All, .. NegotiationRuleCases.All, .. PacketRuleCases.All];

    /// <summary>Rules without a case that breaks them. May only shrink.</summary>
    private static readonly string[] Unproven = [];

    private static IEnumerable<TestCaseData> EachCase => AllCases.Select(rule => new TestCaseData(rule.Id));

    [Test]
    public void Catalogue_Loaded_HasUniqueIdsOfOneForm()
    {
        Assert.That(RuleCatalogue.All.Select(rule => rule.Id), Is.Unique);
        Assert.That(RuleCatalogue.All.Select(rule => rule.Id), Has.All.Match("^RULE-[A-Z]+(-[A-Z]+)*-[0-9]{3}$"));
        Assert.That(RuleCatalogue.All, Has.Length.GreaterThan(200));
    }

    [Test]
    public void Titles_OfAllRules_AreDifferentSentencesWithoutFullStop() => Assert.That(
        RuleCatalogue.All.Where(rule => rule.Title.EndsWith('.') || rule.Title.Length < 12).Select(rule => rule.Id), Is.Empty);

    [Test]
    public void Verdicts_OfAllRules_FollowFromTheirRequirements() => Assert.That(
        RuleCatalogue.All.Where(rule => rule.Verdict != (rule.Requirements.Any(requirement => requirement.IsAbsolute) ? Verdict.Fail : Verdict.Warning)), Is.Empty);

    [TestCase("RFC7296-0-0", "which no RFC's catalogue has")]
    [TestCase("RFC7296-1-2", "a permission")]
    public void Rule_OfARequirementThatCannotBeBroken_IsRefused(string requirement, string message) => Assert.That(
        () => Rule.Unjudged("RULE-X-001", "A title", requirement), Throws.TypeOf<CatalogueException>().With.Message.Contains(message));

    [Test]
    public void EveryRule_ButThoseOfTheList_HasABreakingCase() => Assert.That(
        RuleCatalogue.All.Select(rule => rule.Id).Except(AllCases.Select(rule => rule.Id)), Is.EquivalentTo(Unproven));

    [TestCaseSource(nameof(EachCase))]
    public void Rule_PutToItsCase_HoldsAndBreaks(string id)
    {
        var (rule, subject) = (AllCases.Single(candidate => candidate.Id == id), RuleCatalogue.All.Single(candidate => candidate.Id == id));
        using (Assert.EnterMultipleScope())
        {
            var held = Judge(subject, rule.Held);
            Assert.That(held.Broken, Is.Zero, string.Join('\n', held.Breaks.Select(found => $"{found}")));
            Assert.That(held.Held, Is.Positive, "never exercised by what has to hold");
            var broken = Judge(subject, rule.Broken);
            Assert.That(broken.Broken, Is.Positive, $"held {broken.Held} times");
            Assert.That(broken.Breaks, Has.All.Matches<RuleBreak>(found => found is { Frame: >= 1, Expected.Length: > 0 }));
        }
    }

    private static RuleResult Judge(Rule rule, Conformance.Decoding.CaptureFrame[] frames)
    {
        var run = new RuleRun([rule], RuleFrames.Keys);
        foreach (var frame in frames)
            run.Add(frame);
        return run.Results.Single();
    }
}
