using System.CommandLine;
using Conformance.Requirements;
using Conformance.Results;
using Conformance.Rules;
using Conformance.Scenarios;

namespace Conformance.Cli;

/// <summary><c>explain</c>: one scenario, one rule, or one requirement and what covers it.</summary>
internal static class ExplainCommand
{
    public static Command Create(Terminal terminal)
    {
        var id = new Argument<string>("ID") { HelpName = "ID", Description = "A scenario's, a rule's or a requirement's id." };
        id.CompletionSources.Add(_ => ScenarioOptions.Completions(Ids));
        var command = new DocumentedCommand("explain", "Explains a scenario, a rule, or a requirement and what covers it.", $"""
            Examples:
              {CommandLine.Name} explain IKEV2-RETRANSMIT-001
              {CommandLine.Name} explain RULE-IKE-RETRANSMISSION-002
              {CommandLine.Name} explain RFC7296-2.1-3
            """);
        command.Arguments.Add(id);
        command.SetAction(parsed => Explain(parsed.GetRequiredValue(id), ScenarioOptions.Catalogue(), terminal.Out));
        return command;
    }

    private static int Explain(string id, ScenarioCatalogue catalogue, TextWriter output)
    {
        var known = Ids(catalogue).FirstOrDefault(known => known.Equals(id, StringComparison.OrdinalIgnoreCase))
            ?? throw CommandFailure.Usage($"No scenario, rule or requirement has the id '{id}'.{Nearest.Question(id, Ids(catalogue))} `{CommandLine.Name} list` shows the scenarios.");
        if (catalogue.Scenarios.FirstOrDefault(scenario => scenario.Id == known) is { } scenario)
            Write(scenario, output);
        else if (RuleCatalogue.All.FirstOrDefault(rule => rule.Id == known) is { } rule)
            Write(rule, output);
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
        WriteAll(scenario.Covers, output);
    }

    private static void Write(Rule rule, TextWriter output)
    {
        output.WriteLine($"{rule.Id}: {rule.Title}");
        output.WriteLine($"a break is a {rule.Verdict.Word} of");
        WriteAll(rule.Requirements, output);
    }

    private static void WriteAll(IEnumerable<Requirement> requirements, TextWriter output)
    {
        foreach (var requirement in requirements)
            output.WriteLine($"  {requirement.Id} ({requirement.Level}): {requirement.Paraphrase}");
    }

    private static void Write(Requirement requirement, ScenarioCatalogue catalogue, TextWriter output)
    {
        output.WriteLine($"{requirement.Id} ({requirement.Level}): {requirement.Paraphrase}");
        string[] covering =
        [
            .. catalogue.Scenarios.Where(scenario => scenario.Covers.Contains(requirement)).Select(scenario => $"{scenario.Id}: {scenario.Title}"),
            .. RuleCatalogue.All.Where(rule => rule.Requirements.Contains(requirement)).Select(rule => $"{rule.Id}: {rule.Title}"),
        ];
        output.WriteLine(covering.Length == 0 ? "covered by no scenario and no rule" : "covered by");
        foreach (var line in covering)
            output.WriteLine($"  {line}");
    }

    private static IEnumerable<string> Ids(ScenarioCatalogue catalogue) =>
        catalogue.Scenarios.Select(scenario => scenario.Id).Concat(RuleCatalogue.All.Select(rule => rule.Id)).Concat(RequirementCatalogue.Instance.All.Select(requirement => requirement.Id));
}
