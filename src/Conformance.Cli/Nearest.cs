namespace Conformance.Cli;

/// <summary>What a user who mistyped may have meant.</summary>
internal static class Nearest
{
    private const int Most = 3;

    /// <summary>The known words nearest to the text, nearest first; none if all are far off.</summary>
    public static IReadOnlyList<string> To(string text, IEnumerable<string> known) =>
    [
        .. known.Select(word => (Word: word, Distance: Distance(text.ToUpperInvariant(), word.ToUpperInvariant())))
            .Where(candidate => candidate.Distance <= Math.Max(2, candidate.Word.Length / 3))
            .OrderBy(candidate => candidate.Distance).ThenBy(candidate => candidate.Word, StringComparer.Ordinal)
            .Take(Most)
            .Select(candidate => candidate.Word),
    ];

    /// <summary>" Did you mean A or B?", or nothing.</summary>
    public static string Question(string text, IEnumerable<string> known) =>
        To(text, known) is { Count: > 0 } near ? $" Did you mean {string.Join(" or ", near)}?" : "";

    /// <summary>Levenshtein's: insertions, deletions and substitutions.</summary>
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (one[i - 1] == other[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[^1];
    }
}
