using System.Collections.Immutable;
using Conformance.Requirements;
using Conformance.Results;

namespace Conformance.Coverage;

/// <summary>Every requirement of the catalogue, who covers it, and what came of it. A pure function of the catalogue and a run.</summary>
/// <param name="Implementations">Short names.</param>
/// <param name="Rfcs">By number.</param>
public sealed record CoverageTable(ImmutableArray<string> Implementations, ImmutableArray<RfcCoverage> Rfcs)
{
    /// <summary>What a run covers.</summary>
    public static CoverageTable Of(RunResults run) => Of([.. Coverer.Of(run)], [.. run.Implementations.Select(implementation => implementation.Name)], run.Results);

    /// <summary>What could be covered, without verdicts.</summary>
    public static CoverageTable Of(IReadOnlyCollection<Coverer> coverers) => Of(coverers, [], []);

    private static CoverageTable Of(IReadOnlyCollection<Coverer> coverers, ImmutableArray<string> implementations, IReadOnlyCollection<ScenarioResult> results)
    {
        var coveredBy = coverers.SelectMany(coverer => coverer.Covers.Select(id => (Requirement: id, coverer.Id))).ToLookup(entry => entry.Requirement, entry => entry.Id);
        var byRule = results.SelectMany(result => result.Rules.Select(count => (result.Implementation, Count: count)))
            .ToLookup(entry => (entry.Count.Rule, entry.Implementation), entry => entry.Count);
        var byPair = results.ToDictionary(result => (result.Scenario, result.Implementation));
        return new(implementations,
        [
            .. RequirementCatalogue.Instance.All
                .GroupBy(requirement => requirement.Rfc)
                .OrderBy(rfc => rfc.Key.Length).ThenBy(rfc => rfc.Key, StringComparer.Ordinal)
                .Select(rfc => new RfcCoverage(rfc.Key, [.. rfc.Order(RequirementOrder.Instance).Select(Coverage)])),
        ]);

        RequirementCoverage Coverage(Requirement requirement)
        {
            ImmutableArray<string> ids = [.. coveredBy[requirement.Id].Distinct().Order(StringComparer.Ordinal)];
            return new(requirement, ids, [.. implementations.Select(implementation => What(requirement, ids, implementation))]);
        }

        Verdict? What(Requirement requirement, ImmutableArray<string> ids, string implementation) => Worst(
            ids.Select(id => byPair.GetValueOrDefault((id, implementation))).OfType<ScenarioResult>().Select(result => OfScenario(requirement.Id, result))
                .Concat(ids.SelectMany(id => byRule[(id, implementation)]).Select(count => OfRule(requirement, count))));
    }

    /// <summary>
    /// What a scenario says of one requirement. One that found it broken says so by name; one that ended on another requirement's failure may not have come as
    /// far as this one, and says nothing.
    /// </summary>
    private static Verdict OfScenario(string requirement, ScenarioResult result) =>
        result.Findings.Where(finding => finding.Requirement == requirement).Select(finding => (Verdict?)finding.Verdict).Max() ?? result.Verdict switch
        {
            Verdict.Warning => Verdict.Pass,
            Verdict.Fail or Verdict.Error => Verdict.Inconclusive,
            var other => other,
        };

    /// <summary>What a rule saw in one scenario's capture.</summary>
    private static Verdict OfRule(Requirement requirement, RuleCount count) =>
        count.Broken == 0 ? Verdict.Pass : requirement.IsAbsolute ? Verdict.Fail : Verdict.Warning;

    /// <summary>Seen broken once is broken; else seen kept once is kept; else whatever kept it from being seen. Null if nobody says anything.</summary>
    private static Verdict? Worst(IEnumerable<Verdict> verdicts) => verdicts.Select(verdict => (Verdict?)verdict).MaxBy(verdict => Weight(verdict!.Value));

    private static int Weight(Verdict verdict) => verdict switch
    {
        Verdict.Fail => 6,
        Verdict.Warning => 5,
        Verdict.Pass => 4,
        Verdict.Error or Verdict.Inconclusive => 3,
        Verdict.Unsupported => 2,
        _ => 1,
    };
}

/// <param name="Name"><c>RFC7296</c>.</param>
/// <param name="Requirements">In the RFC's order.</param>
public sealed record RfcCoverage(string Name, ImmutableArray<RequirementCoverage> Requirements)
{
    public RequirementCount Count => RequirementCount.Of(Name, [.. Requirements.Select(one => one.Requirement)], Covered);

    /// <summary>Ids of what is covered.</summary>
    public IReadOnlySet<string> Covered => Requirements.Where(one => one.IsCovered).Select(one => one.Requirement.Id).ToHashSet();
}
