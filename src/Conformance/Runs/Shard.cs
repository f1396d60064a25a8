using System.Collections.Immutable;
using System.Globalization;

namespace Conformance.Runs;

/// <summary>One part of a run that is spread over machines: every <paramref name="Count"/>-th pair of implementation and scenario, from number <paramref name="Index"/>.</summary>
/// <param name="Index">From 1 to <paramref name="Count"/>.</param>
public sealed record Shard(int Index, int Count)
{
    public static Shard Whole { get; } = new(1, 1);

    /// <summary>Reads <c>2/4</c>; null if it is no shard.</summary>
    public static Shard? Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && index >= 1 && index <= count
            ? new(index, count)
            : null;
    }

    /// <summary>The pairs of this shard; the shards of one plan cover it, and no pair is in two.</summary>
    public RunPlan Cut(RunPlan plan)
    {
        var number = 0;
        var cut = ImmutableArray.CreateBuilder<PlannedImplementation>();
        foreach (var planned in plan.Implementations)
        {
            var own = planned.Scenarios.Where(_ => number++ % Count == Index - 1).ToImmutableArray();
            if (!own.IsEmpty)
                cut.Add(planned with { Scenarios = own });
        }
        return new(cut.ToImmutable());
    }
}
