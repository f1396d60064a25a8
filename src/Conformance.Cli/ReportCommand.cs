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
        var formats = new Option<string[]>("--format") { HelpName = "FORMAT", Description = "html, junit, markdown or allure (a folder allure-results, for Allure's own tools). Repeatable. [default: html, junit and markdown]" }
            .AcceptOnlyFromAmong([.. RunFolder.Formats]);
        var publish = new Option<string?>("--publish") { HelpName = "DIR", Description = "Also write interop.md and interop.json, a summary small enough to commit, into this folder, such as reports/published." };
        var command = new DocumentedCommand("report", "Makes the HTML, JUnit, Markdown and Allure reports from results.json; merges several runs into one.", $"""
            Examples:
              {CommandLine.Name} report reports/runs/20260304T091500Z-a1b2c3
              {CommandLine.Name} report shard-1 shard-2 shard-3 shard-4 --output whole
              {CommandLine.Name} report reports/runs/20260304T091500Z-a1b2c3 --format allure
              {CommandLine.Name} report reports/runs/20260304T091500Z-a1b2c3 --publish reports/published
            """);
        command.Arguments.Add(inputs);
        foreach (Option option in new Option[] { output, formats, publish })
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            var paths = parsed.GetRequiredValue(inputs).Select(RunFolder.ResultsPathOf).ToList();
            var (folder, results) = (parsed.GetValue(output), paths) switch
            {
                ({ } merged, _) => Merge(paths, RunFolder.Create(merged)),
                (null, [var only]) => (RunFolder.Of(only), ResultsFile.Read(only)),
                _ => throw CommandFailure.Usage("Several results need --output DIR, for the run that they are merged into."),
            };
            IReadOnlyList<string> chosen = parsed.GetValue(formats) is { Length: > 0 } some ? some : RunFolder.UsualFormats;
            foreach (var path in folder.WriteReports(results, chosen))
                terminal.Out.WriteLine($"report: {path}");
            if (parsed.GetValue(publish) is { } published)
                terminal.Out.WriteLine($"published: {PublishedReport.Write(results, Path.GetFullPath(published))}");
            return ExitCode.AsExpected;
        });
        return command;
    }

    private static (RunFolder Folder, RunResults Results) Merge(IReadOnlyList<string> paths, RunFolder folder) => (folder, RunMerger.MergeFiles(paths, folder.FullPath));
}
