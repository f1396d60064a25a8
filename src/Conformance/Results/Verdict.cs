namespace Conformance.Results;

/// <summary>Verdicts, worst last. The words are the ones that results.json carries, in lower case.</summary>
public enum Verdict
{
    Pass,
    /// <summary>Not run by the user's or the plan's choice; the reason says which.</summary>
    Skipped,
    /// <summary>The implementation declares that it doesn't have what the scenario needs.</summary>
    Unsupported,
    /// <summary>A SHOULD was broken.</summary>
    Warning,
    /// <summary>What was seen allows no judgement.</summary>
    Inconclusive,
    /// <summary>A MUST was broken.</summary>
    Fail,
    /// <summary>The harness broke.</summary>
    Error,
}
