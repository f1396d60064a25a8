using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Conformance.Rules;

namespace Conformance.Defects;

/// <summary>How good the suites are, measured by the defects that they catch: the whole of prove.json.</summary>
public sealed record DefectProofs
{
    public const int CurrentSchemaVersion = 1;

    public required int SchemaVersion { get; init; }

    public required string HarnessVersion { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>Wall-clock milliseconds.</summary>
    public required double DurationMs { get; init; }

    /// <summary>True for every scenario against every defect; false for those alone that cover the requirement which the defect breaks.</summary>
    public required bool EveryScenario { get; init; }

    /// <summary>How many defects were chosen: more than there are proofs if the user gave up.</summary>
    public required int Planned { get; init; }

    /// <summary>Ordered by the defect's name.</summary>
    public required ImmutableArray<DefectProof> Proofs { get; init; }

    /// <summary>Scenarios that do not pass without a defect, and so prove nothing: id and reason, a sentence each.</summary>
    public required ImmutableArray<string> Unsound { get; init; }

    /// <summary>Scenarios and rules that took part, and that no defect ever failed.</summary>
    public required ImmutableArray<string> NeverFailed { get; init; }

    /// <summary>The rules among <see cref="NeverFailed"/>.</summary>
    [JsonIgnore]
    public IEnumerable<string> RulesNeverFailed => NeverFailed.Where(RuleCatalogue.IsRule);

    /// <summary>The scenarios among <see cref="NeverFailed"/>.</summary>
    [JsonIgnore]
    public IEnumerable<string> ScenariosNeverFailed => NeverFailed.Where(id => !RuleCatalogue.IsRule(id));

    /// <summary>How many scenarios took part.</summary>
    public required int Scenarios { get; init; }

    [JsonIgnore]
    public bool IsIncomplete => Proofs.Length < Planned;

    [JsonIgnore]
    public bool AreAllCaught => !IsIncomplete && Unsound.IsEmpty && Proofs.All(proof => proof.IsCaught);
}
