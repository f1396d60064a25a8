using Conformance.Results;

namespace Conformance.Reports;

/// <summary>Workflow commands that make GitHub show what a run refused beside the scenario's own lines.</summary>
public static class GithubAnnotations
{
    /// <summary>A line for each result that the gate refuses, and for each that came only when it was repeated.</summary>
    public static IEnumerable<string> Of(RunResults run, Gate gate)
    {
        var refused = gate.Refused(run).ToHashSet();
        var scenarios = run.Scenarios.ToDictionary(scenario => scenario.Id);
        foreach (var result in run.Results.Where(result => refused.Contains(result) || result.Standing == Standing.Flaky))
        {
            var scenario = scenarios[result.Scenario];
            var place = scenario is { File: { } file, Line: { } line } ? Wording.Invariant($"file={Property(file)},line={line},") : "";
            var title = Property($"{result.Scenario} against {result.Implementation}: {result.Outcome}");
            yield return $"::{(refused.Contains(result) ? "error" : "warning")} {place}title={title}::{Message($"{scenario.Title}. {result.Explanation}")}";
        }
    }

    private static string Message(string text) => text.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) => Message(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
}
