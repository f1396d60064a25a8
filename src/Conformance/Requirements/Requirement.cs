namespace Conformance.Requirements;

/// <summary>One normative statement of an RFC.</summary>
/// <param name="Id">RFC, section and ordinal of the normative sentence in the section: <c>RFC7296-2.1-6</c>.</param>
/// <param name="Level">MUST, MUST NOT, SHOULD, SHOULD NOT or MAY.</param>
/// <param name="Paraphrase">In our own words.</param>
/// <param name="Sha8">First 8 hex digits of the hash of the source sentence, to verify the mapping by.</param>
/// <param name="Role">Whom it binds; null while nobody has said.</param>
/// <param name="Observed">How a break can be seen; null while nobody has said.</param>
/// <param name="Why">Why the wire can't show it; null if it can.</param>
public sealed record Requirement(
    string Id, string Level, string Paraphrase, string Sha8, RequirementRole? Role = null, RequirementObservation? Observed = null, string? Why = null)
{
    /// <summary>Whether breaking it is a failure rather than a warning.</summary>
    public bool IsAbsolute => Level is "MUST" or "MUST NOT";

    /// <summary><c>RFC7296</c>.</summary>
    public string Rfc => Id[..Id.IndexOf('-')];

    /// <summary><c>2.1</c>.</summary>
    public string Section => Id[(Id.IndexOf('-') + 1)..Id.LastIndexOf('-')];
}
