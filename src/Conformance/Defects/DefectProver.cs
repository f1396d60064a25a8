using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Conformance.InHouse;
using Conformance.Results;
using Conformance.Rules;
using Conformance.Runs;
using Conformance.Scenarios;

namespace Conformance.Defects;

/// <summary>
/// Runs scenarios in memory against defects, and says who caught which. A scenario can name no requirement but those that it covers, so that it suffices to run
/// those that cover the broken one to know who catches a defect; where none does, and a rule covers it, the others follow until it breaks. With all of them one
/// also learns who never fails.
/// </summary>
/// <param name="scenarios">Candidates.</param>
/// <param name="everyScenario">All candidates against each defect, not only those that cover the requirement which it breaks.</param>
public sealed class DefectProver(ImmutableArray<ScenarioDescriptor> scenarios, bool everyScenario = false)
{
    private readonly ScenarioExecutor _executor = new();
    private readonly HashSet<string> _ruled = [.. RuleCatalogue.All.SelectMany(rule => rule.Covers)];

    /// <summary>Proves each defect; defects run side by side.</summary>
    /// <param name="defects">Different ones.</param>
    /// <param name="proved">Told of each proof, one at a time.</param>
    /// <param name="cancellation">Ends it early: what was proved until then comes back.</param>
    public async Task<DefectProofs> Prove(ImmutableArray<Defect> defects, Action<DefectProof> proved, CancellationToken cancellation)
    {
        var started = DateTimeOffset.UtcNow;
        var watch = Stopwatch.StartNew();
        var proofs = new List<DefectProof>();
        ImmutableArray<ScenarioDescriptor> partakers =
            defects.Any(defect => _ruled.Contains(defect.Requirement)) ? scenarios : [.. scenarios.Where(scenario => defects.Any(defect => Concerns(scenario, defect)))];
        ImmutableArray<string> unsound = [];
        try
        {
            var without = await WithoutDefect(partakers, cancellation).ConfigureAwait(false);
            // What only others have, the in-house stack does not declare: that is no pass to lose.
            unsound = [.. without.Where(result => result.Verdict is not (Verdict.Pass or Verdict.Unsupported)).Select(result => $"{result.Scenario}: {result.Verdict.Word}: {result.Reason}").Order(StringComparer.Ordinal)];
            var sound = without.Where(result => result.Verdict == Verdict.Pass).Select(result => result.Scenario).ToHashSet();
            partakers = [.. partakers.Where(scenario => sound.Contains(scenario.Id))];
            await SideBySide(defects, cancellation, async defect =>
            {
                var proof = await Prove(defect, partakers, cancellation).ConfigureAwait(false);
                lock (proofs)
                {
                    proofs.Add(proof);
                    proved(proof);
                }
            }).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // What was gained is kept: the proofs that are missing say that it is not all.
        }

        var done = defects.Where(defect => proofs.Exists(proof => proof.Defect == defect.Name)).ToList();
        var failed = proofs.SelectMany(proof => proof.CaughtBy.Concat(proof.AlsoFailed)).ToHashSet();
        var took = partakers.Where(scenario => done.Exists(defect => Concerns(scenario, defect))).Select(scenario => scenario.Id).ToList();
        // Of a few defects nobody expects that they break every rule.
        var rules = everyScenario || defects.Length == DefectCatalogue.All.Length ? RuleCatalogue.All.Select(rule => rule.Id) : [];
        return new()
        {
            SchemaVersion = DefectProofs.CurrentSchemaVersion,
            HarnessVersion = RunHeader.HarnessVersion,
            Started = started,
            DurationMs = Math.Round(watch.Elapsed.TotalMilliseconds),
            EveryScenario = everyScenario,
            Planned = defects.Length,
            Proofs = [.. proofs.OrderBy(proof => proof.Defect, StringComparer.Ordinal)],
            Unsound = unsound,
            NeverFailed = [.. took.Concat(rules).Where(id => !failed.Contains(id))],
            Scenarios = took.Count,
        };
    }

    /// <summary>Runs the candidates that concern one defect against it.</summary>
    /// <exception cref="OperationCanceledException">The user gave up.</exception>
    public Task<DefectProof> Prove(Defect defect, CancellationToken cancellation) => Prove(defect, scenarios, cancellation);

    private async Task<DefectProof> Prove(Defect defect, IEnumerable<ScenarioDescriptor> candidates, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        var driver = new InHouseDriver(defect);
        var (caughtBy, failed, errors, count) = (new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal), new List<string>(), 0);
        var (near, far) = (candidates.Where(candidate => Concerns(candidate, defect)), candidates.Where(candidate => !Concerns(candidate, defect)));
        foreach (var scenario in near.Concat(_ruled.Contains(defect.Requirement) ? far.OrderBy(candidate => IsStranger(candidate, defect)).TakeWhile(_ => !IsEnough()) : []))
        {
            var result = await _executor.Execute(scenario, driver, cancellation).ConfigureAwait(false);
            count++;
            caughtBy.UnionWith(Catch.Of(result).Where(one => one.Requirement == defect.Requirement).Select(one => one.By));
            failed.UnionWith(Catch.Of(result).Select(one => one.By));
            if (result.Verdict == Verdict.Error)
                errors.Add($"{scenario.Id}: {result.Reason}");
            else if (result.Verdict.NeedsAttention)
                failed.Add(scenario.Id);
        }
        failed.ExceptWith(caughtBy);
        return new(defect.Name, defect.Effect, defect.Requirement, [.. caughtBy], [.. failed], [.. errors], count, Math.Round(watch.Elapsed.TotalMilliseconds)) { Rule = defect.Rule };

        bool IsEnough() => defect.Rule is { } rule ? caughtBy.Contains(rule) : caughtBy.Count > 0;
    }

    /// <summary>What covers another requirement of the same RFC is likelier to exercise a rule.</summary>
    private static bool IsStranger(ScenarioDescriptor scenario, Defect defect) =>
        !scenario.Covers.Any(requirement => requirement.Id.StartsWith(defect.Requirement[..(defect.Requirement.IndexOf('-', StringComparison.Ordinal) + 1)], StringComparison.Ordinal));

    private async Task<ConcurrentBag<ScenarioResult>> WithoutDefect(ImmutableArray<ScenarioDescriptor> partakers, CancellationToken cancellation)
    {
        var results = new ConcurrentBag<ScenarioResult>();
        var driver = new InHouseDriver();
        await SideBySide(partakers, cancellation, async scenario =>
            results.Add(await _executor.Execute(scenario, driver, cancellation).ConfigureAwait(false) with { Steps = [] })).ConfigureAwait(false);
        return results;
    }

    private bool Concerns(ScenarioDescriptor scenario, Defect defect) => everyScenario || scenario.Covers.Any(requirement => requirement.Id == defect.Requirement);

    /// <summary>Everything happens on virtual time, so that a processor each is what there is to share.</summary>
    private static Task SideBySide<T>(ImmutableArray<T> all, CancellationToken cancellation, Func<T, Task> act) =>
        Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation }, (one, _) => new(act(one)));

    /// <summary>Somebody who saw a requirement broken.</summary>
    /// <param name="By">Id of a scenario or a rule.</param>
    private readonly record struct Catch(string By, string Requirement)
    {
        /// <summary>A rule names all requirements that it checks.</summary>
        public static IEnumerable<Catch> Of(ScenarioResult result) => result.Findings.SelectMany(finding => finding.Rule is { } rule
            ? RuleCatalogue.Find(rule).Covers.Select(requirement => new Catch(rule, requirement))
            : [new Catch(result.Scenario, finding.Requirement)]);
    }
}
