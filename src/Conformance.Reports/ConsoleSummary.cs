using System.Globalization;
using Conformance.Results;

namespace Conformance.Reports;

/// <summary>What a run ends with on the console, without colours: how it is drawn is the command's business.</summary>
/// <param name="Implementations">In the run's order.</param>
/// <param name="Attention">Results to look at, worst first.</param>
/// <param name="LeftOut">What the plan left out and why.</param>
/// <param name="Incomplete">True when the run was cut short.</param>
/// <param name="Duration">Wall-clock time of the run.</param>
public sealed record ConsoleSummary(
    IReadOnlyList<ImplementationSummary> Implementations, IReadOnlyList<AttentionLine> Attention, IReadOnlyList<string> LeftOut, bool Incomplete, TimeSpan Duration)
{
    /// <summary>Summarises a run.</summary>
    public static ConsoleSummary Of(RunResults results)
    {
        var index = new RunIndex(results);
        return new(
            [.. results.Implementations.Select(i => new ImplementationSummary(i.Name, i.Live, RunIndex.Count(index.Results(i.Name))))],
            [.. index.NeedsAttention.Select(r => new AttentionLine(r.Verdict, r.Scenario, r.Implementation, r.Reason, ReportPaths.ScenarioPage(r)))],
            results.LeftOut,
            results.Incomplete,
            results.Finished - results.Started);
    }

    /// <summary>The summary as plain lines.</summary>
    public IEnumerable<string> ToLines()
    {
        foreach (var line in Attention)
        {
            yield return $"{line.Verdict.Word}: {line.Scenario} against {line.Implementation}: {line.Reason}";
            yield return $"  {line.Page}";
        }

        foreach (var sentence in LeftOut)
        {
            yield return $"left out: {sentence}";
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
public sealed record ImplementationSummary(string Name, bool Live, IReadOnlyList<(Verdict Verdict, int Count)> Counts)
{
    /// <summary>Such as <c>38 pass, 1 warning, 1 fail</c>.</summary>
    public string CountsText => Counts.Count == 0 ? "no results" : string.Join(", ", Counts.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Count} {c.Verdict.Word}")));
}

/// <param name="Page">The scenario's page within the HTML report's folder.</param>
public sealed record AttentionLine(Verdict Verdict, string Scenario, string Implementation, string Reason, string Page);
