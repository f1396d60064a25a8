using System.Globalization;
using System.Text;
using Conformance.Results;

namespace Conformance.Reports;

/// <summary>Where the pages of the HTML report are, relative to its folder, with forward slashes.</summary>
public static class ReportPaths
{
    /// <summary>The report's first page.</summary>
    public const string Index = "index.html";

    /// <summary>What is covered of the RFCs.</summary>
    public const string Coverage = "coverage.html";

    /// <summary>The documents of IPsec, and how far each is covered.</summary>
    public const string Roadmap = "roadmap.html";

    /// <summary>Page of one scenario against one implementation: <c>scenarios/IMPLEMENTATION/ID.html</c>.</summary>
    public static string ScenarioPage(ScenarioResult result) => ScenarioPage(result.Scenario, result.Implementation);

    /// <inheritdoc cref="ScenarioPage(ScenarioResult)"/>
    public static string ScenarioPage(string scenario, string implementation) => $"scenarios/{FileName(implementation)}/{FileName(scenario)}.html";

    /// <summary>
    /// The page of a result; null where it has none: what an implementation does not declare, or what was not run, is told on the first page, because there
    /// is nothing to see but the reason.
    /// </summary>
    public static string? PageOf(ScenarioResult result) => result.Verdict is Verdict.Unsupported or Verdict.Skipped ? null : ScenarioPage(result);

    /// <summary>The way from a scenario's page back to the report's folder.</summary>
    internal const string FromScenarioPage = "../../";

    /// <summary>
    /// A link to a file of the run's folder. Each segment is percent-encoded, and the result begins with <paramref name="root"/>,
    /// so that nothing in a results.json can make a link to elsewhere.
    /// </summary>
    /// <returns>Null if the path is none within the folder.</returns>
    internal static string? Link(string root, string path) =>
        IsWithinFolder(path) ? root + string.Join('/', path.Split('/', '\\').Select(Uri.EscapeDataString)) : null;

    /// <summary>True for a link that leads to a page of the web and does nothing else.</summary>
    internal static bool IsWebAddress(string link) => Uri.TryCreate(link, UriKind.Absolute, out var address) && address.Scheme is ("https" or "http");

    /// <summary>True for a relative path that does not climb out of the folder.</summary>
    internal static bool IsWithinFolder(string path) => !Path.IsPathRooted(path) && !path.Split('/', '\\').Contains("..");

    /// <summary>Letters, digits, '-', '_' and '.' stay; every other character becomes '~' and its hex digits, so that names stay apart.</summary>
    private static string FileName(string name)
    {
        var safe = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_' || (c == '.' && safe.Length > 0))
            {
                safe.Append(c);
            }
            else
            {
                safe.Append(CultureInfo.InvariantCulture, $"~{(int)c:x2}");
            }
        }

        return safe.ToString();
    }
}
