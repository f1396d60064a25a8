using System.Collections.Immutable;

namespace Conformance.Rules;

/// <summary>All rules.</summary>
public static class RuleCatalogue
{
    /// <summary>By id.</summary>
    public static ImmutableArray<Rule> All { get; } = [.. Topics().OrderBy(rule => rule.Id, StringComparer.Ordinal)];

    private static IEnumerable<Rule> Topics() => [.. IkeHeaderRules.All, .. IkeExchangeRules.All, .. IkePayloadRules.All];
}
