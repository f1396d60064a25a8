using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Conformance.Coverage;
using Conformance.Results;

namespace Conformance.Reports;

/// <summary>A run as it is worth keeping in a repository: who was judged, how it came out, every deviation with its reason, what was covered. Small, without steps or evidence, and without what tells of the machine.</summary>
public static class PublishedReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Writes <c>interop.md</c> and <c>interop.json</c>.</summary>
    /// <returns>Path of the page.</returns>
    /// <exception cref="ReportException">A file can't be written, or the run was cut short: that is nothing to publish.</exception>
    public static string Write(RunResults results, string folder)
    {
        if (results.Incomplete)
        {
            throw new ReportException($"The run {results.RunId} was cut short: publish a whole one.");
        }

        var page = Path.Combine(folder, "interop.md");
        ReportFile.Write(page, Markdown(results));
        ReportFile.Write(Path.Combine(folder, "interop.json"), ToJson(results));
        return page;
    }

    /// <summary>The page, GitHub's flavour of Markdown.</summary>
    public static string Markdown(RunResults results)
    {
        var index = new RunIndex(results);
        var text = new StringBuilder();
        void Line(string line = "") => text.Append(line).Append('\n');

        Line("# Interoperability report");
        Line();
        Line($"Run {MarkdownReport.Escaped(results.RunId)} of {results.Started.UtcDateTime:yyyy-MM-dd}, IpsecConformance {MarkdownReport.Escaped(results.HarnessVersion)}, seed {results.Seed}. Took {Wording.Duration(results.Finished - results.Started)}.");
        foreach (var sentence in results.LeftOut)
        {
            Line($"Left out: {MarkdownReport.Escaped(sentence)}.".Replace("..", ".", StringComparison.Ordinal));
        }

        Line();
        Line("| implementation | product | ESP and AH by | ran | verdicts |");
        Line("| --- | --- | --- | --- | --- |");
        foreach (var implementation in results.Implementations)
        {
            var counts = string.Join(", ", RunIndex.Count(index.Results(implementation.Name)).Select(count => count.Text));
            Line($"| {MarkdownReport.Escaped(implementation.Name)} | {MarkdownReport.Escaped(implementation.Product)} | {MarkdownReport.Escaped(implementation.DataPlane)} | {(implementation.Live ? "live" : "in memory")} | {counts} |");
        }

        Line();
        Line("## Passed, of those that were judged");
        Line();
        Line($"| suite |{string.Concat(results.Implementations.Select(implementation => $" {MarkdownReport.Escaped(implementation.Name)} |"))}");
        Line($"| --- |{string.Concat(results.Implementations.Select(_ => " ---: |"))}");
        foreach (var suite in index.Suites)
        {
            Line($"| {MarkdownReport.Escaped(suite.Key)} |{string.Concat(results.Implementations.Select(implementation => $" {Passed(index, implementation, suite)} |"))}");
        }

        Line();
        Line("## Deviations");
        foreach (var implementation in Deviation.Of(results).GroupBy(deviation => deviation.Implementation))
        {
            Line();
            Line($"### {MarkdownReport.Escaped(implementation.Key)}");
            Line();
            foreach (var deviation in implementation)
            {
                var requirements = deviation.Requirements.IsEmpty ? "" : $" ({string.Join(", ", deviation.Requirements)})";
                Line($"- **{deviation.Outcome}** {MarkdownReport.Escaped(string.Join(", ", deviation.Scenarios))}{requirements}: {MarkdownReport.Escaped(deviation.Reason)}");
            }
        }

        Line();
        Line("## Coverage of the RFCs");
        Line();
        var table = CoverageTable.Of(results);
        Line($"| RFC | statements | on the wire | covered | wire MUSTs uncovered |{string.Concat(table.Implementations.Select(name => $" {MarkdownReport.Escaped(name)}: kept, broken |"))}");
        Line($"| --- | ---: | ---: | ---: | ---: |{string.Concat(table.Implementations.Select(_ => " ---: |"))}");
        foreach (var rfc in table.Rfcs)
        {
            var kept = table.Implementations.Select((_, i) => $" {Count(rfc, i, Verdict.Pass)}, {Count(rfc, i, Verdict.Fail, Verdict.Warning)} |");
            Line($"| {rfc.Name} | {rfc.Count.All} | {rfc.Count.Wire} | {rfc.Count.Covered} | {rfc.Count.WireMustUncovered} |{string.Concat(kept)}");
        }

        return text.ToString();
    }

    /// <summary>The same as one object.</summary>
    public static string ToJson(RunResults results)
    {
        var index = new RunIndex(results);
        var table = CoverageTable.Of(results);
        return JsonSerializer.Serialize(
            new
            {
                results.RunId,
                results.Started,
                results.Finished,
                results.HarnessVersion,
                results.Seed,
                results.LeftOut,
                Implementations = results.Implementations.Select(implementation => new
                {
                    implementation.Name,
                    implementation.Product,
                    implementation.DataPlane,
                    implementation.Live,
                    Verdicts = index.Results(implementation.Name).GroupBy(result => result.Outcome).OrderBy(group => group.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count()),
                }),
                Deviations = Deviation.Of(results),
                Coverage = table.Rfcs.Select(rfc => new
                {
                    rfc.Count.Rfc,
                    rfc.Count.All,
                    rfc.Count.Wire,
                    rfc.Count.Covered,
                    rfc.Count.WireMustUncovered,
                    Kept = table.Implementations.Select((name, i) => (name, i)).ToDictionary(entry => entry.name, entry => Count(rfc, entry.i, Verdict.Pass)),
                    Broken = table.Implementations.Select((name, i) => (name, i)).ToDictionary(entry => entry.name, entry => Count(rfc, entry.i, Verdict.Fail, Verdict.Warning)),
                }),
            },
            Json) + "\n";
    }

    private static string Passed(RunIndex index, ImplementationRecord implementation, IEnumerable<ScenarioRecord> suite)
    {
        var judged = index.Results(implementation.Name, suite).Where(result => result.Verdict is not (Verdict.Unsupported or Verdict.Skipped)).ToList();
        return judged.Count == 0 ? "–" : Wording.Invariant($"{judged.Count(result => result.Verdict == Verdict.Pass)} of {judged.Count}");
    }

    private static int Count(RfcCoverage rfc, int implementation, params Verdict[] verdicts) =>
        rfc.Requirements.Count(one => one.Verdicts[implementation] is { } verdict && verdicts.Contains(verdict));

    /// <summary>Everything that was neither a pass nor undeclared; alike ones together.</summary>
    /// <param name="Requirements">Ids of those that were seen broken.</param>
    private sealed record Deviation(string Implementation, string Outcome, ImmutableArray<string> Scenarios, ImmutableArray<string> Requirements, string Reason)
    {
        public static ImmutableArray<Deviation> Of(RunResults results) =>
        [
            .. results.Results
                .Where(result => result.NeedsAttention || result.Standing == Standing.Expected)
                .GroupBy(result => (result.Implementation, result.Outcome, Reason: result.Standing == Standing.Expected ? result.Expected!.Reason : result.Explanation))
                .OrderBy(group => group.Key.Implementation, StringComparer.Ordinal)
                .ThenBy(group => group.First().Scenario, StringComparer.Ordinal)
                .Select(group => new Deviation(
                    group.Key.Implementation,
                    group.Key.Outcome,
                    [.. group.Select(result => result.Scenario)],
                    [.. group.SelectMany(result => result.Findings).Select(finding => finding.Requirement).Where(id => id.Length > 0).Distinct().Order(StringComparer.Ordinal)],
                    group.Key.Reason)),
        ];
    }
}
