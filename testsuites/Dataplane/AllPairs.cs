namespace Conformance.Suites.Dataplane;

/// <summary>
/// A small, deterministic choice from a product of factors in which every possible pair of values of two factors occurs. A candidate is one value of each
/// factor, by number. Those that bring most new pairs are taken first.
/// </summary>
internal static class AllPairs
{
    /// <param name="sizes">How many values each factor has.</param>
    /// <param name="isPossible">Whether a candidate can exist; pairs that occur only in impossible ones are left out.</param>
    public static List<int[]> Choose(int[] sizes, Func<int[], bool> isPossible)
    {
        // Spread out by the golden ratio: in the product's own order, a factor would keep its first value wherever its pairs are there already.
        var candidates = Product(sizes).Where(isPossible).Select((candidate, index) => (candidate, Place: (ulong)index * 0x9e37_79b9_7f4a_7c15))
            .OrderBy(entry => entry.Place).Select(entry => entry.candidate).ToArray();
        var missing = candidates.SelectMany(Pairs).ToHashSet();
        var chosen = new List<int[]>();
        for (var gain = sizes.Length * (sizes.Length - 1) / 2; gain > 0; gain--)
        {
            foreach (var candidate in candidates)
            {
                if (Pairs(candidate).Count(missing.Contains) < gain)
                    continue;
                chosen.Add(candidate);
                missing.ExceptWith(Pairs(candidate));
            }
        }
        return chosen;
    }

    /// <summary>The last factor changes fastest.</summary>
    public static IEnumerable<int[]> Product(int[] sizes)
    {
        var current = new int[sizes.Length];
        while (true)
        {
            yield return [.. current];
            var factor = sizes.Length - 1;
            while (factor >= 0 && ++current[factor] == sizes[factor])
                current[factor--] = 0;
            if (factor < 0)
                yield break;
        }
    }

    /// <summary>Factor and value, twice, as one number.</summary>
    private static IEnumerable<int> Pairs(int[] candidate)
    {
        for (var one = 0; one < candidate.Length; one++)
            for (var other = one + 1; other < candidate.Length; other++)
                yield return (one << 8 | candidate[one]) << 16 | other << 8 | candidate[other];
    }
}
