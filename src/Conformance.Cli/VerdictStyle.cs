using Conformance.Results;
using Spectre.Console;

namespace Conformance.Cli;

/// <summary>The colours of verdicts, of the terminal's own sixteen so that they fit its background.</summary>
internal static class VerdictStyle
{
    public static Style Of(Verdict verdict) => new(verdict switch
    {
        Verdict.Pass => Color.Green,
        Verdict.Warning or Verdict.Inconclusive => Color.Olive,
        Verdict.Fail => Color.Red,
        Verdict.Error => Color.Fuchsia,
        _ => Color.Grey,
    });

    /// <summary>A known deviation is calm; what differs from the verdict that was written down is not, even if it is a pass.</summary>
    public static Style Of(ScenarioResult result) => result.Standing switch
    {
        Standing.Expected => new(Color.Grey),
        Standing.Flaky => new(Color.Olive),
        Standing.Unexpected => Surprise,
        _ => Of(result.Verdict),
    };

    /// <summary>The style of a line that begins with a result's outcome and a colon; null for any other.</summary>
    public static Style? OfLine(string line)
    {
        foreach (var verdict in Verdicts.All)
        {
            if (line.StartsWith($"{verdict.Word}:", StringComparison.Ordinal))
                return Of(verdict);
            if (line.StartsWith($"{verdict.Word} (flaky):", StringComparison.Ordinal))
                return new(Color.Olive);
            if (line.StartsWith($"{verdict.Word}, but ", StringComparison.Ordinal))
                return Surprise;
        }
        return null;
    }

    private static Style Surprise { get; } = new(Color.Red);
}
