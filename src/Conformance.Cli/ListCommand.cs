using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Conformance.Scenarios;

namespace Conformance.Cli;

/// <summary><c>list</c>: the scenarios.</summary>
internal static class ListCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(Terminal terminal)
    {
        var options = new ScenarioOptions();
        var asJson = new Option<bool>("--json") { Description = "Print a JSON array, with requirements and needs." };
        var command = new DocumentedCommand("list", "Lists scenarios: id, suite, title and the requirements that they cover.", $"""
            Examples:
              {CommandLine.Name} list --suite Ikev2
              {CommandLine.Name} list --rfc 4303 --level MUST --json
            """);
        options.AddTo(command);
        command.Options.Add(asJson);
        command.SetAction(parsed =>
        {
            var chosen = options.Select(parsed, ScenarioOptions.Catalogue());
            if (parsed.GetValue(asJson))
                terminal.Out.WriteLine(JsonSerializer.Serialize(chosen.Select(Entry), Json));
            else
                WriteLines(chosen, terminal.Out);
            return ExitCode.AsExpected;
        });
        return command;
    }

    private static void WriteLines(IReadOnlyList<ScenarioDescriptor> scenarios, TextWriter output)
    {
        var idWidth = scenarios.Max(scenario => scenario.Id.Length);
        var suiteWidth = scenarios.Max(scenario => scenario.Suite.Length);
        foreach (var scenario in scenarios)
        {
            var covers = scenario.Covers.IsEmpty ? "" : $"  [{string.Join(", ", scenario.Covers.Select(requirement => requirement.Id))}]";
            output.WriteLine($"{scenario.Id.PadRight(idWidth)}  {scenario.Suite.PadRight(suiteWidth)}  {scenario.Title}{covers}");
        }
    }

    private static object Entry(ScenarioDescriptor scenario) => new
    {
        scenario.Id,
        scenario.Suite,
        scenario.Title,
        Requirements = scenario.Covers.Select(requirement => new { requirement.Id, requirement.Level, requirement.Paraphrase }),
        Needs = scenario.Needs.Select(need => need.ToString()),
        scenario.Source,
    };
}
