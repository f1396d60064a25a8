using Conformance.Results;

namespace Conformance.Tests.Results;

public sealed class StandingTests
{
    [TestCase(Verdict.Pass, null, true, true, "pass (flaky)", Verdict.Fail)]
    [TestCase(Verdict.Fail, Verdict.Fail, true, true, "fail (flaky)", Verdict.Error)]
    [TestCase(Verdict.Fail, null, false, true, "fail", Verdict.Error)]
    [TestCase(Verdict.Pass, null, true, false, "pass")]
    [TestCase(Verdict.Warning, null, true, true, "warning")]
    [TestCase(Verdict.Unsupported, null, true, false, "unsupported")]
    [TestCase(Verdict.Inconclusive, null, false, true, "inconclusive")]
    [TestCase(Verdict.Fail, null, false, true, "fail")]
    [TestCase(Verdict.Fail, Verdict.Fail, true, false, "fail (expected)")]
    [TestCase(Verdict.Warning, Verdict.Warning, true, false, "warning (expected)")]
    [TestCase(Verdict.Pass, Verdict.Pass, true, false, "pass")]
    [TestCase(Verdict.Pass, Verdict.Fail, false, true, "pass, but fail was expected")]
    [TestCase(Verdict.Unsupported, Verdict.Fail, false, true, "unsupported, but fail was expected")]
    [TestCase(Verdict.Fail, Verdict.Warning, false, true, "fail, but warning was expected")]
    public void VerdictAndExpectation_Judged_AreToldInOneWord(Verdict verdict, Verdict? expected, bool asExpected, bool needsAttention, string outcome, Verdict? earlier = null)
    {
        var result = new ScenarioResult
        {
            Scenario = "A-B-001", Implementation = "x", Verdict = verdict, Started = default, DurationMs = 0,
            OtherAttempts = earlier is { } first ? [new(first, "once", default, 0, [], new())] : [],
            Expected = expected is { } known ? new(known, "known") : null,
        };
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.IsAsExpected, Is.EqualTo(asExpected));
            Assert.That(result.NeedsAttention, Is.EqualTo(needsAttention));
            Assert.That(result.Outcome, Is.EqualTo(outcome));
        }
    }
}
