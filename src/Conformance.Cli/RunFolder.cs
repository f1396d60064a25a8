using Conformance.Reports;
using Conformance.Results;

namespace Conformance.Cli;

/// <summary>The folder of one run: results.json, and the reports that follow from it.</summary>
internal sealed class RunFolder
{
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

    /// <summary>Writes all reports; returns the path of the HTML report's first page.</summary>
    /// <exception cref="ReportException">A report can't be written.</exception>
    public string WriteReports(RunResults results)
    {
        JunitReport.Write(results, Path.Combine(FullPath, "junit.xml"));
        MarkdownReport.Write(results, Path.Combine(FullPath, "summary.md"));
        return HtmlReport.Write(results, FullPath);
    }
}
