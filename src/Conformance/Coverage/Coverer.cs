using System.Collections.Immutable;
using Conformance.Results;

namespace Conformance.Coverage;

/// <summary>Something that covers requirements: a scenario, or a rule.</summary>
/// <param name="Covers">Requirement ids.</param>
public sealed record Coverer(string Id, string Title, ImmutableArray<string> Covers)
{
    /// <summary>Everything that a run's file knows of.</summary>
    public static IEnumerable<Coverer> Of(RunResults run) =>
        run.Scenarios.Select(scenario => new Coverer(scenario.Id, scenario.Title, [.. scenario.Requirements.Select(requirement => requirement.Id)]))
            .Concat(run.Rules.Select(rule => new Coverer(rule.Id, rule.Title, [.. rule.Requirements.Select(requirement => requirement.Id)])));
}
