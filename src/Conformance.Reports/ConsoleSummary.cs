using Conformance.Results;

namespace Conformance.Reports;

/// <summary>What a run ends with on the console, without colours: how it is drawn is the command's business.</summary>
/// <param name="Implementations">In the run's order.</param>
/// <param name="Attention">Results to look at: unexpected ones first, worst first.</param>
/// <param name="ExpectedDeviations">Results that deviate as was written down.</param>
/// <param name="Unsupported">What implementations do not declare or express, most frequent first.</param>
/// <param name="LeftOut">What the plan left out and why.</param>
/// <param name="Incomplete">True when the run was cut short.</param>
/// <param name="Duration">Wall-clock time of the run.</param>
public sealed record ConsoleSummary(
    IReadOnlyList<ImplementationSummary> Implementations,
    IReadOnlyList<AttentionLine> Attention,
    IReadOnlyList<ExpectedDeviation> ExpectedDeviations,
    IReadOnlyList<UnsupportedCount> Unsupported,
    IReadOnlyList<string> LeftOut,
    bool Incomplete,
    TimeSpan Duration)
{
    /// <summary>Summarises a run.</summary>
    public static ConsoleSummary Of(RunResults results)
    {
        var index = new RunIndex(results);
        return new(
            [.. results.Implementations.Select(i => new ImplementationSummary(i.Name, i.Live, RunIndex.Count(index.Results(i.Name))))],
            [.. index.NeedsAttention.Select(r => new AttentionLine(r.Outcome, r.Scenario, r.Implementation, r.Explanation, ReportPaths.PageOf(r) ?? ReportPaths.Index))],
            ExpectedDeviation.Of(index.ExpectedDeviations),
            UnsupportedCount.Of(results.Results),
            results.LeftOut,
            results.Incomplete,
            results.Finished - results.Started);
    }

    /// <summary>The summary as plain lines, what needs attention and the counts last: a log that is cut keeps its end.</summary>
    public IEnumerable<string> ToLines()
    {
        if (ExpectedDeviations.Count > 0)
        {
            yield return "deviations that were expected:";
        }

        var longestVerdict = ExpectedDeviations.Select(d => d.Verdict.Word.Length).DefaultIfEmpty(0).Max();
        foreach (var deviation in ExpectedDeviations)
        {
            yield return $"  {deviation.Verdict.Word.PadRight(longestVerdict)}  {deviation.Scenario} against {string.Join(", ", deviation.Implementations)}: {deviation.Reason}";
        }

        foreach (var unsupported in Unsupported)
        {
            yield return $"unsupported: {unsupported.Scenarios} of {unsupported.Implementation}: {unsupported.Reason}";
        }

        foreach (var sentence in LeftOut)
        {
            yield return $"left out: {sentence}";
        }

        foreach (var line in Attention)
        {
            yield return $"{line.Outcome}: {line.Scenario} against {line.Implementation}: {line.Reason}";
            yield return $"  {line.Page}";
        }

        if (Incomplete)
        {
            yield return "The run was cut short: scenarios without a result were not judged.";
        }

        var width = Implementations.Select(i => i.Name.Length).DefaultIfEmpty(0).Max();
        foreach (var implementation in Implementations)
        {
            yield return $"{implementation.Name.PadRight(width)}  {(implementation.Live ? "live     " : "in memory")}  {implementation.CountsText}";
        }

        yield return $"took {Wording.Duration(Duration)}";
    }
}

/// <param name="Counts">Best verdict first; verdicts without results are left out.</param>
public sealed record ImplementationSummary(string Name, bool Live, IReadOnlyList<VerdictCount> Counts)
{
    /// <summary>Such as <c>36 pass, 1 warning, 1 fail, 2 fail (expected)</c>.</summary>
    public string CountsText => Counts.Count == 0 ? "no results" : string.Join(", ", Counts.Select(c => c.Text));
}

/// <param name="Outcome">The verdict, and what was expected where that was something else.</param>
/// <param name="Page">The scenario's page within the HTML report's folder.</param>
public sealed record AttentionLine(string Outcome, string Scenario, string Implementation, string Reason, string Page);

/// <param name="Reason">Of one scenario, where many have their own.</param>
public sealed record UnsupportedCount(string Implementation, int Scenarios, string Reason)
{
    private const int MostReasons = 4;

    /// <summary>The most frequent reasons of each implementation, the rest in one.</summary>
    internal static IReadOnlyList<UnsupportedCount> Of(IEnumerable<ScenarioResult> results) =>
    [
        .. results.Where(result => result.Verdict == Verdict.Unsupported)
            .GroupBy(result => result.Implementation)
            .OrderBy(implementation => implementation.Key, StringComparer.Ordinal)
            .SelectMany(Summarise),
    ];

    private static IEnumerable<UnsupportedCount> Summarise(IGrouping<string, ScenarioResult> implementation)
    {
        var reasons = implementation.GroupBy(result => result.Explanation).OrderByDescending(reason => reason.Count()).ThenBy(reason => reason.Key, StringComparer.Ordinal).ToList();
        foreach (var reason in reasons.Take(MostReasons))
            yield return new(implementation.Key, reason.Count(), reason.Key);
        if (reasons.Count > MostReasons)
            yield return new(implementation.Key, reasons.Skip(MostReasons).Sum(reason => reason.Count()), $"{reasons.Count - MostReasons} other reasons, in the report");
    }
}
