using System.Collections.Immutable;
using Ipsec.Crypto;

namespace Conformance.KnownAnswers;

/// <summary>A vector whose figures were not met.</summary>
public sealed record FailedAnswer(KnownAnswer Answer, string Reason);

/// <summary>One algorithm by one source.</summary>
public sealed record KnownAnswerTally(string Algorithm, string Source, int Count, ImmutableArray<FailedAnswer> Failed)
{
    public int Passed => Count - Failed.Length;
}

/// <summary>What became of a set of vectors.</summary>
/// <param name="Tallies">By algorithm in the registry's order, then by source.</param>
/// <param name="Unproven">Algorithms of the registry that no passing vector of the set is about.</param>
public sealed record KnownAnswerResults(ImmutableArray<KnownAnswerTally> Tallies, ImmutableArray<string> Unproven)
{
    public int Count => Tallies.Sum(tally => tally.Count);

    public int Passed => Tallies.Sum(tally => tally.Passed);

    public IEnumerable<FailedAnswer> Failed => Tallies.SelectMany(tally => tally.Failed);
}

/// <summary>Runs vectors on all cores.</summary>
public static class KnownAnswerRun
{
    /// <summary>Names of every algorithm of the registry, in its order.</summary>
    public static ImmutableArray<string> Registry { get; } =
    [
        .. Algorithms.AllEncryption.Select(algorithm => algorithm.Name),
        .. Algorithms.AllIntegrity.Select(algorithm => algorithm.Name),
        .. Algorithms.AllPrf.Select(algorithm => algorithm.Name),
        .. Algorithms.AllKeyExchange.Select(method => method.Name),
        .. Algorithms.AllSignatures.Select(signature => signature.Name),
    ];

    public static KnownAnswerResults Run(IReadOnlyCollection<KnownAnswer> answers, CancellationToken cancellation = default)
    {
        var judged = answers.AsParallel().AsOrdered().WithCancellation(cancellation)
            .Select(answer => (Answer: answer, Reason: KnownAnswerChecks.Failure(answer)))
            .ToList();
        var tallies = judged
            .GroupBy(one => (one.Answer.Algorithm, one.Answer.Source))
            .Select(group => new KnownAnswerTally(
                group.Key.Algorithm, group.Key.Source, group.Count(),
                [.. group.Where(one => one.Reason is not null).Select(one => new FailedAnswer(one.Answer, one.Reason!))]))
            .OrderBy(tally => Registry.IndexOf(tally.Algorithm) is var place and >= 0 ? place : int.MaxValue)
            .ThenBy(tally => tally.Algorithm, StringComparer.Ordinal).ThenBy(tally => tally.Source, StringComparer.Ordinal)
            .ToImmutableArray();
        // A name that is read, or a value that is refused, is no computation.
        var proven = judged.Where(one => one.Reason is null && one.Answer.IsValid && one.Answer.Kind != KnownAnswerKind.Identifier).Select(one => one.Answer.Algorithm).ToHashSet();
        return new(tallies, [.. Registry.Where(name => !proven.Contains(name))]);
    }
}
