using System.Globalization;

namespace Ipsec.Ike.Tests.Simulation;

/// <summary>What became of a schedule.</summary>
/// <param name="Broken">Null if all is well, else what is not.</param>
/// <param name="Log">What happened, a line each that starts with its time.</param>
internal sealed record Outcome(string? Broken, IEnumerable<string> Log);

/// <summary>
/// Many schedules, each from a seed. One that fails is made as short as it can be, and printed with its seed. Two variables of the environment say how many there
/// are, and what the first seed is.
/// </summary>
internal sealed class ScheduleSweep(string countVariable, string seedVariable, int count, Func<ulong, Schedule> make, Func<Schedule, Outcome> run)
{
    private readonly int _count = int.Parse(Environment.GetEnvironmentVariable(countVariable) ?? $"{count}", CultureInfo.InvariantCulture);

    public ulong FirstSeed { get; } = ulong.Parse(Environment.GetEnvironmentVariable(seedVariable) ?? "1", CultureInfo.InvariantCulture);

    public void AssertAllPass()
    {
        var failures = new SortedDictionary<ulong, string>();
        Parallel.For(0, _count, number =>
        {
            var seed = FirstSeed + (ulong)number;
            if (Try(make(seed)).Broken is { } failure)
                lock (failures)
                    failures.Add(seed, failure);
        });
        TestContext.Out.WriteLine($"{_count - failures.Count} of {_count} schedules passed, seeds {FirstSeed} to {FirstSeed + (ulong)_count - 1}");
        if (failures.Count == 0)
            return;
        var (first, reason) = failures.First();
        var shortest = Shrink(make(first));
        var (still, log) = Try(shortest);
        Assert.Fail(
            $"{failures.Count} failed, seeds {string.Join(", ", failures.Keys.Take(20))}\n{reason}\nshortest: {shortest}\n{still}\n"
            + string.Join('\n', log.Order(StringComparer.Ordinal).TakeLast(200)));
    }

    /// <summary>Leaves out steps and faults as long as it still fails.</summary>
    public Schedule Shrink(Schedule schedule)
    {
        while (Candidates(schedule).FirstOrDefault(candidate => Try(candidate).Broken is not null) is { } shorter)
            schedule = shorter;
        return schedule;
    }

    private static IEnumerable<Schedule> Candidates(Schedule schedule)
    {
        for (var index = 0; index < schedule.Steps.Length; index++)
            yield return schedule with { Steps = schedule.Steps.RemoveAt(index) };
        if (schedule.Faults.Loss > 0)
            yield return schedule with { Faults = schedule.Faults with { Loss = 0 } };
        if (schedule.Faults.Duplication > 0)
            yield return schedule with { Faults = schedule.Faults with { Duplication = 0 } };
        if (schedule.Options.WindowSize > 1)
            yield return schedule with { Options = schedule.Options with { WindowSize = 1 } };
        if (schedule.HasKeyExchange)
            yield return schedule with { HasKeyExchange = false };
        if (schedule.HasCompression is { Left: true, Right: true })
            yield return schedule with { HasCompression = default };
        if (schedule.Traffic is { } traffic)
            foreach (var simpler in Simpler(traffic))
                yield return schedule with { Traffic = simpler };
    }

    private static IEnumerable<(TrafficPolicy Left, TrafficPolicy Right)?> Simpler((TrafficPolicy Left, TrafficPolicy Right) traffic)
    {
        yield return null;
        foreach (var left in traffic.Left.Simpler())
            yield return traffic with { Left = left };
        foreach (var right in traffic.Right.Simpler())
            yield return traffic with { Right = right };
    }

    private Outcome Try(Schedule schedule)
    {
        try
        {
            return run(schedule);
        }
        catch (Exception exception)
        {
            return new(exception.ToString(), []);
        }
    }
}
