using System.Text.Encodings.Web;
using System.Text.Json;
using Conformance.Results;
using Conformance.Rules;

namespace Conformance.Cli;

/// <summary>What <c>check</c> prints: broken rules first, then those that held, then those that nothing exercised.</summary>
internal static class CheckOutput
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void List(IReadOnlyList<Rule> rules, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            output.WriteLine(JsonSerializer.Serialize(rules.Select(rule => new { rule.Id, rule.Title, Verdict = rule.Verdict.Word, Requirements = rule.Covers }), Json));
            return;
        }
        var width = Width(rules);
        foreach (var rule in rules)
            output.WriteLine($"{rule.Id.PadRight(width)}  {rule.Verdict.Word,-7}  {rule.Title}  [{string.Join(", ", rule.Covers)}]");
        output.WriteLine();
        output.WriteLine($"{rules.Count} rules for {rules.SelectMany(rule => rule.Covers).Distinct().Count()} requirements");
    }

    public static void Write(CaptureCheck check, bool exercisedOnly, bool asJson, TextWriter output)
    {
        if (asJson)
            output.WriteLine(JsonSerializer.Serialize(Document(check, exercisedOnly), Json));
        else
            WriteText(check, exercisedOnly, output);
    }

    private static void WriteText(CaptureCheck check, bool exercisedOnly, TextWriter output)
    {
        var width = Width(check.Totals.Select(total => total.Rule));
        foreach (var total in check.Totals.Where(total => total.Broken > 0))
        {
            output.WriteLine($"{total.Rule.Id}  {total.Rule.Verdict.Word}: {total.Rule.Title}  [{string.Join(", ", total.Rule.Covers)}]");
            output.WriteLine($"  broken {total.Broken} times, held {total.Held} times");
            foreach (var (path, broken) in total.Breaks)
                output.WriteLine($"  {path}, frame {broken.Frame}: expected {broken.Expected}; found {broken.Found}");
        }
        foreach (var total in check.Totals.Where(total => total is { Broken: 0, Held: > 0 }))
            output.WriteLine($"{total.Rule.Id.PadRight(width)}  held {total.Held,6}  {total.Rule.Title}");
        if (!exercisedOnly)
            foreach (var total in check.Totals.Where(total => !total.IsExercised))
                output.WriteLine($"{total.Rule.Id.PadRight(width)}  not exercised  {total.Rule.Title}");
        output.WriteLine();
        output.WriteLine(
            $"{check.Files.Count} captures, {check.Totals.Count} rules: {check.Totals.Count(total => total.Broken > 0)} broken, "
            + $"{check.Totals.Count(total => total is { Broken: 0, Held: > 0 })} held, {check.Totals.Count(total => !total.IsExercised)} not exercised");
    }

    private static object Document(CaptureCheck check, bool exercisedOnly) => new
    {
        check.Files,
        Problems = check.Problems.Select(entry => new { File = entry.Path, Problem = entry.Problem.ToString() }),
        Rules = check.Totals.Where(total => !exercisedOnly || total.IsExercised).Select(total => new
        {
            total.Rule.Id,
            total.Rule.Title,
            Verdict = total.Rule.Verdict.Word,
            Requirements = total.Rule.Covers,
            total.Held,
            total.Broken,
            Breaks = total.Breaks.Select(entry => new { File = entry.Path, entry.Break.Frame, entry.Break.Expected, entry.Break.Found }),
        }),
    };

    private static int Width(IEnumerable<Rule> rules) => rules.Max(rule => rule.Id.Length);
}
