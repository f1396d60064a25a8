using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Conformance.Defects;

/// <summary>What the suites made of one defect.</summary>
/// <param name="Defect">Its name.</param>
/// <param name="Effect">What it makes happen.</param>
/// <param name="Requirement">The requirement that it breaks.</param>
/// <param name="CaughtBy">Scenarios and rules with a finding that names this requirement.</param>
/// <param name="AlsoFailed">Those that saw something else wrong: a warning or worse where the right stack passes.</param>
/// <param name="Errors">Where the harness broke over it, a sentence each: the defect is then not caught, whoever else found it.</param>
/// <param name="Scenarios">How many ran.</param>
/// <param name="DurationMs">Wall-clock milliseconds.</param>
public sealed record DefectProof(
    string Defect,
    string Effect,
    string Requirement,
    ImmutableArray<string> CaughtBy,
    ImmutableArray<string> AlsoFailed,
    ImmutableArray<string> Errors,
    int Scenarios,
    double DurationMs)
{
    /// <summary>The rule that has to be among those that caught it; null where anybody will do.</summary>
    public string? Rule { get; init; }

    [JsonIgnore]
    public bool IsCaught => Errors.IsEmpty && (Rule is null ? !CaughtBy.IsEmpty : CaughtBy.Contains(Rule));
}
