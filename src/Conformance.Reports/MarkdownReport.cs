using System.Text;
using System.Text.RegularExpressions;
using Conformance.Results;

namespace Conformance.Reports;

/// <summary>A compact summary and matrix for the pages that CI services show of a job (GitHub's flavour of Markdown).</summary>
public static partial class MarkdownReport
{
    /// <summary>Writes the report.</summary>
    /// <exception cref="ReportException">The file cannot be written.</exception>
    public static void Write(RunResults results, string path) => ReportFile.Write(path, Render(results));

    /// <summary>The report's text.</summary>
    public static string Render(RunResults results)
    {
        var index = new RunIndex(results);
        var text = new StringBuilder();
        void Line(string line) => text.Append(line).Append('\n');

        Line($"## IPsec conformance: {Escaped(results.RunId)}");
        Line("");
        if (results.Incomplete)
        {
            Line("**This run was cut short.** Scenarios without a result were not judged.");
            Line("");
        }

        WriteSummary(index, Line);
        WriteAttention(index, Line);
        WriteExpectedDeviations(index, Line);
        WriteMatrix(index, Line);
        WriteLeftOut(index, Line);
        return text.ToString();
    }

    private static void WriteSummary(RunIndex index, Action<string> line)
    {
        line("| implementation | ran | verdicts |");
        line("| --- | --- | --- |");
        foreach (var summary in ConsoleSummary.Of(index.Run).Implementations)
        {
            line($"| {Escaped(summary.Name)} | {(summary.Live ? "live" : "in memory")} | {summary.CountsText} |");
        }

        line("");
    }

    private static void WriteAttention(RunIndex index, Action<string> line)
    {
        if (index.NeedsAttention.Count == 0)
        {
            return;
        }

        line("### To look at");
        line("");
        foreach (var result in index.NeedsAttention)
        {
            line($"- **{result.Outcome}** {Escaped(result.Scenario)} against {Escaped(result.Implementation)}: {Escaped(result.Explanation)}");
        }

        line("");
    }

    private static void WriteExpectedDeviations(RunIndex index, Action<string> line)
    {
        if (index.ExpectedDeviations.Count == 0)
        {
            return;
        }

        line("### Deviations that were expected");
        line("");
        foreach (var deviation in ExpectedDeviation.Of(index.ExpectedDeviations))
        {
            line($"- {deviation.Verdict.Word} {Escaped(deviation.Scenario)} against {Escaped(string.Join(", ", deviation.Implementations))}: {Escaped(deviation.Reason)}");
        }

        line("");
    }

    private static void WriteMatrix(RunIndex index, Action<string> line)
    {
        foreach (var suite in index.Suites)
        {
            line($"<details><summary>{Escaped(suite.Key)}</summary>");
            line("");
            line($"| scenario |{string.Concat(index.Run.Implementations.Select(i => $" {Escaped(i.Name)} |"))}");
            line($"| --- |{string.Concat(index.Run.Implementations.Select(_ => " --- |"))}");
            foreach (var scenario in suite)
            {
                var cells = index.Run.Implementations.Select(i => $" {index.Find(scenario.Id, i.Name)?.Outcome ?? "–"} |");
                line($"| {Escaped(scenario.Id)} {Escaped(scenario.Title)} |{string.Concat(cells)}");
            }

            line("");
            line("</details>");
            line("");
        }
    }

    private static void WriteLeftOut(RunIndex index, Action<string> line)
    {
        foreach (var sentence in index.Run.LeftOut)
        {
            line($"- Left out: {Escaped(sentence)}");
        }
    }

    /// <summary>One line, in which nothing is markup.</summary>
    internal static string Escaped(string text) => Special().Replace(string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries)), match => match.Value switch
    {
        "<" => "&lt;",
        ">" => "&gt;",
        "&" => "&amp;",
        var other => "\\" + other,
    });

    [GeneratedRegex(@"[<>&|*_`\[\]\\~#]")]
    private static partial Regex Special();
}
