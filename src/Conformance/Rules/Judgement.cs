using System.Runtime.CompilerServices;

namespace Conformance.Rules;

/// <summary>What a rule says of one sighting.</summary>
/// <param name="IsExercised">False where the rule has nothing to say.</param>
/// <param name="Found">What was found instead; null where the rule held.</param>
internal readonly record struct Judgement(bool IsExercised, string Expected, string? Found)
{
    public static Judgement NotExercised => default;

    public static Judgement Held { get; } = new(true, "", null);

    public bool IsBroken => Found is not null;

    /// <param name="found">Put together only where it is needed.</param>
    public static Judgement That(bool holds, string expected, [InterpolatedStringHandlerArgument(nameof(holds))] ref FoundText found) =>
        holds ? Held : new(true, expected, found.Text());

    public static Judgement That(bool holds, string expected, string found) => holds ? Held : new(true, expected, found);

    /// <summary>The first break among the items; held if the rule is exercised by any.</summary>
    public static Judgement Each<T>(IEnumerable<T> items, Func<T, Judgement> judge)
    {
        var all = NotExercised;
        foreach (var item in items)
        {
            var judgement = judge(item);
            if (judgement.IsBroken)
                return judgement;
            if (judgement.IsExercised)
                all = judgement;
        }
        return all;
    }
}

/// <summary>An interpolated string that is formatted only if the rule is broken.</summary>
[InterpolatedStringHandler]
internal ref struct FoundText
{
    private DefaultInterpolatedStringHandler _text;

    public FoundText(int literalLength, int formattedCount, bool holds, out bool isNeeded)
    {
        isNeeded = !holds;
        _text = holds ? default : new(literalLength, formattedCount);
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string format) => _text.AppendFormatted(value, format);

    public string Text() => _text.ToStringAndClear();
}
