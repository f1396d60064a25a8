namespace Conformance.Results;

/// <summary>How a result stands to the verdict that was written down for it.</summary>
public enum Standing
{
    /// <summary>Nothing was written down, or a pass that came.</summary>
    Plain,
    /// <summary>A known deviation: what was written down came.</summary>
    Expected,
    /// <summary>What was expected came, but not at the first attempt.</summary>
    Flaky,
    /// <summary>Something else came than what was written down, be it better or worse.</summary>
    Unexpected,
}

/// <summary>What every report says of a result and the verdict that was expected of it, in one place.</summary>
public static class Standings
{
    extension(ScenarioResult result)
    {
        public Standing Standing => result switch
        {
            { IsAsExpected: true, OtherAttempts.IsEmpty: false } => Standing.Flaky,
            { Expected: null } or { Verdict: Verdict.Pass, IsAsExpected: true } => Standing.Plain,
            { IsAsExpected: true } => Standing.Expected,
            _ => Standing.Unexpected,
        };

        /// <summary>The verdict and what was expected: <c>fail</c>, <c>fail (expected)</c>, <c>pass (flaky)</c>, <c>pass, but fail was expected</c>.</summary>
        public string Outcome => result.Standing switch
        {
            Standing.Plain => result.Verdict.Word,
            Standing.Expected => $"{result.Verdict.Word} (expected)",
            Standing.Flaky => $"{result.Verdict.Word} (flaky)",
            _ => $"{result.Verdict.Word}, but {result.Expected!.Verdict.Word} was expected",
        };

        /// <summary>The result's reason; where something else was expected, also why, and what to do about it; where it was repeated, what came before.</summary>
        public string Explanation => result.Standing switch
        {
            Standing.Unexpected => $"{result.Reason} (The expectation, to be corrected or removed, says: {result.Expected!.Reason})".TrimStart(),
            Standing.Flaky => string.Join("; ", result.OtherAttempts.Select((attempt, i) => $"attempt {i + 1}: {attempt.Verdict.Word}: {attempt.Reason}").Append(result.Reason).Where(part => part != "")),
            _ => result.Reason,
        };

        /// <summary>True for what a reader has to look at: what the gate refuses, what came only when repeated, and warnings that nobody expected.</summary>
        public bool NeedsAttention => !result.IsAsExpected || result.Standing == Standing.Flaky || (result.Standing == Standing.Plain && result.Verdict.NeedsAttention);
    }
}
