using Conformance.Experiments;
using Conformance.Reports.Html;

namespace Conformance.Reports;

/// <summary>Pages of experiments. Each is a pure function of the figures, which lie beside it as JSON.</summary>
public static class ExperimentReport
{
    public const string FiguresName = "figures.json";
    public const string PageName = "index.html";

    /// <summary>Writes the page.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="ReportException">It cannot be written.</exception>
    public static string Write(OneToOneFigures figures, string folder) => Write(Render(figures), FiguresFile.Write(figures), folder);

    public static string Render(OneToOneFigures figures) => HtmlReport.RenderPage<OneToOnePage>(new() { ["Figures"] = figures });

    private static string Write(string page, string figures, string folder)
    {
        ReportFile.Write(Path.Combine(folder, FiguresName), figures + "\n");
        var path = Path.Combine(folder, PageName);
        ReportFile.Write(path, page);
        return path;
    }
}
