using System.Collections.Immutable;
using System.IO.Enumeration;
using Conformance.KnownAnswers;
using Conformance.Results;

namespace Conformance.Coverage;

/// <summary>How far one document of the roadmap is covered, all of it counted.</summary>
/// <param name="Count">Of its requirements; null where the catalogue has none of it.</param>
/// <param name="Scenarios">How many scenarios of the run cover one of its requirements, or are about it.</param>
/// <param name="KnownAnswers">How many published vectors prove the algorithms that it defines.</param>
/// <param name="ObsoletedBy">Numbers of RFCs.</param>
/// <param name="UpdatedBy">Numbers of RFCs.</param>
public sealed record DocumentCoverage(
    RoadmapDocument Document, RequirementCount? Count, int Scenarios, int KnownAnswers, ImmutableArray<int> ObsoletedBy, ImmutableArray<int> UpdatedBy)
{
    private static readonly Lazy<ILookup<string, KnownAnswer>> Answers = new(() => BuiltInVectors.Read().ToLookup(answer => answer.Algorithm));

    public bool IsCovered => Scenarios > 0 || KnownAnswers > 0 || !Document.Codec.IsEmpty;

    /// <summary>All documents, in the roadmap's order.</summary>
    public static ImmutableArray<DocumentCoverage> Of(RunResults run)
    {
        var rfcs = CoverageTable.Of(run).Rfcs.ToDictionary(rfc => rfc.Name);
        return
        [
            .. Roadmap.Documents.Select(document => new DocumentCoverage(
                document,
                rfcs.GetValueOrDefault(document.Name)?.Count,
                run.Scenarios.Count(scenario => IsAbout(scenario, document)),
                document.Algorithms.Sum(algorithm => Answers.Value[algorithm].Count()),
                [.. Roadmap.Documents.Where(other => other.Obsoletes.Contains(document.Rfc)).Select(other => other.Rfc).Order()],
                [.. Roadmap.Documents.Where(other => other.Updates.Contains(document.Rfc)).Select(other => other.Rfc).Order()])),
        ];
    }

    private static bool IsAbout(ScenarioRecord scenario, RoadmapDocument document) =>
        scenario.Requirements.Any(requirement => requirement.Id.StartsWith($"{document.Name}-", StringComparison.Ordinal))
        || document.Scenarios.Any(glob => FileSystemName.MatchesSimpleExpression(glob, scenario.Id));
}
