using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Completions;
using Conformance.Requirements;
using Conformance.Runs;
using Conformance.Scenarios;

namespace Conformance.Cli;

/// <summary>The options that choose scenarios, the same for every command that does.</summary>
internal sealed class ScenarioOptions
{
    private static readonly string[] KnownLevels = ["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"];

    /// <summary>The levels as a shell completes them.</summary>
    public static readonly string[] LevelWords = [.. KnownLevels.Select(level => level.Replace(' ', '-'))];

    private readonly Option<string[]> _ids = Repeatable("--scenario", "ID", "Only scenarios with this id; * and ? stand for any text and any character.");
    private readonly Option<string[]> _without = Repeatable("--without", "ID", "No scenario with this id; * and ? as in --scenario.");
    private readonly Option<string[]> _suites = Repeatable("--suite", "NAME", "Only scenarios of this suite.");
    private readonly Option<string[]> _rfcs = Repeatable("--rfc", "RFC", "Only scenarios that cover a requirement of this RFC (7296 or RFC7296).");
    private readonly Option<string[]> _levels = Repeatable("--level", "LEVEL", "Only scenarios that cover a requirement of this level: MUST, MUST-NOT, SHOULD, SHOULD-NOT, MAY.");

    public ScenarioOptions()
    {
        _ids.CompletionSources.Add(_ => Completions(catalogue => catalogue.Scenarios.Select(scenario => scenario.Id)));
        _without.CompletionSources.Add(_ => Completions(catalogue => catalogue.Scenarios.Select(scenario => scenario.Id)));
        _suites.CompletionSources.Add(_ => Completions(Suites));
        _levels.CompletionSources.Add(LevelWords);
    }

    /// <summary>All scenarios beside the program.</summary>
    /// <exception cref="CatalogueException">A suite is wrong.</exception>
    public static ScenarioCatalogue Catalogue() => ScenarioCatalogue.LoadBeside(AppContext.BaseDirectory);

    /// <summary>Words of the catalogue for a shell to complete; none if the catalogue is wrong, which is for the command itself to say.</summary>
    public static IEnumerable<CompletionItem> Completions(Func<ScenarioCatalogue, IEnumerable<string>> words)
    {
        try
        {
            return words(Catalogue()).Select(word => new CompletionItem(word));
        }
        catch (CatalogueException)
        {
            return [];
        }
    }

    public void AddTo(Command command)
    {
        foreach (var option in new[] { _ids, _without, _suites, _rfcs, _levels })
            command.Options.Add(option);
    }

    /// <summary>Whether any of the options chooses among the scenarios.</summary>
    public bool Narrows(ParseResult parsed) => new[] { _ids, _suites, _rfcs, _levels }.Any(option => parsed.GetValue(option) is { Length: > 0 });

    /// <summary>The chosen scenarios, at least one.</summary>
    /// <exception cref="CommandFailure">A name is unknown, or nothing is left.</exception>
    public ImmutableArray<ScenarioDescriptor> Select(ParseResult parsed, ScenarioCatalogue catalogue)
    {
        var filter = new ScenarioFilter
        {
            Ids = [.. parsed.GetValue(_ids) ?? []],
            Without = [.. parsed.GetValue(_without) ?? []],
            Suites = [.. parsed.GetValue(_suites) ?? []],
            Rfcs = [.. parsed.GetValue(_rfcs) ?? []],
            Levels = [.. (parsed.GetValue(_levels) ?? []).Select(Level)],
        };
        RefuseUnknownSuites(filter, catalogue);
        RefuseUnknownRfcs(filter.Rfcs);
        foreach (var id in filter.Ids.Concat(filter.Without))
        {
            if (!catalogue.Scenarios.Any(new ScenarioFilter { Ids = [id] }.Matches))
                throw CommandFailure.NothingSelected($"No scenario has the id '{id}'.{Nearest.Question(id, catalogue.Scenarios.Select(scenario => scenario.Id))} `{CommandLine.Name} list` shows all.");
        }
        ImmutableArray<ScenarioDescriptor> chosen = [.. catalogue.Scenarios.Where(filter.Matches)];
        return chosen.IsEmpty
            ? throw CommandFailure.NothingSelected($"Nothing is selected: no scenario satisfies all of --scenario, --without, --suite, --rfc and --level. `{CommandLine.Name} list` shows all.")
            : chosen;
    }

    /// <summary>Refuses what is neither the name of an RFC with requirements nor its number.</summary>
    public static void RefuseUnknownRfcs(IEnumerable<string> rfcs)
    {
        var known = RequirementCatalogue.Instance.All.Select(requirement => requirement.Rfc).Distinct().ToArray();
        foreach (var rfc in rfcs.Where(rfc => !known.Contains(rfc, StringComparer.OrdinalIgnoreCase) && !known.Contains($"RFC{rfc}")))
            throw CommandFailure.Usage($"There are no requirements of '{rfc}'; there are of: {string.Join(", ", known)}.");
    }

    /// <summary>A level as it is written on the command line.</summary>
    public static string Level(string text)
    {
        var level = text.Replace('-', ' ').Replace('_', ' ').ToUpperInvariant();
        return KnownLevels.Contains(level)
            ? level
            : throw CommandFailure.Usage($"There is no level '{text}' among: {string.Join(", ", LevelWords)}.");
    }

    private static void RefuseUnknownSuites(ScenarioFilter filter, ScenarioCatalogue catalogue)
    {
        var known = Suites(catalogue);
        foreach (var suite in filter.Suites.Where(suite => !known.Contains(suite, StringComparer.OrdinalIgnoreCase)))
            throw CommandFailure.Usage($"There is no suite '{suite}' among: {string.Join(", ", known)}.");
    }

    private static string[] Suites(ScenarioCatalogue catalogue) => [.. catalogue.Scenarios.Select(scenario => scenario.Suite).Distinct().Order(StringComparer.Ordinal)];

    private static Option<string[]> Repeatable(string name, string valueName, string description) =>
        new(name) { HelpName = valueName, Description = description + " Repeatable." };
}
