using Conformance.Experiments;
using Conformance.Reports.Html;

namespace Conformance.Reports;

/// <summary>Pages of experiments. Each is a pure function of the figures, which lie beside it as JSON.</summary>
public static class ExperimentReport
{
    public const string FiguresName = "figures.json";
    public const string PageName = "index.html";

    /// <summary>Writes page and figures.</summary>
    /// <returns>The page's path.</returns>
    /// <exception cref="ReportException">A file cannot be written.</exception>
    public static string Write(OneToOneFigures figures, string folder) => Write(Render(figures), FiguresFile.Write(figures), [], folder);

    /// <inheritdoc cref="Write(OneToOneFigures, string)"/>
    public static string Write(ExperimentOutcome<VpnFigures> outcome, string folder) => Write(Render(outcome.Figures), FiguresFile.Write(outcome.Figures), outcome.Files, folder);

    /// <inheritdoc cref="Write(OneToOneFigures, string)"/>
    public static string Write(ExperimentOutcome<BundleFigures> outcome, string folder) => Write(Render(outcome.Figures), FiguresFile.Write(outcome.Figures), outcome.Files, folder);

    /// <param name="run">Link to the run that it belongs to; null where it stands alone.</param>
    public static string Render(OneToOneFigures figures, string? run = null) => HtmlReport.RenderPage<OneToOnePage>(new() { ["Figures"] = figures, ["Run"] = run });

    /// <inheritdoc cref="Render(OneToOneFigures, string?)"/>
    public static string Render(VpnFigures figures, string? run = null) => HtmlReport.RenderPage<VpnPage>(new() { ["Figures"] = figures, ["Run"] = run });

    /// <inheritdoc cref="Render(OneToOneFigures, string?)"/>
    public static string Render(BundleFigures figures, string? run = null) => HtmlReport.RenderPage<BundlesPage>(new() { ["Figures"] = figures, ["Run"] = run });

    /// <summary>Writes the figures and what lies beside them, without the page.</summary>
    internal static void WriteFigures<T>(T figures, IEnumerable<(string Name, byte[] Octets)> files, string folder) => WriteFigures(FiguresFile.Write(figures), files, folder);

    private static void WriteFigures(string figures, IEnumerable<(string Name, byte[] Octets)> files, string folder)
    {
        ReportFile.Write(Path.Combine(folder, FiguresName), figures + "\n");
        foreach (var (name, octets) in files)
        {
            ReportFile.Write(Path.Combine(folder, name), octets);
        }
    }

    private static string Write(string page, string figures, IEnumerable<(string Name, byte[] Octets)> files, string folder)
    {
        WriteFigures(figures, files, folder);
        var path = Path.Combine(folder, PageName);
        ReportFile.Write(path, page);
        return path;
    }
}
