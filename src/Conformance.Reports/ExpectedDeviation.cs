using Conformance.Results;

namespace Conformance.Reports;

/// <summary>A known deviation that came, with all implementations that have it for the same reason.</summary>
/// <param name="Reason">Why it was expected.</param>
public sealed record ExpectedDeviation(Verdict Verdict, string Scenario, IReadOnlyList<string> Implementations, string Reason)
{
    /// <summary>Results that deviate as was written down, in their order.</summary>
    internal static IReadOnlyList<ExpectedDeviation> Of(IEnumerable<ScenarioResult> results) =>
    [
        .. results
            .GroupBy(r => (r.Verdict, r.Scenario, r.Expected!.Reason), r => r.Implementation)
            .Select(g => new ExpectedDeviation(g.Key.Verdict, g.Key.Scenario, [.. g], g.Key.Reason)),
    ];
}
