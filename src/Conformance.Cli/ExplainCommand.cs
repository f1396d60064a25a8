using System.CommandLine;
using Conformance.Requirements;
using Conformance.Scenarios;

namespace Conformance.Cli;

/// <summary><c>explain</c>: one scenario, or one requirement and what covers it.</summary>
internal static class ExplainCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = new Argument<string>("ID") { HelpName = "ID", Description = "A scenario's or a requirement's id." };
        id.CompletionSources.Add(_ => ScenarioOptions.Completions(Ids));
        var command = new DocumentedCommand("explain", "Explains a scenario, or a requirement and the scenarios that cover it.", $"""
            Examples:
              {CommandLine.Name} explain IKEV2-RETRANSMIT-001
              {CommandLine.Name} explain RFC7296-2.1-3
            """);
        command.Arguments.Add(id);
        command.SetAction(parsed => Explain(parsed.GetRequiredValue(id), ScenarioOptions.Catalogue(), terminal.Out));
        return command;
    }

    private static int Explain(string id, ScenarioCatalogue catalogue, TextWriter output)
    {
        var known = Ids(catalogue).FirstOrDefault(known => known.Equals(id, StringComparison.OrdinalIgnoreCase))
            ?? throw CommandFailure.Usage($"Neither a scenario nor a requirement has the id '{id}'.{Nearest.Question(id, Ids(catalogue))} `{CommandLine.Name} list` shows the scenarios.");
        if (catalogue.Scenarios.FirstOrDefault(scenario => scenario.Id == known) is { } scenario)
            Write(scenario, output);
        else
            Write(RequirementCatalogue.Instance.Find(known)!, catalogue, output);
        return ExitCode.AsExpected;
    }

    private static void Write(ScenarioDescriptor scenario, TextWriter output)
    {
        output.WriteLine($"{scenario.Id}: {scenario.Title}");
        output.WriteLine($"suite   {scenario.Suite}");
        output.WriteLine($"source  {scenario.Source}");
        output.WriteLine($"needs   {(scenario.Needs.IsEmpty ? "nothing optional" : string.Join(", ", scenario.Needs))}");
        output.WriteLine(scenario.Covers.IsEmpty ? "covers  no requirement" : "covers");
        foreach (var requirement in scenario.Covers)
            output.WriteLine($"  {requirement.Id} ({requirement.Level}): {requirement.Paraphrase}");
    }

    private static void Write(Requirement requirement, ScenarioCatalogue catalogue, TextWriter output)
    {
        output.WriteLine($"{requirement.Id} ({requirement.Level}): {requirement.Paraphrase}");
        var covering = catalogue.Scenarios.Where(scenario => scenario.Covers.Contains(requirement)).ToList();
        output.WriteLine(covering.Count == 0 ? "covered by no scenario" : "covered by");
        foreach (var scenario in covering)
            output.WriteLine($"  {scenario.Id}: {scenario.Title}");
    }

    private static IEnumerable<string> Ids(ScenarioCatalogue catalogue) =>
        catalogue.Scenarios.Select(scenario => scenario.Id).Concat(RequirementCatalogue.Instance.All.Select(requirement => requirement.Id));
}
