using System.Globalization;
using Conformance.Results;
using Conformance.Runs;

namespace Conformance.Cli;

/// <summary>One finished scenario as one line: verdict and whether it was expected, id, peer, duration, reason. Columns are as wide as the plan needs.</summary>
internal sealed class ResultLine(RunPlan plan)
{
    /// <summary>What is longer is rare enough to stand out.</summary>
    private const string LongOutcome = "warning (expected)";

    private readonly int _scenarioWidth = plan.Implementations.SelectMany(planned => planned.Scenarios).Select(scenario => scenario.Id.Length).DefaultIfEmpty().Max();
    private readonly int _implementationWidth = plan.Implementations.Select(planned => planned.Driver.Name.Length).DefaultIfEmpty().Max();

    public string Of(ScenarioResult result)
    {
        var seconds = (result.DurationMs / 1000).ToString("0.000", CultureInfo.InvariantCulture).PadLeft(7);
        var columns = $"{result.Outcome.PadRight(LongOutcome.Length)}  {result.Scenario.PadRight(_scenarioWidth)}  {result.Implementation.PadRight(_implementationWidth)}  {seconds} s";
        return $"{columns}  {OneLine(result.Explanation)}".TrimEnd();
    }

    public static string OneLine(string text) =>
        string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
