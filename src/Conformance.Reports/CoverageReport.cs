using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Conformance.Coverage;
using Conformance.Reports.Html;
using Conformance.Requirements;
using Conformance.Results;

namespace Conformance.Reports;

/// <summary>What is covered of the RFCs, section by section, and what came of it: as a page, as JSON, as Markdown.</summary>
public static class CoverageReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>A page that stands alone.</summary>
    /// <param name="table">The coverage.</param>
    /// <param name="run">The run that it is of; null for the catalogue alone.</param>
    public static string Html(CoverageTable table, RunResults? run) => HtmlReport.RenderPage<CoveragePage>(new() { ["Table"] = table, ["Run"] = run });

    /// <summary>Counts, then each RFC's requirements that are not covered although the wire would show a break, then those that were seen broken.</summary>
    public static string Markdown(CoverageTable table)
    {
        var text = new StringBuilder("## Coverage of the RFCs\n\n");
        text.Append("| RFC | requirements | MUST | on the wire | local | not testable | covered | wire MUSTs uncovered |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        foreach (var count in Counts(table))
        {
            text.Append($"| {count.Rfc} | {count.All} | {count.Must} | {count.Wire} | {count.Local} | {count.NotTestable} | {count.Covered} | {count.WireMustUncovered} |\n");
        }

        foreach (var rfc in table.Rfcs)
        {
            Section(text, $"{rfc.Name}: wire MUSTs that nothing covers", rfc.Requirements.Where(one => one.IsGap), one => "");
        }

        for (var i = 0; i < table.Implementations.Length; i++)
        {
            var place = i;
            Section(
                text, $"Broken by {MarkdownReport.Escaped(table.Implementations[i])}",
                table.Rfcs.SelectMany(rfc => rfc.Requirements).Where(one => one.Verdicts[place] is Verdict.Fail or Verdict.Warning), one => $"{one.Verdicts[place]!.Value.Word}: ");
        }

        return text.ToString();
    }

    /// <summary>One object: the counts, and every requirement.</summary>
    public static string ToJson(CoverageTable table) => JsonSerializer.Serialize(
        new
        {
            table.Implementations,
            Rfcs = Counts(table),
            Requirements = table.Rfcs.SelectMany(rfc => rfc.Requirements).Select(one => new
            {
                one.Requirement.Id,
                one.Requirement.Section,
                one.Requirement.Level,
                Role = RoleWord(one.Requirement),
                Observed = ObservedWord(one.Requirement),
                one.Requirement.Why,
                one.Requirement.Paraphrase,
                one.CoveredBy,
                Verdicts = table.Implementations.Zip(one.Verdicts).Where(entry => entry.Second is not null).ToDictionary(entry => entry.First, entry => entry.Second!.Value.Word),
            }),
        },
        Json) + "\n";

    /// <summary>A line for each RFC and one for all.</summary>
    internal static IEnumerable<RequirementCount> Counts(CoverageTable table) =>
    [
        .. table.Rfcs.Select(rfc => rfc.Count),
        RequirementCount.Of("all", [.. table.Rfcs.SelectMany(rfc => rfc.Requirements).Select(one => one.Requirement)], table.Rfcs.SelectMany(rfc => rfc.Covered).ToHashSet()),
    ];

    /// <summary>Such as <c>responder</c>; null while nobody has said.</summary>
    internal static string? RoleWord(Requirement requirement) => requirement.Role?.ToString().ToLowerInvariant();

    /// <summary>Such as <c>not-testable</c>; null while nobody has said.</summary>
    internal static string? ObservedWord(Requirement requirement) =>
        requirement.Observed is { } observed ? RequirementCatalogue.Observations.First(word => word.Value == observed).Key : null;

    private static void Section(StringBuilder text, string title, IEnumerable<RequirementCoverage> requirements, Func<RequirementCoverage, string> prefix)
    {
        var own = requirements.ToList();
        if (own.Count == 0)
        {
            return;
        }

        text.Append($"\n<details><summary>{title} ({own.Count})</summary>\n\n");
        foreach (var one in own)
        {
            text.Append($"- {prefix(one)}{one.Requirement.Id} ({one.Requirement.Level}): {MarkdownReport.Escaped(one.Requirement.Paraphrase)}\n");
        }

        text.Append("\n</details>\n");
    }
}
