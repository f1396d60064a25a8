using Conformance.Decoding;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>The fields of the IKE header (RFC 7296 section 3.1).</summary>
internal static class IkeHeaderRules
{
    public static IEnumerable<Rule> All =>
    [
        Rule.Of<IkeSighting>("RULE-IKE-HEADER-001", "The major version is 2", "RFC7296-3.1-4", ike =>
            That(ike.Header.MajorVersion == 2, "major version 2", $"{ike.Header.MajorVersion}")),
        Rule.Of<IkeSighting>("RULE-IKE-HEADER-002", "The minor version is 0", "RFC7296-3.1-7", ike =>
            That(ike.Header.MinorVersion == 0, "minor version 0", $"{ike.Header.MinorVersion}")),
    ];
}
