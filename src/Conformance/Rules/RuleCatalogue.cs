using System.Collections.Immutable;

namespace Conformance.Rules;

/// <summary>All rules.</summary>
public static class RuleCatalogue
{
    /// <summary>By id.</summary>
    public static ImmutableArray<Rule> All { get; } = [.. Topics().OrderBy(rule => rule.Id, StringComparer.Ordinal)];

    /// <exception cref="InvalidOperationException">There is no rule of that id.</exception>
    public static Rule Find(string id) => All.First(rule => rule.Id == id);

    /// <summary>Whether an id is of a rule, not of a scenario.</summary>
    public static bool IsRule(string id) => id.StartsWith("RULE-", StringComparison.Ordinal);

    private static IEnumerable<Rule> Topics() =>
    [
        .. IkeHeaderRules.All, .. IkeExchangeRules.All, .. IkePayloadRules.All, .. IkeNotifyRules.All, .. IkeKeyExchangeRules.All, .. IkeProposalRules.All,
        .. IkeAlgorithmRules.All, .. IkeTrafficSelectorRules.All, .. IkeDeleteRules.All, .. IkeSpiRules.All, .. IkeFragmentRules.All, .. IkeSignatureRules.All,
        .. IkeConfigurationRules.All, .. EspRules.All, .. AhRules.All, .. UdpEncapsulationRules.All, .. IpCompRules.All, .. TunnelHeaderRules.All,
    ];
}
