using System.CommandLine;
using Conformance.Reports;
using Conformance.Results;

namespace Conformance.Cli;

/// <summary><c>report</c>: makes the reports anew from results.json alone; several are merged first.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        var inputs = new Argument<string[]>("RESULTS") { Description = "results.json files, or folders that hold one.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string?>("--output")
        {
            HelpName = "DIR",
            Description = "Folder for the merged results.json, its evidence and the reports; needed for several inputs. Without it the reports go beside the one results.json.",
        };
        var command = new DocumentedCommand("report", "Makes the HTML, JUnit and Markdown reports from results.json; merges several runs into one.", $"""
            Examples:
              {CommandLine.Name} report reports/runs/20260304T091500Z-a1b2c3
              {CommandLine.Name} report shard-1 shard-2 shard-3 shard-4 --output whole
            """);
        command.Arguments.Add(inputs);
        command.Options.Add(output);
        command.SetAction(parsed =>
        {
            var paths = parsed.GetRequiredValue(inputs).Select(RunFolder.ResultsPathOf).ToList();
            var index = (parsed.GetValue(output), paths) switch
            {
                ({ } folder, _) => Merge(paths, folder),
                (null, [var only]) => RunFolder.Of(only).WriteReports(ResultsFile.Read(only)),
                _ => throw CommandFailure.Usage("Several results need --output DIR, for the run that they are merged into."),
            };
            terminal.Out.WriteLine($"report: {index}");
            return ExitCode.AsExpected;
        });
        return command;
    }

    private static string Merge(IReadOnlyList<string> paths, string output)
    {
        var folder = RunFolder.Create(output);
        return folder.WriteReports(RunMerger.MergeFiles(paths, folder.FullPath));
    }
}
