using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Conformance.Implementations;
using Conformance.Results;
using Conformance.Runs;
using Conformance.Scenarios;

namespace Conformance.Cli;

/// <summary>Carries a plan out: first what runs in memory and takes seconds, then the live implementations side by side.</summary>
/// <param name="planned">All chosen scenarios, also those that another shard runs.</param>
/// <param name="retries">How often a live scenario that is not as expected is repeated.</param>
internal sealed class RunSession(RunHeader header, RunPlan plan, ImmutableArray<ScenarioDescriptor> planned, ScenarioExecutor executor, IRunObserver observer, int retries = 0)
{
    private readonly ImmutableArray<(bool Live, Runner Runner)> _runners = Runners(plan, executor, observer, retries);

    /// <summary>How many scenarios have a result.</summary>
    public int Finished => _runners.Sum(entry => entry.Runner.Results.Length);

    /// <summary>True if some implementation could not be started or kept running.</summary>
    public bool HasFailed => _runners.Any(entry => entry.Runner.HasFailed);

    public RunResults Results(bool incomplete) => header.With(
        [.. _runners.OrderBy(entry => entry.Live).SelectMany(entry => entry.Runner.Implementations)], planned, _runners.SelectMany(entry => entry.Runner.Results), incomplete);

    /// <exception cref="OperationCanceledException">The user gave up; everything that was started is gone.</exception>
    public async Task Run(CancellationToken cancellation)
    {
        await SideBySide(live: false, cancellation);
        await SideBySide(live: true, cancellation);
    }

    /// <summary>When one breaks, the others end too: what broke it (a full disk, say) would break them as well.</summary>
    private async Task SideBySide(bool live, CancellationToken cancellation)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ExceptionDispatchInfo? first = null;
        await Task.WhenAll(_runners.Where(entry => entry.Live == live).Select(async entry =>
        {
            try
            {
                await entry.Runner.Run(together.Token);
            }
            catch (Exception failure)
            {
                Interlocked.CompareExchange(ref first, ExceptionDispatchInfo.Capture(failure), null);
                await together.CancelAsync();
            }
        }));
        first?.Throw();
    }

    private static ImmutableArray<(bool Live, Runner Runner)> Runners(RunPlan plan, ScenarioExecutor executor, IRunObserver observer, int retries)
    {
        var oneAtATime = new OneAtATime(observer);
        return [.. plan.Implementations.Select(planned => (planned.Live, new Runner(new([planned]), executor, oneAtATime, retries)))];
    }

    private sealed class OneAtATime(IRunObserver inner) : IRunObserver
    {
        private readonly Lock _lock = new();

        public void Progress(string implementation, string text) => Locked(() => inner.Progress(implementation, text));

        public void Ready(ImplementationDescription implementation, bool live) => Locked(() => inner.Ready(implementation, live));

        public void Finished(ScenarioResult result) => Locked(() => inner.Finished(result));

        public void Failed(string implementation, string reason) => Locked(() => inner.Failed(implementation, reason));

        private void Locked(Action action)
        {
            lock (_lock)
                action();
        }
    }
}
