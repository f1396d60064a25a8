using Conformance.Decoding;

namespace Conformance.Tests.Rules;

/// <summary>A capture that a rule holds in, and one that breaks it.</summary>
/// <param name="Held">Empty where nothing can both exercise the rule and satisfy it without a whole stack.</param>
internal sealed record RuleCase(string Id, CaptureFrame[] Held, CaptureFrame[] Broken)
{
    public override string ToString() => Id;
}
