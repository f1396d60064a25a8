using System.Collections.Immutable;
using Conformance.Requirements;
using Conformance.Results;

namespace Conformance.Coverage;

/// <summary>One requirement: who covers it, and what came of it.</summary>
/// <param name="CoveredBy">Ids of scenarios and rules.</param>
/// <param name="Verdicts">By implementation, in the order of <see cref="CoverageTable.Implementations"/>; null where nothing that covers it has a result.</param>
public sealed record RequirementCoverage(Requirement Requirement, ImmutableArray<string> CoveredBy, ImmutableArray<Verdict?> Verdicts)
{
    public bool IsCovered => !CoveredBy.IsEmpty;

    /// <summary>A MUST whose break the wire would show, and that nothing looks for.</summary>
    public bool IsGap => !IsCovered && Requirement is { IsAbsolute: true, Observed: RequirementObservation.Wire };
}
