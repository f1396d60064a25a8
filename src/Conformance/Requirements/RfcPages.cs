using System.Text.RegularExpressions;

namespace Conformance.Requirements;

/// <summary>The text of an RFC without what belongs to the printed page.</summary>
internal static partial class RfcPages
{
    /// <summary>The lines without page footers, headers and form feeds. A paragraph that a page broke is whole again.</summary>
    public static List<string> Join(string text)
    {
        var lines = text.Replace("\r", "").Split('\n');
        var joined = new List<string>();
        for (var i = 0; i < lines.Length;)
        {
            if (!Footer().IsMatch(lines[i]))
            {
                joined.Add(lines[i++].Replace("\f", ""));
                continue;
            }
            while (joined is [.., var last] && string.IsNullOrWhiteSpace(last))
                joined.RemoveAt(joined.Count - 1);
            i = SkipBlank(lines, i + 1);
            if (i < lines.Length && Header().IsMatch(lines[i].Trim('\f')))
                i = SkipBlank(lines, i + 1);
            if (!Continues(joined is [.., var before] ? before.TrimEnd() : "", i < lines.Length ? lines[i] : ""))
                joined.Add("");
        }
        return joined;
    }

    private static int SkipBlank(string[] lines, int from)
    {
        while (from < lines.Length && string.IsNullOrWhiteSpace(lines[from]))
            from++;
        return from;
    }

    private static bool Continues(string before, string after) =>
        before.Length > 0 && !".:;!?)".Contains(before[^1]) && after.StartsWith(' ') && !Item().IsMatch(after);

    [GeneratedRegex(@"\[Page \d+\]\s*$")]
    private static partial Regex Footer();

    [GeneratedRegex(@"^\s*(RFC \d+|Internet-Draft|INTERNET-DRAFT)")]
    private static partial Regex Header();

    [GeneratedRegex(@"^\s*([o*+-]|\d+[.)]) ")]
    private static partial Regex Item();
}
