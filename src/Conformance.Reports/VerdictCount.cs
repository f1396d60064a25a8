using Conformance.Results;

namespace Conformance.Reports;

/// <summary>How many results have a verdict and stand alike to what was expected of them.</summary>
public sealed record VerdictCount(Verdict Verdict, Standing Standing, int Count)
{
    /// <summary>Such as <c>38 pass</c>, <c>3 fail (expected)</c>, <c>1 unexpected pass</c>.</summary>
    public string Text => Wording.Invariant($"{Count} {Standing switch
    {
        Standing.Plain => Verdict.Word,
        Standing.Expected => $"{Verdict.Word} (expected)",
        Standing.Flaky => $"{Verdict.Word} (flaky)",
        _ => $"unexpected {Verdict.Word}",
    }}");
}
