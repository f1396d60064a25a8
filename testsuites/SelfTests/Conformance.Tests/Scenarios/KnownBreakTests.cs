using Conformance.Expectations;
using Conformance.Results;
using Conformance.Scenarios;

namespace Conformance.Tests.Scenarios;

/// <summary>Expectations about rules.</summary>
public sealed class KnownBreakTests
{
    private const string Pauses = "RULE-IKE-RETRANSMISSION-004";
    private static readonly DateOnly Today = new(2026, 6, 30);

    [Test]
    public void OnlyAKnownBreak_IsTheVerdictThatWasExpected()
    {
        var known = Breaks(Verdict.Pass, Pauses);
        var result = known.Expect(Result(Verdict.Fail));
        Assert.That(result.IsAsExpected);
        Assert.That(result.Outcome, Is.EqualTo("fail (expected)"));
        Assert.That(result.Expected!.Reason, Is.EqualTo("known"));
    }

    [Test]
    public void WithoutABreak_APassIsNoNews() => Assert.That(Breaks(Verdict.Pass).Expect(Result(Verdict.Pass)).Outcome, Is.EqualTo("pass"));

    [Test]
    public void AnotherRuleToo_IsNews() => Assert.That(Breaks(Verdict.Pass, Pauses, "RULE-IKE-HEADER-001").Expect(Result(Verdict.Fail)).IsAsExpected, Is.False);

    [Test]
    public void AScenarioThatFailsByItself_IsNews() => Assert.That(Breaks(Verdict.Fail, Pauses).Expect(Result(Verdict.Fail)).IsAsExpected, Is.False);

    [Test]
    public void AnExpectedWarningBesideIt_CountsToo()
    {
        var result = Breaks(Verdict.Warning, Pauses).Expect(Result(Verdict.Fail) with { Expected = new(Verdict.Warning, "other") });
        Assert.That(result.IsAsExpected);
        Assert.That(result.Expected!.Reason, Is.EqualTo("other known"));
    }

    [Test]
    public void AnExpectedWarningThatDidNotCome_IsNews() =>
        Assert.That(Breaks(Verdict.Pass, Pauses).Expect(Result(Verdict.Fail) with { Expected = new(Verdict.Warning, "other") }).IsAsExpected, Is.False);

    [TestCase("- rule: RULE-NO-001\n  reason: r\n", "x.yaml:1: 'RULE-NO-001' is no rule")]
    [TestCase("- rule: RULE-IKE-HEADER-001\n  verdict: fail\n  reason: r\n", "x.yaml:1: 'verdict' beside 'rule'")]
    [TestCase("- rule: RULE-IKE-HEADER-001\n", "x.yaml:1: 'reason' is missing")]
    public void Malformed_IsRefusedWithFileAndLine(string yaml, string message) =>
        Assert.That(() => Parse(yaml), Throws.TypeOf<CatalogueException>().With.Message.StartsWith(message));

    private static KnownBreaks Breaks(Verdict played, params string[] broken)
    {
        var known = new KnownBreaks(Parse($"- rule: {Pauses}\n  reason: known\n"), "peer", "A-B-001", Today) { Rest = played };
        foreach (var rule in broken)
            known.Count(new("RFC7296-2.4-8", Verdict.Fail, "", "", []) { Rule = rule });
        return known;
    }

    private static ExpectationCatalogue Parse(string yaml) => new([.. ExpectationCatalogue.Parse(new StringReader(yaml), "peer", "x.yaml")]);

    private static ScenarioResult Result(Verdict verdict) =>
        new() { Scenario = "A-B-001", Implementation = "peer", Verdict = verdict, Started = DateTimeOffset.UnixEpoch, DurationMs = 1 };
}
