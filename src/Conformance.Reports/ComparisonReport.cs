using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Conformance.Results;

namespace Conformance.Reports;

/// <summary>What became of the verdicts from one run to another, as text, JSON or Markdown.</summary>
public static class ComparisonReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Lines for people and logs.</summary>
    public static string Text(VerdictComparison comparison)
    {
        var text = new StringBuilder();
        foreach (var (word, changes) in Groups(comparison))
        {
            foreach (var change in changes)
            {
                text.Append($"{word,-6}  {change.Scenario} against {change.Implementation}: {Sentence(change)}\n");
            }
        }

        return text.Append(Counts(comparison)).Append('\n').ToString();
    }

    /// <summary>GitHub's flavour.</summary>
    public static string Markdown(VerdictComparison comparison)
    {
        var text = new StringBuilder($"### Verdicts compared\n\n{Counts(comparison)}\n");
        foreach (var (word, changes) in Groups(comparison).Where(group => !group.Changes.IsEmpty))
        {
            text.Append($"\n<details{(word == "worse" ? " open" : "")}><summary>{changes.Length} {word}</summary>\n\n| scenario | implementation | verdict |\n| --- | --- | --- |\n");
            foreach (var change in changes)
            {
                text.Append($"| {MarkdownReport.Escaped(change.Scenario)} | {MarkdownReport.Escaped(change.Implementation)} | {Sentence(change)} |\n");
            }

            text.Append("\n</details>\n");
        }

        return text.ToString();
    }

    /// <summary>One object: a list for each kind of change, and the count of what stayed.</summary>
    public static string ToJson(VerdictComparison comparison)
    {
        var document = Groups(comparison).ToDictionary(group => group.Word, group => (object)group.Changes.Select(change => new
        {
            change.Scenario,
            change.Implementation,
            Before = change.Before?.Word,
            After = change.After?.Word,
        }));
        document.Add("same", comparison.Same);
        return JsonSerializer.Serialize(document, Json) + "\n";
    }

    private static IEnumerable<(string Word, ImmutableArray<VerdictChange> Changes)> Groups(VerdictComparison comparison) =>
        [("worse", comparison.Worse), ("better", comparison.Better), ("new", comparison.New), ("gone", comparison.Gone)];

    private static string Counts(VerdictComparison comparison) =>
        Wording.Invariant($"{comparison.Worse.Length} worse, {comparison.Better.Length} better, {comparison.New.Length} new, {comparison.Gone.Length} gone, {comparison.Same} the same");

    private static string Sentence(VerdictChange change) => (change.Before, change.After) switch
    {
        ({ } before, { } after) => $"{before.Word} → {after.Word}",
        (null, { } after) => after.Word,
        ({ } before, null) => $"was {before.Word}",
        _ => "",
    };
}
