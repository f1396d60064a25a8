using System.Globalization;

namespace Conformance.Requirements;

/// <summary>Number of a section or appendix. Tells headings from lines that only look like one: sections go up in small steps.</summary>
internal sealed class RfcSectionNumber
{
    private const int Appendixes = 1000;
    private readonly int[] _parts;

    private RfcSectionNumber(int[] parts) => _parts = parts;

    private bool IsAppendix => _parts[0] >= Appendixes;

    /// <summary>Reads <c>2.1</c>, <c>Appendix A</c> or <c>A.1</c>; the form is the caller's to check.</summary>
    public static RfcSectionNumber Parse(string text) => new([.. text.Split(' ')[^1].Split('.').Select(Part)]);

    /// <summary>Whether a section of this number can come after the previous one, or first of all.</summary>
    public bool CanFollow(RfcSectionNumber? previous)
    {
        if (previous is null)
            return _parts is [0] or [1];
        if (_parts.AsSpan().SequenceCompareTo(previous._parts) <= 0)
            return false;
        if (IsAppendix && !previous.IsAppendix)
            return _parts.Length == 1;
        if (_parts.Length > previous._parts.Length)
            return _parts.Length == previous._parts.Length + 1 && _parts.AsSpan().StartsWith(previous._parts) && _parts[^1] <= 2;
        var last = _parts.Length - 1;
        return _parts.AsSpan(0, last).SequenceEqual(previous._parts.AsSpan(0, last)) && (_parts[last] - previous._parts[last]) is 1 or 2;
    }

    private static int Part(string text) => char.IsAsciiLetter(text[0]) ? Appendixes + text[0] : int.Parse(text, CultureInfo.InvariantCulture);
}
