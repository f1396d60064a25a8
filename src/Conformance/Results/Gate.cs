using System.Collections.Immutable;

namespace Conformance.Results;

/// <summary>Decides whether a run may pass.</summary>
/// <param name="Baseline">
/// Verdicts that were accepted: then only what is worse is refused, and what the baseline doesn't have is judged by expectations. Null for expectations alone.
/// </param>
/// <param name="FailOnFlaky">Whether a result that came only when repeated is refused too.</param>
public sealed record Gate(Baseline? Baseline = null, bool FailOnFlaky = false)
{
    /// <summary>What may not pass, in the run's order.</summary>
    public ImmutableArray<ScenarioResult> Refused(RunResults run) => [.. run.Results.Where(result => !Allows(result))];

    private bool Allows(ScenarioResult result)
    {
        if (FailOnFlaky && result.Standing == Standing.Flaky)
            return false;
        return Baseline?.Verdicts.TryGetValue((result.Implementation, result.Scenario), out var before) == true
            ? result.Verdict <= before
            : result.IsAsExpected;
    }
}
