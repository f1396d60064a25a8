using System.Collections.Immutable;

namespace Ipsec.Ike.Tests.Simulation;

/// <summary>
/// Random schedules of commands, loss, duplication, reordering, delay and restarts. IPSEC_IKE_SCHEDULES sets how many, IPSEC_IKE_SEED the first seed;
/// a schedule that fails is made as short as it can be, and printed with its seed.
/// </summary>
public sealed class SimulationTests
{
    private static readonly int Schedules = int.Parse(Environment.GetEnvironmentVariable("IPSEC_IKE_SCHEDULES") ?? "2000");
    private static readonly ulong FirstSeed = ulong.Parse(Environment.GetEnvironmentVariable("IPSEC_IKE_SEED") ?? "1");

    [Test]
    public void TwoEnds_AnySchedule_ComeToAgree()
    {
        var failures = new SortedDictionary<ulong, string>();
        Parallel.For(0, Schedules, number =>
        {
            var seed = FirstSeed + (ulong)number;
            if (Outcome(Schedule.FromSeed(seed)) is { } failure)
                lock (failures)
                    failures.Add(seed, failure);
        });
        TestContext.Out.WriteLine($"{Schedules - failures.Count} of {Schedules} schedules passed, seeds {FirstSeed} to {FirstSeed + (ulong)Schedules - 1}");
        if (failures.Count == 0)
            return;
        var (first, reason) = failures.First();
        var shortest = Shrink(Schedule.FromSeed(first));
        var trace = "";
        if (SimulatedRun.Run(shortest, out var run) is { } still)
            trace = $"{still}\n{string.Join('\n', run.Log.Concat(run.Events).Order(StringComparer.Ordinal).TakeLast(200))}";
        Assert.Fail($"{failures.Count} failed, seeds {string.Join(", ", failures.Keys.Take(20))}\n{reason}\nshortest: {shortest}\n{trace}");
    }

    [Test]
    public void OneSeed_Twice_RunsTheSame()
    {
        SimulatedRun.Run(Schedule.FromSeed(FirstSeed), out var once);
        SimulatedRun.Run(Schedule.FromSeed(FirstSeed), out var twice);
        Assert.That(once.Log, Is.Not.Empty.And.EqualTo(twice.Log));
    }

    /// <summary>Leaves out steps and faults as long as it still fails.</summary>
    private static Schedule Shrink(Schedule schedule)
    {
        var shorter = true;
        while (shorter)
        {
            shorter = false;
            foreach (var candidate in Candidates(schedule))
            {
                if (Outcome(candidate) is null)
                    continue;
                schedule = candidate;
                shorter = true;
                break;
            }
        }
        return schedule;
    }

    private static IEnumerable<Schedule> Candidates(Schedule schedule)
    {
        for (var index = 0; index < schedule.Steps.Length; index++)
            yield return schedule with { Steps = ImmutableArray.CreateRange(schedule.Steps).RemoveAt(index) };
        if (schedule.Faults.Loss > 0)
            yield return schedule with { Faults = schedule.Faults with { Loss = 0 } };
        if (schedule.Faults.Duplication > 0)
            yield return schedule with { Faults = schedule.Faults with { Duplication = 0 } };
        if (schedule.Options.WindowSize > 1)
            yield return schedule with { Options = schedule.Options with { WindowSize = 1 } };
        if (schedule.HasKeyExchange)
            yield return schedule with { HasKeyExchange = false };
    }

    private static string? Outcome(Schedule schedule)
    {
        try
        {
            return SimulatedRun.Run(schedule);
        }
        catch (Exception exception)
        {
            return exception.ToString();
        }
    }
}
