using System.Collections.Immutable;

namespace Conformance.Coverage;

/// <summary>The groups of RFC 6071.</summary>
public enum RoadmapGroup
{
    Architecture,
    Esp,
    Ah,
    Algorithms,
    KeyManagement,
    Extensions,
}

/// <summary>One document of the roadmap.</summary>
/// <param name="Rfc">Its number.</param>
/// <param name="Status">Such as "standards track", in lower case.</param>
/// <param name="Obsoletes">Numbers of RFCs.</param>
/// <param name="Updates">Numbers of RFCs.</param>
/// <param name="Algorithms">Those that it defines, by their names in the registry.</param>
/// <param name="Codec">Types of Ipsec.Packets that read and write it.</param>
/// <param name="Scenarios">Id globs of scenarios that are about it, besides those that cover its requirements.</param>
public sealed record RoadmapDocument(
    int Rfc,
    RoadmapGroup Group,
    string Title,
    string Status,
    int Year,
    ImmutableArray<int> Obsoletes,
    ImmutableArray<int> Updates,
    ImmutableArray<string> Algorithms,
    ImmutableArray<string> Codec,
    ImmutableArray<string> Scenarios)
{
    public string Name => $"RFC{Rfc}";
}
