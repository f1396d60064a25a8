using System.Collections.Immutable;
using System.IO.Enumeration;
using Conformance.Scenarios;

namespace Conformance.Runs;

/// <summary>Chooses scenarios; what is empty chooses all. Several values of one kind: any of them; several kinds: all of them.</summary>
public sealed record ScenarioFilter
{
    /// <summary>Id globs, <c>IKEV2-*-00?</c>.</summary>
    public ImmutableArray<string> Ids { get; init; } = [];

    /// <summary>Globs of ids that are not chosen.</summary>
    public ImmutableArray<string> Without { get; init; } = [];

    public ImmutableArray<string> Suites { get; init; } = [];

    /// <summary>RFCs of covered requirements: <c>RFC7296</c>, or the number alone.</summary>
    public ImmutableArray<string> Rfcs { get; init; } = [];

    /// <summary>Levels of covered requirements: MUST, SHOULD …</summary>
    public ImmutableArray<string> Levels { get; init; } = [];

    public bool Matches(ScenarioDescriptor scenario) =>
        (Ids.IsEmpty || Ids.Any(glob => FileSystemName.MatchesSimpleExpression(glob, scenario.Id)))
        && !Without.Any(glob => FileSystemName.MatchesSimpleExpression(glob, scenario.Id))
        && (Suites.IsEmpty || Suites.Contains(scenario.Suite, StringComparer.OrdinalIgnoreCase))
        && (Rfcs.IsEmpty || scenario.Covers.Any(requirement => Rfcs.Any(rfc => requirement.Rfc.Equals(Normalise(rfc), StringComparison.OrdinalIgnoreCase))))
        && (Levels.IsEmpty || scenario.Covers.Any(requirement => Levels.Contains(requirement.Level, StringComparer.OrdinalIgnoreCase)));

    private static string Normalise(string rfc) => rfc.StartsWith("RFC", StringComparison.OrdinalIgnoreCase) ? rfc : $"RFC{rfc}";
}
