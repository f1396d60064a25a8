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

    /// <summary>The style of a line that begins with a verdict and a colon; null for any other.</summary>
    public static Style? OfLine(string line)
    {
        foreach (var verdict in Verdicts.All)
        {
            if (line.StartsWith($"{verdict.Word}:", StringComparison.Ordinal))
                return Of(verdict);
        }
        return null;
    }
}
