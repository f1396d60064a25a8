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

    public static string Render(OneToOneFigures figures) => HtmlReport.RenderPage<OneToOnePage>(new() { ["Figures"] = figures });

    public static string Render(VpnFigures figures) => HtmlReport.RenderPage<VpnPage>(new() { ["Figures"] = figures });

    public static string Render(BundleFigures figures) => HtmlReport.RenderPage<BundlesPage>(new() { ["Figures"] = figures });

    private static string Write(string page, string figures, IEnumerable<(string Name, byte[] Octets)> files, string folder)
    {
        ReportFile.Write(Path.Combine(folder, FiguresName), figures + "\n");
        foreach (var (name, octets) in files)
        {
            ReportFile.Write(Path.Combine(folder, name), octets);
        }

        var path = Path.Combine(folder, PageName);
        ReportFile.Write(path, page);
        return path;
    }
}
