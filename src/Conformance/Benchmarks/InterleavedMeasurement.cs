using System.Diagnostics;

namespace Conformance.Benchmarks;

/// <summary>
/// Measures subject and reference in turns (A B B A A B …), because other work on the machine comes and goes: a figure stands only beside one of the same moment.
/// </summary>
public sealed class InterleavedMeasurement
{
    private const int Rounds = 15;
    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(5);

    /// <summary>Long enough that the runtime has compiled the code anew.</summary>
    private static readonly TimeSpan FirstWarmUp = TimeSpan.FromMilliseconds(300);

    /// <summary>For code that ran already, with another number of octets.</summary>
    private static readonly TimeSpan LaterWarmUp = TimeSpan.FromMilliseconds(30);

    private readonly HashSet<string> _ran = [];

    /// <summary>Takes a fifth of a second, most of one for the first of a kind, longer if a single operation takes milliseconds.</summary>
    public BenchmarkFigures Measure(Benchmark benchmark, CancellationToken cancellation = default)
    {
        using var subject = benchmark.Subject();
        using var reference = benchmark.Reference?.Invoke();
        var warmUp = _ran.Add(benchmark.Kind) ? FirstWarmUp : LaterWarmUp;
        var times = WarmUp(subject, warmUp);
        var referenceTimes = reference is null ? 0 : WarmUp(reference, warmUp);
        var own = new double[Rounds];
        var other = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (round % 2 == 0)
                own[round] = Nanoseconds(subject, times);
            if (reference is not null)
                other[round] = Nanoseconds(reference, referenceTimes);
            if (round % 2 == 1)
                own[round] = Nanoseconds(subject, times);
        }
        var allocated = Allocated(subject, times);
        var figures = new BenchmarkFigures(benchmark.Name, benchmark.Octets, Quantile(own, 0.5), Spread(own), allocated, null, null, null);
        return reference is null ? figures : figures with
        {
            ReferenceNanoseconds = Quantile(other, 0.5),
            ReferenceSpread = Spread(other),
            Ratio = Quantile([.. own.Zip(other, (one, beside) => one / beside)], 0.5),
        };
    }

    /// <summary>How many operations fill a round.</summary>
    private static long WarmUp(Workload workload, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        var done = 0L;
        for (var times = 1L; clock.Elapsed < time; times *= 2)
        {
            var before = clock.Elapsed;
            workload.Run(times);
            done = Math.Max(1, (long)(times * (RoundTime / (clock.Elapsed - before))));
        }
        return done;
    }

    private static double Nanoseconds(Workload workload, long times)
    {
        var start = Stopwatch.GetTimestamp();
        workload.Run(times);
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / times;
    }

    private static double Allocated(Workload workload, long times)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        workload.Run(times);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)times;
    }

    private static double Spread(double[] values) => (Quantile(values, 0.75) - Quantile(values, 0.25)) / Quantile(values, 0.5);

    private static double Quantile(double[] values, double part) => values.Order().ElementAt((int)Math.Round(part * (values.Length - 1)));
}
