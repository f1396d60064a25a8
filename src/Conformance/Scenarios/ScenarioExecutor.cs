using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Conformance.Evidence;
using Conformance.Expectations;
using Conformance.Implementations;
using Conformance.Results;
using Conformance.Rules;
using Ipsec.Host.Links;

namespace Conformance.Scenarios;

/// <summary>Runs one scenario against one implementation and comes back with a result, whatever happens on the way.</summary>
/// <param name="evidence">Where evidence goes; null keeps none.</param>
/// <param name="seed">Of the run; each scenario's own seed follows from it and its id.</param>
/// <param name="expectations">What verdicts are known to come; null for none.</param>
public sealed class ScenarioExecutor(EvidenceFolder? evidence = null, ulong seed = 1, ExpectationCatalogue? expectations = null)
{
    /// <summary>A scenario that takes longer, in wall-clock time, is given up as an error of the harness.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Starts an instance for this one scenario.</summary>
    public async Task<ScenarioResult> Execute(ScenarioDescriptor scenario, IImplementationDriver driver, CancellationToken cancellation)
    {
        await using var implementation = await driver.Start(0, new Progress<string>(), cancellation).ConfigureAwait(false);
        return await Execute(scenario, implementation, cancellation).ConfigureAwait(false);
    }

    /// <param name="attempt">From 1.</param>
    /// <exception cref="OperationCanceledException">The user gave up.</exception>
    public async Task<ScenarioResult> Execute(ScenarioDescriptor scenario, IImplementation implementation, CancellationToken cancellation, int attempt = 1)
    {
        var watch = Stopwatch.StartNew();
        var started = DateTimeOffset.UtcNow;
        var name = implementation.Description.Name;
        var missing = scenario.Needs.Where(capability => !implementation.Capabilities.Has(capability)).ToArray();
        if (missing.Length > 0)
            return Result(Verdict.Unsupported, $"needs {string.Join(", ", missing)}, which {name} does not declare", new(), null, []);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        var recorder = new Recorder(implementation.Network);
        var context = new ScenarioContext(scenario, implementation, recorder, SeedOf(scenario.Id), limit.Token);
        var (verdict, reason) = await Play(scenario, context, cancellation).ConfigureAwait(false);
        // A frame that the capture lost may be the very one that a verdict turns on.
        if (implementation.Network.Dropped is > 0 and var dropped && verdict is not (Verdict.Unsupported or Verdict.Error))
            (verdict, reason) = (Verdict.Inconclusive, $"the capture lost {dropped} frames: run again on a less busy machine");
        context.Close();
        // What it can't be told leaves nothing to see: the reason says it all.
        if (verdict == Verdict.Unsupported)
            return Result(verdict, reason, new(), recorder, []);
        var known = new KnownBreaks(expectations, name, scenario.Id, DateOnly.FromDateTime(started.UtcDateTime)) { Rest = verdict };
        var rules = implementation.Network.Dropped == 0 ? Put(recorder, scenario, implementation, known, ref verdict, ref reason) : [];
        var record = await Keep(scenario, implementation, attempt, recorder, cancellation).ConfigureAwait(false);
        return known.Expect(Result(verdict, reason, record, recorder, rules));

        ScenarioResult Result(Verdict verdict, string reason, EvidenceRecord evidence, Recorder? recorder, ImmutableArray<RuleResult> rules) => new()
        {
            Scenario = scenario.Id,
            Implementation = name,
            Verdict = verdict,
            Reason = reason,
            Started = started,
            DurationMs = Math.Round(watch.Elapsed.TotalMilliseconds, 3),
            Steps = [.. recorder?.Steps ?? []],
            Findings = [.. recorder?.Findings ?? []],
            Rules = [.. rules.Select(rule => new RuleCount(rule.Rule.Id, rule.Held, rule.Broken))],
            Evidence = evidence,
            Expected = expectations?.Find(name, scenario.Id, DateOnly.FromDateTime(started.UtcDateTime)) is { } expected
                ? new(expected.Verdict, expected.Reason, expected.Link)
                : null,
        };
    }

    /// <summary>Puts what was recorded to the rules. A broken one makes the verdict worse, never better.</summary>
    private static ImmutableArray<RuleResult> Put(Recorder recorder, ScenarioDescriptor scenario, IImplementation implementation, KnownBreaks known, ref Verdict verdict, ref string reason)
    {
        try
        {
            ImmutableArray<RuleResult> rules = [.. ScenarioRules.Judge(recorder, implementation.Topology).Where(rule => !scenario.Despite.Contains(rule.Rule.Id))];
            foreach (var finding in ScenarioRules.Findings(rules))
            {
                recorder.Finding(finding);
                known.Count(finding);
                if (finding.Verdict > verdict)
                    (verdict, reason) = (finding.Verdict, $"expected: {finding.Expected}; actual: {finding.Actual}");
            }
            return rules;
        }
        catch (Exception error)
        {
            (verdict, reason) = (Verdict.Error, Broken(error));
            return [];
        }
    }

    private async Task<(Verdict Verdict, string Reason)> Play(ScenarioDescriptor scenario, ScenarioContext context, CancellationToken user)
    {
        try
        {
            var fixture = (ScenarioFixture)Activator.CreateInstance(scenario.Method.DeclaringType!)!;
            fixture.Enter(context);
            await ((Task)scenario.Method.Invoke(fixture, scenario.Argument is null ? null : [scenario.Argument])!).ConfigureAwait(false);
            var findings = context.Recorder.Findings;
            return findings.Count == 0
                ? (Verdict.Pass, "")
                : (findings.Select(finding => finding.Verdict).Worst(), $"expected: {findings[0].Expected}; actual: {findings[0].Actual}");
        }
        catch (TargetInvocationException wrapped) when (wrapped.InnerException is not null)
        {
            return Judge(wrapped.InnerException, user);
        }
        catch (Exception error)
        {
            return Judge(error, user);
        }
    }

    private (Verdict Verdict, string Reason) Judge(Exception error, CancellationToken user) => error switch
    {
        ScenarioStopped stopped => (stopped.Verdict, stopped.Message),
        UnsupportedPolicyException unsupported => (Verdict.Unsupported, unsupported.Message),
        ImplementationFailedException or NetworkFailedException or CatalogueException => (Verdict.Error, error.Message),
        OperationCanceledException when user.IsCancellationRequested => throw new OperationCanceledException(user),
        OperationCanceledException => (Verdict.Error, $"not finished after {Limit.TotalSeconds:0} s"),
        _ => (Verdict.Error, Broken(error)),
    };

    private static string Broken(Exception error) =>
        $"the harness broke: {error.GetType().Name}: {error.Message} at {error.StackTrace?.Split('\n').FirstOrDefault()?.Trim()}";

    private async Task<EvidenceRecord> Keep(ScenarioDescriptor scenario, IImplementation implementation, int attempt, Recorder recorder, CancellationToken cancellation)
    {
        if (evidence is null)
            return new();
        string log;
        try
        {
            log = await implementation.Log(cancellation).ConfigureAwait(false);
        }
        catch (ImplementationFailedException error)
        {
            log = $"(no log: {error.Message})";
        }
        var name = implementation.Description.Name;
        return evidence.Write(
            scenario.Id, name, attempt, recorder, log, implementation.RenderedConfiguration, $"./conformance run --peer {name} --scenario {scenario.Id} --seed {seed}");
    }

    private ulong SeedOf(string id) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.ASCII.GetBytes($"{seed} {id}")));
}
