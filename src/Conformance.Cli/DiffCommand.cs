using System.CommandLine;
using Conformance.Reports;
using Conformance.Results;

namespace Conformance.Cli;

/// <summary><c>diff</c>: what became of the verdicts from one run to another.</summary>
internal static class DiffCommand
{
    public static Command Create(Terminal terminal)
    {
        var before = new Argument<string>("BEFORE") { Description = "A results.json, the folder of a run, or a baseline." };
        var after = new Argument<string>("AFTER") { Description = "The same, later." };
        var format = new Option<string>("--format") { HelpName = "FORMAT", Description = "text, json or markdown.", DefaultValueFactory = _ => "text" }.AcceptOnlyFromAmong("text", "json", "markdown");
        var command = new DocumentedCommand("diff", "Compares the verdicts of two runs: what is worse, better, new and gone.", $"""
            Examples:
              {CommandLine.Name} diff reports/runs/before reports/runs/after
              {CommandLine.Name} diff baseline.json reports/runs/after --format markdown

            Exit code 1: something is worse.
            """);
        command.Arguments.Add(before);
        command.Arguments.Add(after);
        command.Options.Add(format);
        command.SetAction(parsed =>
        {
            var comparison = VerdictComparison.Of(Read(parsed.GetRequiredValue(before)), Read(parsed.GetRequiredValue(after)));
            terminal.Out.Write(parsed.GetValue(format) switch
            {
                "json" => ComparisonReport.ToJson(comparison),
                "markdown" => ComparisonReport.Markdown(comparison),
                _ => ComparisonReport.Text(comparison),
            });
            return comparison.Worse.IsEmpty ? ExitCode.AsExpected : ExitCode.UnexpectedVerdicts;
        });
        return command;
    }

    private static Baseline Read(string input) => Baseline.Read(RunFolder.ResultsPathOf(input));
}
