using System.CommandLine;

namespace Conformance.Cli;

/// <summary>What every experiment takes.</summary>
internal sealed class ExperimentOptions
{
    private readonly string _name;

    public ExperimentOptions(string name)
    {
        _name = name;
        Output = new("--output") { HelpName = "DIR", Description = $"Folder for the page and the figures, which are replaced. [default: {DefaultFolder}]" };
    }

    public Option<int> Seed { get; } = new("--seed")
    {
        HelpName = "N",
        Description = "Where all random choices follow from; the same seed gives the same figures.",
        DefaultValueFactory = _ => 1,
    };

    public Option<string?> Output { get; }

    private string DefaultFolder => Path.Combine("reports", "runs", _name);

    public void AddTo(Command command)
    {
        command.Options.Add(Seed);
        command.Options.Add(Output);
    }

    public string Folder(ParseResult parsed) => Path.GetFullPath(parsed.GetValue(Output) ?? DefaultFolder);
}
