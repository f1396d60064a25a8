using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using Conformance.Requirements;
using Conformance.Results;
using Conformance.Rules;
using Conformance.Scenarios;

namespace Conformance.Runs;

/// <summary>What is known of a run before its first verdict, and makes results.json with the verdicts.</summary>
/// <param name="Command">The command line, without the program's path.</param>
/// <param name="LeftOut">What the plan left out and why, one sentence each.</param>
public sealed record RunHeader(string RunId, DateTimeOffset Started, string Command, ulong Seed, ImmutableArray<string> LeftOut)
{
    /// <summary>A run that begins now, under a new id: sortable UTC time and random hexadecimal digits.</summary>
    public static RunHeader Begin(string command, ulong seed, ImmutableArray<string> leftOut)
    {
        var now = DateTimeOffset.UtcNow;
        var time = now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        return new($"{time}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}", now, command, seed, leftOut);
    }

    /// <summary>What there is now.</summary>
    /// <param name="planned">All scenarios that were chosen, with or without result.</param>
    /// <param name="incomplete">True if planned scenarios have no result yet, or never will.</param>
    public RunResults With(
        ImmutableArray<ImplementationRecord> implementations, IEnumerable<ScenarioDescriptor> planned, IEnumerable<ScenarioResult> results, bool incomplete) => new()
    {
        SchemaVersion = RunResults.CurrentSchemaVersion,
        RunId = RunId,
        Started = Started,
        Finished = DateTimeOffset.UtcNow,
        Incomplete = incomplete,
        HarnessVersion = HarnessVersion,
        Command = Command,
        Seed = Seed,
        Machine = $"{Environment.MachineName}, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors",
        Implementations = implementations,
        Scenarios = [.. planned.DistinctBy(scenario => scenario.Id).OrderBy(scenario => scenario.Id, StringComparer.Ordinal).Select(Record)],
        Results = [.. results.OrderBy(result => result.Scenario, StringComparer.Ordinal).ThenBy(result => result.Implementation, StringComparer.Ordinal)],
        LeftOut = LeftOut,
        Rules = [.. RuleCatalogue.All.Select(rule => new RuleRecord(rule.Id, rule.Title, [.. rule.Requirements.Select(Record)]))],
    };

    /// <summary>Version of the harness that makes the results.</summary>
    public static string HarnessVersion { get; } =
        typeof(RunHeader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static ScenarioRecord Record(ScenarioDescriptor scenario) => new(
        scenario.Id,
        scenario.Title,
        scenario.Suite,
        [.. scenario.Covers.Select(Record)],
        scenario.Source,
        scenario.Place.File,
        scenario.Place.Line);

    private static RequirementRecord Record(Requirement requirement) => new(requirement.Id, requirement.Level, requirement.Paraphrase);
}
