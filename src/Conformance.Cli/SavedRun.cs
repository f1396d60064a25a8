using Conformance.Reports;
using Conformance.Results;

namespace Conformance.Cli;

/// <summary>Runs a session and keeps its results in a folder, however it ends.</summary>
/// <param name="gate">Decides the exit code.</param>
/// <param name="annotates">Whether what the gate refuses is printed for GitHub.</param>
/// <param name="experimentSeed">Of the experiments that are performed beside it; null for none.</param>
internal sealed class SavedRun(RunSession session, RunFolder folder, IProgressView view, Terminal terminal, RunGate gate, bool annotates = false, int? experimentSeed = null)
{
    private static readonly TimeSpan BetweenSaves = TimeSpan.FromSeconds(2);

    /// <summary>Runs, saves, reports; returns the exit code.</summary>
    public async Task<int> Execute(CancellationToken cancellation)
    {
        Exception? failure = null;
        try
        {
            folder.Save(session.Results(incomplete: true));
            await view.Follow(() => RunAndSave(cancellation));
        }
        catch (Exception thrown)
        {
            failure = thrown;
        }

        var results = session.Results(incomplete: failure is not null);
        Keep(results, ref failure);
        if (failure is null)
            return session.HasFailed ? ExitCode.CouldNotRun : Math.Max(gate.ExitCodeOf(results), ExitCodeOf(folder.Experiments()));
        if (failure is OperationCanceledException && cancellation.IsCancellationRequested)
            return ExitCode.Cancelled;
        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        throw failure;
    }

    private static int ExitCodeOf(RunExperiments experiments) =>
        experiments.All.All(experiment => experiment.Broken.Count == 0) ? ExitCode.AsExpected : ExitCode.UnexpectedVerdicts;

    private async Task RunAndSave(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var run = Task.WhenAll(session.Run(stop.Token), Experiment(stop.Token));
        try
        {
            var saved = 0;
            while (await Task.WhenAny(run, Task.Delay(BetweenSaves, CancellationToken.None)) != run)
            {
                if (session.Finished > saved)
                    folder.Save(session.Results(incomplete: true));
                saved = session.Finished;
            }
        }
        finally
        {
            // Reached with the run still going only when saving failed: then there is no point in going on.
            if (!run.IsCompleted)
            {
                await stop.CancelAsync();
                await run.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
        await run;
    }

    private Task Experiment(CancellationToken cancellation) => experimentSeed is { } seed
        ? Task.Run(() => RunExperiments.Perform(folder.FullPath, seed, cancellation), cancellation)
        : Task.CompletedTask;

    /// <summary>Writes everything and tells the user; when the run failed before, a second failure (of the same full disk) changes nothing.</summary>
    private void Keep(RunResults results, ref Exception? failure)
    {
        string[] lines = [];
        try
        {
            folder.Save(results);
            var index = folder.WriteReports(results);
            if (failure is null)
                lines = [.. gate.Conclude(results)];
            if (annotates)
                lines = [.. lines, .. GithubAnnotations.Of(results, gate.Gate)];
            Summary.Write(results, folder.Experiments(), lines, index, terminal);
        }
        catch (Exception thrown)
        {
            failure ??= thrown;
            terminal.Complain($"What could be saved of the results is in {folder.ResultsPath}.");
        }
    }
}
