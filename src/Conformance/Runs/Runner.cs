using System.Collections.Concurrent;
using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Results;
using Conformance.Scenarios;

namespace Conformance.Runs;

/// <summary>Carries a plan out: implementations side by side, each with its own queue of scenarios. What was gained is kept, however the run ends.</summary>
/// <param name="retries">How often a live scenario that is not as expected is repeated, after the others: what then comes is <see cref="Standing.Flaky"/> at best.</param>
public sealed class Runner(RunPlan plan, ScenarioExecutor executor, IRunObserver observer, int retries = 0)
{
    private readonly Lock _lock = new();
    private readonly List<ScenarioResult> _results = [];
    private readonly Dictionary<string, ImplementationRecord> _implementations = [];

    /// <summary>What is there so far, by scenario and implementation.</summary>
    public ImmutableArray<ScenarioResult> Results
    {
        get
        {
            lock (_lock)
                return [.. _results.OrderBy(result => result.Scenario, StringComparer.Ordinal).ThenBy(result => result.Implementation, StringComparer.Ordinal)];
        }
    }

    public ImmutableArray<ImplementationRecord> Implementations
    {
        get
        {
            lock (_lock)
                return [.. _implementations.Values.OrderBy(implementation => implementation.Live).ThenBy(implementation => implementation.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>True if some implementation could not be started or kept running.</summary>
    public bool HasFailed { get; private set; }

    /// <exception cref="OperationCanceledException">The user gave up; everything that was started is gone.</exception>
    public Task Run(CancellationToken cancellation) =>
        Task.WhenAll(plan.Implementations.Select(planned => Task.Run(() => RunImplementation(planned, cancellation), cancellation)));

    private async Task RunImplementation(PlannedImplementation planned, CancellationToken cancellation)
    {
        var queue = new ConcurrentQueue<Queued>(planned.Scenarios.Select(scenario => new Queued(scenario, [])));
        var instances = Math.Min(planned.Instances, planned.Scenarios.Length);
        await Task.WhenAll(Enumerable.Range(0, instances).Select(instance =>
            Task.Run(() => RunInstance(planned, instance, queue, cancellation), cancellation))).ConfigureAwait(false);
        // Whatever no instance could take on has a verdict too: the harness could not run it.
        while (queue.TryDequeue(out var queued))
        {
            Add(queued.Earlier.IsEmpty ? NotRun(queued.Scenario) : Counting(queued.Earlier));
        }

        ScenarioResult NotRun(ScenarioDescriptor scenario) => new()
        {
            Scenario = scenario.Id,
            Implementation = planned.Driver.Name,
            Verdict = Verdict.Error,
            Reason = "the implementation could not be run",
            Started = DateTimeOffset.UtcNow,
            DurationMs = 0,
        };
    }

    private async Task RunInstance(PlannedImplementation planned, int instance, ConcurrentQueue<Queued> queue, CancellationToken cancellation)
    {
        const int maximumStartsInVain = 2;
        var inVain = 0;
        IImplementation? implementation = null;
        try
        {
            while (inVain < maximumStartsInVain && queue.TryDequeue(out var queued))
            {
                if (implementation is null && (implementation = await Start(planned, instance, cancellation).ConfigureAwait(false)) is null)
                {
                    inVain++;
                    queue.Enqueue(queued);
                    continue;
                }
                var result = await executor.Execute(queued.Scenario, implementation, cancellation, queued.Earlier.Length + 1).ConfigureAwait(false);
                if (planned.Live && queued.Earlier.Length < retries && !result.IsAsExpected && result.Verdict > Verdict.Warning)
                {
                    Locked(() => observer.Progress(planned.Driver.Name, $"{result.Verdict.Word} of {result.Scenario}, which will be repeated: {result.Reason}"));
                    queue.Enqueue(queued with { Earlier = queued.Earlier.Add(result) });
                }
                else
                {
                    Add(Counting(queued.Earlier.Add(result)));
                }
                inVain = result.Verdict == Verdict.Error ? inVain : 0;
                if (planned.FreshForEach || result.Verdict == Verdict.Error)
                {
                    await implementation.DisposeAsync().ConfigureAwait(false);
                    implementation = null;
                }
            }
        }
        finally
        {
            if (implementation is not null)
                await implementation.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<IImplementation?> Start(PlannedImplementation planned, int instance, CancellationToken cancellation)
    {
        var name = planned.Driver.Name;
        try
        {
            var progress = new Forward(text => Locked(() => observer.Progress(name, text)));
            var implementation = await planned.Driver.Start(instance, progress, cancellation).ConfigureAwait(false);
            var description = implementation.Description;
            lock (_lock)
            {
                if (_implementations.TryAdd(name, new(name, description.Product, description.DataPlane, planned.Live)))
                    observer.Ready(description, planned.Live);
            }
            return implementation;
        }
        catch (ImplementationFailedException error)
        {
            HasFailed = true;
            Locked(() =>
            {
                _implementations.TryAdd(name, new(name, "(did not start)", "", planned.Live));
                observer.Failed(name, error.Message);
            });
            return null;
        }
    }

    /// <summary>The attempt that was as expected; else the last of those that say most: a requirement that was seen broken once is broken.</summary>
    private static ScenarioResult Counting(ImmutableArray<ScenarioResult> attempts)
    {
        var counts = attempts.LastOrDefault(attempt => attempt.IsAsExpected) ?? attempts.Reverse().MaxBy(attempt => (attempt.Verdict == Verdict.Fail, attempt.Verdict))!;
        return counts with
        {
            OtherAttempts = [.. attempts.Where(attempt => attempt != counts).Select(one => new AttemptRecord(one.Verdict, one.Reason, one.Started, one.DurationMs, one.Findings, one.Evidence))],
        };
    }

    private void Add(ScenarioResult result)
    {
        lock (_lock)
        {
            _results.Add(result);
            observer.Finished(result);
        }
    }

    private void Locked(Action action)
    {
        lock (_lock)
            action();
    }

    /// <param name="Earlier">Results that were not as expected.</param>
    private sealed record Queued(ScenarioDescriptor Scenario, ImmutableArray<ScenarioResult> Earlier);

    private sealed class Forward(Action<string> report) : IProgress<string>
    {
        public void Report(string value) => report(value);
    }
}
