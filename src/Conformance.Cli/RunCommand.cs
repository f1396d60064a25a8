using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Conformance.Evidence;
using Conformance.Expectations;
using Conformance.InHouse;
using Conformance.Profiles;
using Conformance.Runs;
using Conformance.Scenarios;

namespace Conformance.Cli;

/// <summary><c>run</c>: judges implementations.</summary>
internal sealed class RunCommand
{
    private const int MostInstances = 16;

    private readonly ScenarioOptions _scenarios = new();

    private readonly Option<string[]> _peers = new("--peer")
    {
        HelpName = "NAME",
        Description = $"Judge this implementation: {string.Join(", ", KnownPeers.All)}. Repeatable. It is an error if it can't be run. Without this option: all of them, leaving out (and saying) what can't be run here.",
    };

    private readonly Option<bool> _noLive = new("--no-live") { Description = "Leave the peers in containers out: only the in-house stack, in memory." };

    private readonly Option<ulong> _seed = new("--seed")
    {
        HelpName = "N",
        Description = "Where all random choices follow from; the same seed makes the same choices.",
        DefaultValueFactory = _ => 1,
        CustomParser = result => Number<ulong>(result, "--seed", ulong.MinValue, ulong.MaxValue),
    };

    private readonly Option<int> _instances = new("--instances")
    {
        HelpName = "N",
        Description = $"Instances of each live peer, side by side, 1 to {MostInstances}.",
        DefaultValueFactory = _ => 1,
        CustomParser = result => Number(result, "--instances", 1, MostInstances),
    };

    private readonly Option<Shard> _shard = new("--shard")
    {
        HelpName = "I/N",
        Description = "Run only part I of N of the plan, to spread it over machines; `report` merges their results.",
        CustomParser = result =>
        {
            if (Shard.Parse(result.Tokens[0].Value) is { } shard)
                return shard;
            result.AddError($"--shard takes a part of a whole, such as 2/4, not '{result.Tokens[0].Value}'.");
            return null;
        },
    };

    private readonly Option<string?> _results = new("--results")
    {
        HelpName = "DIR",
        Description = "Folder for results.json, the reports and the evidence; must not hold a run already. [default: reports/runs/<run id>]",
    };

    private readonly Option<string?> _profile = new("--profile")
    {
        HelpName = "FILE",
        Description = "YAML with what you know of the peers better than this program: responseTime and silenceTime (seconds), without (capabilities not to count on), outer (ipv6: IKE and its SAs over IPv6). See fixtures/profiles.",
    };

    private readonly Option<bool> _noExperiments = new("--no-experiments")
    {
        Description = "Leave out the experiments (one-to-one, vpn, bundles), which take seconds. They are left out anyway where scenarios are chosen, without the in-house stack, and in all shards but the first.",
    };

    private readonly GateOptions _gate = new();

    private readonly Option<int> _retries = new("--retries")
    {
        HelpName = "N",
        Description = "How often a live scenario that fails unexpectedly is repeated, 0 to 5, after all others. If it then passes it is marked flaky, never just passed.",
        DefaultValueFactory = _ => 1,
        CustomParser = result => Number(result, "--retries", 0, 5),
    };

    private readonly Option<string?> _annotations = new Option<string?>("--annotations")
    {
        HelpName = "SERVICE",
        Description = "Print what fails the run as annotations for a CI service: github, or none. [default: github where GITHUB_ACTIONS is set]",
    }.AcceptOnlyFromAmong("github", "none");

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print what would be run; start and write nothing." };

    private readonly Terminal _terminal;
    private readonly string _commandLine;

    private RunCommand(Terminal terminal, string commandLine)
    {
        _terminal = terminal;
        _commandLine = commandLine;
        _peers.CompletionSources.Add([.. KnownPeers.All]);
    }

    /// <param name="commandLine">What the user typed, for the record.</param>
    public static Command Create(Terminal terminal, string commandLine)
    {
        var run = new RunCommand(terminal, commandLine);
        var command = new DocumentedCommand("run", "Judges implementations: every chosen scenario against each, with evidence and reports.", $"""
            Examples:
              {CommandLine.Name} run                                     everything that can be run here
              {CommandLine.Name} run --peer in-house                     in memory only; never needs root
              {CommandLine.Name} run --peer strongswan --scenario 'IKEV2-*' --rfc 7296 --level MUST
              {CommandLine.Name} run --shard 1/4 --results shard-1       the first of four machines
              {CommandLine.Name} run --baseline accepted.json            fails only for what is worse than accepted; --update-baseline accepts

            Exit codes:
              0  every verdict is as expected: pass, warning, unsupported, skipped, or the one in fixtures/expectations/; no experiment failed
              1  some verdict is not: an unexpected fail, error or inconclusive, or a pass where something else was expected; with --baseline: something is worse;
                 with --fail-on-flaky: something passed only when repeated; or an experiment failed
              2  the command line is wrong
              3  nothing is selected
              4  the harness or a peer could not run, or an expectation is malformed, expired or matches no scenario
              130  stopped by Ctrl-C or SIGTERM; the results so far are kept
            """);
        command.Options.Add(run._peers);
        run._scenarios.AddTo(command);
        foreach (Option option in new Option[] { run._noLive, run._seed, run._instances, run._shard, run._results, run._profile, run._retries, run._annotations, run._noExperiments, run._dryRun })
            command.Options.Add(option);
        run._gate.AddTo(command);
        command.SetAction(run.Execute);
        return command;
    }

    private async Task<int> Execute(ParseResult parsed, CancellationToken cancellation)
    {
        using var peers = new KnownPeers();
        var maker = new PlanMaker(peers, NamedPeers(parsed), parsed.GetValue(_noLive), parsed.GetValue(_instances), ReadProfile(parsed));
        var catalogue = ScenarioOptions.Catalogue();
        var expectations = ExpectationCatalogue.Load(catalogue, DateOnly.FromDateTime(DateTime.UtcNow));
        var scenarios = _scenarios.Select(parsed, catalogue);
        var gate = _gate.Read(parsed);
        var shard = parsed.GetValue(_shard) ?? Shard.Whole;
        if (parsed.GetValue(_dryRun))
            return Show(Cut(maker.MakeUnchecked(scenarios), shard));

        var (whole, leftOut) = await maker.Make(scenarios, cancellation);
        var plan = Cut(whole, shard);
        foreach (var sentence in leftOut)
            await _terminal.Out.WriteLineAsync($"left out: {sentence}");

        var seed = parsed.GetValue(_seed);
        var header = RunHeader.Begin(_commandLine, seed, leftOut);
        var folder = RunFolder.Create(parsed.GetValue(_results) ?? Path.Combine("reports", "runs", header.RunId));
        var terminal = parsed.GetValue(GlobalOptions.NoColor) ? _terminal.WithoutColor() : _terminal;
        IProgressView view = terminal.IsInteractive ? new LiveProgress(plan, terminal.Rich()) : new PlainProgress(plan, terminal.Out);
        var executor = new ScenarioExecutor(new EvidenceFolder(folder.FullPath), seed, expectations);
        return await new SavedRun(
            new RunSession(header, plan, scenarios, executor, view, parsed.GetValue(_retries)), folder, view, terminal, gate, AnnotatesForGithub(parsed), ExperimentSeed(parsed, plan, shard)).Execute(cancellation);
    }

    private bool AnnotatesForGithub(ParseResult parsed) =>
        (parsed.GetValue(_annotations) ?? (Environment.GetEnvironmentVariable("GITHUB_ACTIONS") == "true" ? "github" : "none")) == "github";

    private int? ExperimentSeed(ParseResult parsed, RunPlan plan, Shard shard) =>
        parsed.GetValue(_noExperiments) || _scenarios.Narrows(parsed) || shard.Index != 1 || plan.Implementations.All(planned => planned.Driver.Name != InHouseDriver.ShortName)
            ? null
            : (int)(parsed.GetValue(_seed) & int.MaxValue);

    private Profile? ReadProfile(ParseResult parsed)
    {
        try
        {
            return parsed.GetValue(_profile) is { } path ? ProfileFile.Read(path) : null;
        }
        catch (CatalogueException error)
        {
            throw CommandFailure.Usage(error.Message);
        }
    }

    private ImmutableArray<string> NamedPeers(ParseResult parsed)
    {
        ImmutableArray<string> named = [.. parsed.GetValue(_peers) ?? []];
        KnownPeers.RefuseUnknown(named, KnownPeers.All);
        if (parsed.GetValue(_noLive) && named.FirstOrDefault(KnownPeers.IsLive) is { } live)
            throw CommandFailure.Usage($"--peer {live} and --no-live exclude each other: {live} runs in a container.");
        return named;
    }

    private static RunPlan Cut(RunPlan whole, Shard shard)
    {
        var plan = shard.Cut(whole);
        return plan.Count > 0
            ? plan
            : throw CommandFailure.NothingSelected($"Nothing is selected: shard {shard.Index}/{shard.Count} of {whole.Count} scenarios is empty.");
    }

    private int Show(RunPlan plan)
    {
        foreach (var planned in plan.Implementations)
        {
            foreach (var scenario in planned.Scenarios)
                _terminal.Out.WriteLine($"{planned.Driver.Name}  {(planned.Live ? "live" : "in memory")}  {scenario.Id}  {scenario.Title}");
        }
        _terminal.Out.WriteLine($"{plan.Count} scenarios would be run.");
        return ExitCode.AsExpected;
    }

    private static T Number<T>(ArgumentResult result, string option, T least, T most)
        where T : System.Numerics.INumber<T>
    {
        var text = result.Tokens[0].Value;
        if (T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        result.AddError($"{option} takes a whole number from {least} to {most}, not '{text}'.");
        return least;
    }
}
