using System.Collections.Immutable;

namespace Conformance.Results;

/// <summary>What became of the verdicts from one run to another. Verdicts are ordered: what was judged well and is no longer judged counts as worse.</summary>
/// <param name="Same">How many verdicts stayed.</param>
public sealed record VerdictComparison(
    ImmutableArray<VerdictChange> Worse, ImmutableArray<VerdictChange> Better, ImmutableArray<VerdictChange> New, ImmutableArray<VerdictChange> Gone, int Same)
{
    /// <summary>Compares.</summary>
    public static VerdictComparison Of(Baseline before, Baseline after)
    {
        var changes = before.Verdicts.Keys.Union(after.Verdicts.Keys)
            .Select(pair => new VerdictChange(pair.Implementation, pair.Scenario, Find(before, pair), Find(after, pair)))
            .OrderBy(change => change.Implementation, StringComparer.Ordinal)
            .ThenBy(change => change.Scenario, StringComparer.Ordinal)
            .ToList();
        return new(
            [.. changes.Where(change => change is { Before: not null, After: not null } && change.After > change.Before)],
            [.. changes.Where(change => change is { Before: not null, After: not null } && change.After < change.Before)],
            [.. changes.Where(change => change.Before is null)],
            [.. changes.Where(change => change.After is null)],
            changes.Count(change => change.Before == change.After));
    }

    private static Verdict? Find(Baseline baseline, (string, string) pair) => baseline.Verdicts.TryGetValue(pair, out var verdict) ? verdict : null;
}

/// <param name="Before">Null where there was none.</param>
/// <param name="After">Null where there is none any more.</param>
public sealed record VerdictChange(string Implementation, string Scenario, Verdict? Before, Verdict? After);
