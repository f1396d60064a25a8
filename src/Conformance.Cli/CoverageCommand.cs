using System.CommandLine;
using Conformance.Coverage;
using Conformance.Reports;
using Conformance.Results;
using Conformance.Rules;

namespace Conformance.Cli;

/// <summary><c>coverage</c>: what is covered of the RFCs, and what came of it.</summary>
internal static class CoverageCommand
{
    public static Command Create(Terminal terminal)
    {
        var run = new Argument<string?>("RUN") { Description = "A results.json, or the folder of a run, whose verdicts are shown. Without it: what the scenarios could cover.", Arity = ArgumentArity.ZeroOrOne };
        var rfcs = new Option<string[]>("--rfc") { HelpName = "RFC", Description = "Only this RFC (7296 or RFC7296). Repeatable." };
        var format = new Option<string>("--format") { HelpName = "FORMAT", Description = "markdown, json or html.", DefaultValueFactory = _ => "markdown" }.AcceptOnlyFromAmong("markdown", "json", "html");
        var output = new Option<string?>("--out") { HelpName = "FILE", Description = "Write to this file." };
        var command = new DocumentedCommand("coverage", "Tells, RFC by RFC, which requirements are covered by which scenarios and what came of them in a run.", $"""
            Examples:
              {CommandLine.Name} coverage --rfc 7296
              {CommandLine.Name} coverage reports/runs/20260304T091500Z-a1b2c3 --format html --out coverage.html

            The report of every run has it too, as coverage.html.
            """);
        command.Arguments.Add(run);
        foreach (Option option in new Option[] { rfcs, format, output })
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            var chosen = parsed.GetValue(rfcs) ?? [];
            ScenarioOptions.RefuseUnknownRfcs(chosen);
            var results = parsed.GetValue(run) is { } input ? ResultsFile.Read(RunFolder.ResultsPathOf(input)) : null;
            var whole = results is null ? CoverageTable.Of([.. ScenariosAndRules()]) : CoverageTable.Of(results);
            var table = chosen.Length == 0 ? whole : whole with { Rfcs = [.. whole.Rfcs.Where(rfc => chosen.Any(one => rfc.Name.EndsWith(one, StringComparison.OrdinalIgnoreCase)))] };
            var text = parsed.GetValue(format) switch
            {
                "json" => CoverageReport.ToJson(table),
                "html" => CoverageReport.Html(table, results),
                _ => CoverageReport.Markdown(table),
            };
            if (parsed.GetValue(output) is { } file)
                File.WriteAllText(file, text);
            else
                terminal.Out.Write(text);
            return ExitCode.AsExpected;
        });
        return command;
    }

    private static IEnumerable<Coverer> ScenariosAndRules() =>
        ScenarioOptions.Catalogue().Scenarios.Select(scenario => new Coverer(scenario.Id, scenario.Title, [.. scenario.Covers.Select(requirement => requirement.Id)]))
            .Concat(RuleCatalogue.All.Select(rule => new Coverer(rule.Id, rule.Title, rule.Covers)));
}
