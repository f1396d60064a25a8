using System.Globalization;
using Conformance.Results;

namespace Conformance.Cli;

/// <summary>One finished scenario as one line: verdict, id, peer, duration, reason.</summary>
internal static class ResultLine
{
    private static readonly int VerdictWidth = Verdicts.All.Max(verdict => verdict.Word.Length);

    public static string Of(ScenarioResult result)
    {
        var seconds = (result.DurationMs / 1000).ToString("0.000", CultureInfo.InvariantCulture);
        return $"{result.Verdict.Word.PadRight(VerdictWidth)}  {result.Scenario}  {result.Implementation}  {seconds} s  {OneLine(result.Reason)}".TrimEnd();
    }

    public static string OneLine(string text) =>
        string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
