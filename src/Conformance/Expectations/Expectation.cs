using Conformance.Results;

namespace Conformance.Expectations;

/// <summary>A verdict that is known to come, and why. What actually comes is compared with it: both a worse and a better verdict are news.</summary>
/// <param name="Implementation">Short name of whom it is about.</param>
/// <param name="Scenarios">Id glob.</param>
/// <param name="Reason">Why, for a reader who has the packet before them.</param>
/// <param name="Expires">Last day on which it counts; null for no end.</param>
/// <param name="Place">File and line.</param>
public sealed record Expectation(string Implementation, string Scenarios, Verdict Verdict, string Reason, string? Link, DateOnly? Expires, string Place)
{
    /// <summary>
    /// Where this is about a rule: that it may be broken in any of the scenarios, with the rule's own verdict. Nothing has to come of it: whether a packet
    /// exercises the rule can depend on how busy the machine is. Null for an expectation about the scenarios' verdict.
    /// </summary>
    public string? Rule { get; init; }
}
