using System.Text.Json;
using Conformance.Defects;
using Conformance.Reports.Html;

namespace Conformance.Reports;

/// <summary>What the suites made of the defects, as a page beside prove.json, from which it follows.</summary>
public static class DefectReport
{
    public const string PageName = "prove.html";

    /// <summary>Writes prove.json and the page.</summary>
    /// <returns>The page's path.</returns>
    /// <exception cref="ReportException">A file cannot be written.</exception>
    public static string Write(DefectProofs proofs, string folder)
    {
        ReportFile.Write(Path.Combine(folder, DefectProofsFile.FileName), DefectProofsFile.Write(proofs) + "\n");
        var page = Path.Combine(folder, PageName);
        ReportFile.Write(page, Render(proofs));
        return page;
    }

    /// <summary>The page.</summary>
    public static string Render(DefectProofs proofs) => HtmlReport.RenderPage<DefectsPage>(new() { ["Proofs"] = proofs });

    /// <summary>What a folder has of it; null for nothing.</summary>
    /// <exception cref="ReportException">It can't be read.</exception>
    public static DefectProofs? Read(string folder)
    {
        var path = Path.Combine(folder, DefectProofsFile.FileName);
        try
        {
            return File.Exists(path) ? DefectProofsFile.Read(File.ReadAllText(path)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ReportException($"{path} can't be read: {e.Message}", e);
        }
    }
}
