using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Conformance.Results;

namespace Conformance.Reports;

/// <summary>
/// Results in the format of Allure 2: a <c>UUID-result.json</c> for each result, with labels, parameters, steps and copies of the evidence as attachments. Its
/// statuses are fewer than our verdicts: a fail is <c>failed</c>; error and inconclusive are <c>broken</c>, because nothing was judged; unsupported and skipped
/// are <c>skipped</c>; pass, warning and whatever was expected are <c>passed</c>. The label <c>verdict</c> has our own word.
/// </summary>
public static class AllureReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Writes a file for each result, and the evidence.</summary>
    /// <param name="results">The run.</param>
    /// <param name="runFolder">Where its evidence is.</param>
    /// <param name="folder">Where the report goes; made if need be.</param>
    /// <exception cref="ReportException">A file can't be read or written.</exception>
    public static void Write(RunResults results, string runFolder, string folder)
    {
        var index = new RunIndex(results);
        foreach (var result in results.Results)
        {
            var name = Identifier($"{results.RunId} {result.Implementation} {result.Scenario}");
            IReadOnlyList<Attachment> attachments = [.. Attach(result, name, runFolder, folder)];
            ReportFile.Write(Path.Combine(folder, $"{name}-result.json"), JsonSerializer.Serialize(Result(index, result, name, attachments), Json));
        }

        ReportFile.Write(Path.Combine(folder, "environment.properties"), Environment(results));
    }

    private static object Result(RunIndex index, ScenarioResult result, string name, IReadOnlyList<Attachment> attachments)
    {
        var scenario = index.Scenario(result);
        var start = result.Started.ToUnixTimeMilliseconds();
        return new
        {
            Uuid = name,
            HistoryId = Identifier($"{result.Implementation} {result.Scenario}"),
            TestCaseId = Identifier(result.Scenario),
            FullName = $"{scenario.Source} against {result.Implementation}",
            Name = $"{scenario.Id} {scenario.Title}",
            Description = string.Join("\n\n", scenario.Requirements.Select(requirement => $"{requirement.Id} ({requirement.Level}): {requirement.Paraphrase}")),
            Status = Status(result),
            StatusDetails = new
            {
                Message = result.Outcome + (result.Explanation.Length > 0 ? $": {result.Explanation}" : ""),
                Trace = result.Findings.IsEmpty ? null : string.Join("\n\n", result.Findings.Select(Finding)),
                Known = result.Standing == Standing.Expected,
                Flaky = result.Standing == Standing.Flaky,
            },
            Stage = "finished",
            Start = start,
            Stop = start + (long)result.DurationMs,
            Labels = Labels(scenario, result),
            Parameters = new[] { new { Name = "implementation", Value = index.Implementation(result).Product } },
            Links = result.Expected?.Link is { } link && ReportPaths.IsWebAddress(link) ? new[] { new { Name = "expectation", Url = link, Type = "issue" } } : [],
            Steps = result.Steps.Select((step, i) => Step(result.Steps, i, start)),
            Attachments = attachments,
        };
    }

    private static IEnumerable<Label> Labels(ScenarioRecord scenario, ScenarioResult result) =>
    [
        new("parentSuite", result.Implementation), new("suite", scenario.Suite), new("framework", "IpsecConformance"), new("language", "csharp"),
        new("host", result.Implementation), new("thread", result.Implementation), new("verdict", result.Verdict.Word),
        .. scenario.Requirements.Select(requirement => requirement.Id).Select(id => new Label("tag", id)),
        .. scenario.Requirements.Select(requirement => requirement.Id.Split('-')[0]).Distinct().Select(rfc => new Label("epic", rfc)),
    ];

    private static string Status(ScenarioResult result) => result switch
    {
        { Verdict: Verdict.Unsupported or Verdict.Skipped, IsAsExpected: true } => "skipped",
        { IsAsExpected: true } => "passed",
        { Verdict: Verdict.Error or Verdict.Inconclusive } => "broken",
        _ => "failed",
    };

    private static object Step(IReadOnlyList<StepRecord> steps, int i, long start)
    {
        var step = steps[i];
        var until = i + 1 < steps.Count ? steps[i + 1].TimeMs : step.TimeMs;
        return new
        {
            Name = step.Kind == StepKind.Message ? $"{step.From} → {step.To}: {step.Summary}" : step.Summary,
            Status = step.Ok ? "passed" : "failed",
            StatusDetails = step.Detail.Length > 0 ? new { Message = step.Detail } : null,
            Stage = "finished",
            Start = start + (long)step.TimeMs,
            Stop = start + (long)Math.Max(step.TimeMs, until),
            Steps = Array.Empty<object>(),
            Attachments = Array.Empty<object>(),
        };
    }

    private static string Finding(FindingRecord finding) =>
        $"Requirement: {(finding.Requirement.Length > 0 ? finding.Requirement : "none")}\nExpected: {finding.Expected}\nActual: {finding.Actual}"
        + string.Concat(finding.Fields.Select(field => $"\n  {field.Field}: expected {field.Expected}, actual {field.Actual}"));

    /// <summary>Copies what is there of the evidence: an attachment lies in the report's folder, under a name of its own.</summary>
    private static IEnumerable<Attachment> Attach(ScenarioResult result, string name, string runFolder, string folder)
    {
        foreach (var ((title, path), i) in result.Evidence.Files.Select((file, i) => (file, i)))
        {
            var from = Path.Combine(runFolder, path);
            if (!ReportPaths.IsWithinFolder(path) || !File.Exists(from))
            {
                continue;
            }

            var isCapture = path.EndsWith(".pcapng", StringComparison.Ordinal);
            var source = Wording.Invariant($"{name}-{i}-attachment{(isCapture ? ".pcapng" : ".txt")}");
            ReportFile.Write(Path.Combine(folder, source), ReportFile.Read(from));
            yield return new(title, source, isCapture ? "application/octet-stream" : "text/plain");
        }
    }

    private static string Environment(RunResults results)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in new[] { ("run", results.RunId), ("harness", results.HarnessVersion), ("machine", results.Machine), ("seed", Wording.Invariant($"{results.Seed}")) }
            .Concat(results.Implementations.Select(implementation => (implementation.Name, $"{implementation.Product}, {implementation.DataPlane}"))))
        {
            text.Append($"{OneLine(key)}={OneLine(value)}\n");
        }

        return text.ToString();

        static string OneLine(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).ReplaceLineEndings(" ");
    }

    /// <summary>A UUID that follows from the text, so that the same results make the same files.</summary>
    private static string Identifier(string text) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16)).ToString();

    private sealed record Label(string Name, string Value);

    /// <param name="Source">Its file.</param>
    private sealed record Attachment(string Name, string Source, string Type);
}
