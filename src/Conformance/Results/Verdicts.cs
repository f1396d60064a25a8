namespace Conformance.Results;

/// <summary>What every report says of a verdict, in one place.</summary>
public static class Verdicts
{
    /// <summary>All verdicts, best first.</summary>
    public static IReadOnlyList<Verdict> All { get; } = Enum.GetValues<Verdict>();

    extension(Verdict verdict)
    {
        /// <summary>The word that results.json carries, such as <c>pass</c>.</summary>
        public string Word => verdict switch
        {
            Verdict.Pass => "pass",
            Verdict.Skipped => "skipped",
            Verdict.Unsupported => "unsupported",
            Verdict.Warning => "warning",
            Verdict.Inconclusive => "inconclusive",
            Verdict.Fail => "fail",
            Verdict.Error => "error",
            _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "Not a verdict."),
        };

        /// <summary>What the verdict says, one sentence.</summary>
        public string Meaning => verdict switch
        {
            Verdict.Pass => "Everything that was expected was seen.",
            Verdict.Skipped => "Not run, by the user's or the plan's choice.",
            Verdict.Unsupported => "The implementation declares that it does not have what the scenario needs.",
            Verdict.Warning => "A SHOULD was broken.",
            Verdict.Inconclusive => "What was seen allows no judgement.",
            Verdict.Fail => "A MUST was broken.",
            Verdict.Error => "The harness broke.",
            _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "Not a verdict."),
        };

        /// <summary>True for what a reader has to look at: warning and everything worse.</summary>
        public bool NeedsAttention => verdict >= Verdict.Warning;
    }

    /// <summary>The worst of some verdicts; <see cref="Verdict.Pass"/> of none.</summary>
    public static Verdict Worst(this IEnumerable<Verdict> verdicts) => verdicts.DefaultIfEmpty(Verdict.Pass).Max();
}
