using System.Collections.Immutable;
using Conformance.Decoding;
using Conformance.Requirements;
using Conformance.Results;
using Conformance.Scenarios;

namespace Conformance.Rules;

/// <summary>A passive check that every captured packet or exchange has to satisfy. It knows nothing but what is in the capture and what the keys open.</summary>
public sealed class Rule
{
    private readonly Func<Sighting, Judgement> _judge;
    private readonly Type _subject;

    private Rule(string id, string title, string covers, Type subject, Func<Sighting, Judgement> judge)
    {
        (Id, Title, Covers, _subject, _judge) = (id, title, [.. covers.Split(' ')], subject, judge);
        Requirements = [.. Covers.Select(requirement =>
            RequirementCatalogue.Instance.Find(requirement) ?? throw new CatalogueException($"{id} covers {requirement}, which no RFC's catalogue has"))];
        if (Requirements.FirstOrDefault(requirement => requirement.Level == "MAY") is { } permission)
            throw new CatalogueException($"{id} covers {permission.Id}, a permission that nothing can break");
    }

    /// <summary>Permanent: <c>RULE-IKE-HEADER-003</c>.</summary>
    public string Id { get; }

    /// <summary>What has to hold, one sentence without full stop.</summary>
    public string Title { get; }

    /// <summary>Ids of the requirements that the rule checks; the first one is what a break is told as.</summary>
    public ImmutableArray<string> Covers { get; }

    /// <summary>The requirements of <see cref="Covers"/>.</summary>
    public ImmutableArray<Requirement> Requirements { get; }

    /// <summary>What a break means: fail where a MUST is among the requirements, else warning.</summary>
    public Verdict Verdict => Requirements.Any(requirement => requirement.IsAbsolute) ? Verdict.Fail : Verdict.Warning;

    /// <param name="covers">Requirement ids between spaces.</param>
    /// <exception cref="CatalogueException">A requirement is unknown, or is none that can be broken.</exception>
    internal static Rule Of<T>(string id, string title, string covers, Func<T, Judgement> judge) where T : Sighting =>
        new(id, title, covers, typeof(T), sighting => judge((T)sighting));

    /// <summary>A rule that has nothing to say, to see whether its requirements are taken.</summary>
    /// <exception cref="CatalogueException">A requirement is unknown, or is none that can be broken.</exception>
    public static Rule Unjudged(string id, string title, string covers) => new(id, title, covers, typeof(Sighting), _ => Judgement.NotExercised);

    internal Judgement Judge(Sighting sighting) => sighting.GetType() == _subject ? _judge(sighting) : Judgement.NotExercised;
}
