using Conformance.Reports;
using Conformance.Results;

namespace Conformance.Cli;

/// <summary>The folder of one run: results.json, and the reports that follow from it.</summary>
internal sealed class RunFolder
{
    private const string Html = "html", Junit = "junit", Markdown = "markdown", Allure = "allure";

    /// <summary>What every run leaves.</summary>
    public static IReadOnlyList<string> UsualFormats { get; } = [Junit, Markdown, Html];

    public static IReadOnlyList<string> Formats { get; } = [.. UsualFormats, Allure];

    private RunFolder(string path) => FullPath = path;

    public string FullPath { get; }

    public string ResultsPath => Path.Combine(FullPath, ResultsFile.FileName);

    /// <summary>Makes the folder; one that holds a run already is not touched, because two runs' evidence would mix.</summary>
    /// <exception cref="CommandFailure">There is a run in it, or it can't be made.</exception>
    public static RunFolder Create(string path)
    {
        var folder = new RunFolder(Path.GetFullPath(path));
        if (File.Exists(folder.ResultsPath))
            throw CommandFailure.Usage($"{folder.FullPath} holds the results of a run already: name another folder, or remove it.");
        try
        {
            Directory.CreateDirectory(folder.FullPath);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.CouldNotRun($"The results folder {folder.FullPath} can't be made: {failure.Message}");
        }
        return folder;
    }

    /// <summary>The folder of an existing results.json.</summary>
    public static RunFolder Of(string resultsPath) => new(Path.GetDirectoryName(Path.GetFullPath(resultsPath))!);

    /// <summary>The file that a user means by it, or by its folder.</summary>
    /// <exception cref="CommandFailure">There is none.</exception>
    public static string ResultsPathOf(string input)
    {
        var path = Directory.Exists(input) ? Path.Combine(input, ResultsFile.FileName) : input;
        return File.Exists(path) ? path : throw CommandFailure.Usage($"There is no file {path}: name a results.json, or the folder of a run.");
    }

    /// <exception cref="ResultsFileException">It can't be written.</exception>
    public void Save(RunResults results) => ResultsFile.Write(results, ResultsPath);

    /// <summary>The experiments that were performed in the run.</summary>
    /// <exception cref="ReportException">Their figures can't be read.</exception>
    public RunExperiments Experiments() => RunExperiments.Read(FullPath);

    /// <summary>Writes the usual reports; returns the path of the HTML report's first page.</summary>
    /// <exception cref="ReportException">A report can't be written.</exception>
    public string WriteReports(RunResults results) => WriteReports(results, UsualFormats).Last();

    /// <summary>Writes some reports; returns the path of each one, in the order of <see cref="Formats"/>.</summary>
    /// <param name="formats">Words of <see cref="Formats"/>.</param>
    /// <exception cref="ReportException">A report can't be written.</exception>
    public IReadOnlyList<string> WriteReports(RunResults results, IReadOnlyList<string> formats) =>
        [.. Formats.Where(formats.Contains).Select(format => WriteReport(results, format))];

    private string WriteReport(RunResults results, string format)
    {
        var path = Path.Combine(FullPath, format switch { Junit => "junit.xml", Markdown => "summary.md", Allure => "allure-results", _ => ReportPaths.Index });
        switch (format)
        {
            case Junit:
                JunitReport.Write(results, path);
                break;
            case Markdown:
                MarkdownReport.Write(results, path);
                break;
            case Allure:
                AllureReport.Write(results, FullPath, path);
                break;
            default:
                HtmlReport.Write(results, FullPath);
                break;
        }
        return path;
    }
}
