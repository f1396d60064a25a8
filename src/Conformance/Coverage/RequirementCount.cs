using Conformance.Requirements;

namespace Conformance.Coverage;

/// <summary>How many requirements an RFC has, and of what kinds. MUST and SHOULD count their NOTs too.</summary>
/// <param name="WireMustUncovered">MUSTs whose break the wire would show, and that nothing covers.</param>
public sealed record RequirementCount(string Rfc, int All, int Must, int Should, int May, int Wire, int Local, int NotTestable, int Covered, int WireMustUncovered)
{
    /// <param name="rfc">Its name, or "all".</param>
    /// <param name="requirements">What to count.</param>
    /// <param name="covered">Ids of what is covered.</param>
    public static RequirementCount Of(string rfc, IReadOnlyCollection<Requirement> requirements, IReadOnlySet<string> covered) => new(
        rfc,
        requirements.Count,
        requirements.Count(requirement => requirement.IsAbsolute),
        requirements.Count(requirement => requirement.Level.StartsWith("SHOULD", StringComparison.Ordinal)),
        requirements.Count(requirement => requirement.Level == "MAY"),
        requirements.Count(requirement => requirement.Observed == RequirementObservation.Wire),
        requirements.Count(requirement => requirement.Observed == RequirementObservation.Local),
        requirements.Count(requirement => requirement.Observed == RequirementObservation.NotTestable),
        requirements.Count(requirement => covered.Contains(requirement.Id)),
        requirements.Count(requirement => requirement is { IsAbsolute: true, Observed: RequirementObservation.Wire } && !covered.Contains(requirement.Id)));
}
