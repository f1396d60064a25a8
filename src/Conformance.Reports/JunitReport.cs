using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Conformance.Results;

namespace Conformance.Reports;

/// <summary>
/// JUnit XML for CI services: a test suite for each implementation and suite. A fail is a <c>failure</c>; an error and an inconclusive are an
/// <c>error</c>, because nothing was judged; unsupported and skipped are <c>skipped</c>; a warning passes, and says so in its output. A deviation
/// that was expected passes likewise, and so does what came only when it was repeated, with the property <c>flaky</c>; whatever else came where one was expected, even a pass, is a <c>failure</c>.
/// </summary>
public static class JunitReport
{
    private const string Failure = "failure";
    private const string Error = "error";
    private const string Skipped = "skipped";

    /// <summary>Writes the report.</summary>
    /// <exception cref="ReportException">The file cannot be written.</exception>
    public static void Write(RunResults results, string path) => ReportFile.Write(path, Render(results));

    /// <summary>The report's text.</summary>
    public static string Render(RunResults results)
    {
        var index = new RunIndex(results);
        var suites =
            from implementation in results.Implementations
            from suite in index.Suites
            let own = index.Results(implementation.Name, suite).ToList()
            where own.Count > 0
            select Suite(index, implementation, suite.Key, own);
        var document = new XDocument(new XElement("testsuites", [new XAttribute("name", Clean($"IPsec conformance {results.RunId}")), .. Counts([.. results.Results]), .. suites]));
        using var text = new Utf8Writer();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, NewLineHandling = NewLineHandling.None }))
        {
            document.Save(xml);
        }

        return text.ToString() + "\n";
    }

    private static XElement Suite(RunIndex index, ImplementationRecord implementation, string suite, IReadOnlyList<ScenarioResult> results) => new(
        "testsuite",
        [
            new XAttribute("name", Clean($"{implementation.Name} / {suite}")),
            .. Counts(results),
            new XAttribute("timestamp", results.Min(r => r.Started).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture)),
            new XElement(
                "properties",
                Property("implementation", implementation.Name), Property("product", implementation.Product), Property("dataPlane", implementation.DataPlane),
                Property("live", implementation.Live ? "true" : "false"), Property("seed", index.Run.Seed.ToString(CultureInfo.InvariantCulture))),
            .. results.Select(result => TestCase(index, suite, result)),
        ]);

    private static IEnumerable<XAttribute> Counts(IReadOnlyList<ScenarioResult> results) =>
    [
        new("tests", results.Count),
        new("failures", results.Count(r => OutcomeOf(r) == Failure)),
        new("errors", results.Count(r => OutcomeOf(r) == Error)),
        new("skipped", results.Count(r => OutcomeOf(r) == Skipped)),
        new("time", Seconds(results.Sum(r => r.DurationMs))),
    ];

    private static XElement TestCase(RunIndex index, string suite, ScenarioResult result)
    {
        var scenario = index.Scenario(result);
        return new(
            "testcase",
            new XAttribute("name", Clean($"{scenario.Id} {scenario.Title}")),
            new XAttribute("classname", Clean($"{result.Implementation}.{suite}")),
            new XAttribute("time", Seconds(result.DurationMs)),
            new XElement(
                "properties",
                Property("verdict", result.Verdict.Word), result.Expected is { } expected ? Property("expected", expected.Verdict.Word) : null,
                result.Standing == Standing.Flaky ? Property("flaky", "true") : null,
                scenario.Requirements.Select(r => Property("requirement", r.Id))),
            Outcome(result),
            new XElement("system-out", Clean(Output(result))));
    }

    private static XElement? Outcome(ScenarioResult result) => OutcomeOf(result) switch
    {
        Skipped => new(Skipped, new XAttribute("message", Clean($"{result.Verdict.Word}: {result.Reason}"))),
        { } broken => new(broken, new XAttribute("type", result.Verdict.Word), new XAttribute("message", Clean(Message(result))), Clean(Findings(result))),
        null => null,
    };

    /// <summary>Name of the element that tells a case's outcome; null for one that passes.</summary>
    private static string? OutcomeOf(ScenarioResult result) => result switch
    {
        { IsAsExpected: true } => result.Verdict is Verdict.Unsupported or Verdict.Skipped ? Skipped : null,
        { Verdict: Verdict.Error or Verdict.Inconclusive } => Error,
        _ => Failure,
    };

    private static string Message(ScenarioResult result) => result.Standing == Standing.Unexpected ? $"{result.Outcome}: {result.Explanation}" : result.Reason;

    private static string Findings(ScenarioResult result)
    {
        var text = new StringBuilder();
        foreach (var finding in result.Findings)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"Requirement: {(finding.Requirement.Length > 0 ? finding.Requirement : "none")}");
            text.AppendLine(CultureInfo.InvariantCulture, $"Expected:    {finding.Expected}");
            text.AppendLine(CultureInfo.InvariantCulture, $"Actual:      {finding.Actual}");
            foreach (var field in finding.Fields)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  {field.Field}: expected {field.Expected}, actual {field.Actual}");
            }
        }

        return text.ToString();
    }

    private static string Output(ScenarioResult result)
    {
        var text = new StringBuilder();
        if (result.Standing == Standing.Expected)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{result.Verdict.Word} was expected: {result.Expected!.Reason}");
        }

        foreach (var (attempt, i) in result.OtherAttempts.Select((attempt, i) => (attempt, i + 1)))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"attempt {i}: {attempt.Verdict.Word}: {attempt.Reason}");
        }

        if (result.Verdict.NeedsAttention && OutcomeOf(result) is null)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{result.Verdict.Word}: {result.Reason}").Append(Findings(result));
        }

        foreach (var step in result.Steps)
        {
            var lanes = step.Kind == StepKind.Message ? $"{step.From} -> {step.To}" : step.Kind.ToString().ToLowerInvariant();
            text.AppendLine(CultureInfo.InvariantCulture, $"{Wording.StepTime(step.TimeMs),10} {(step.Ok ? " " : "!")} {lanes}: {step.Summary}");
        }

        if (result.Evidence.Replay is not null)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"replay: {result.Evidence.Replay}");
        }

        return text.ToString();
    }

    private static XElement Property(string name, string value) => new("property", new XAttribute("name", name), new XAttribute("value", Clean(value)));

    private static string Seconds(double milliseconds) => (milliseconds / 1000).ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>Replaces what XML 1.0 cannot carry, even escaped: control characters and lone surrogates.</summary>
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                clean.Append(text, i++, 2);
            }
            else
            {
                clean.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\uFFFD');
            }
        }

        return clean.ToString();
    }

    /// <summary>A string writer that lets the XML declaration say what the file will be.</summary>
    private sealed class Utf8Writer() : StringWriter(CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => Encoding.UTF8;
    }
}
