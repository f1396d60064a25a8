using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Conformance.Results;

/// <summary>The whole of results.json: the single source of every report. Times are UTC.</summary>
public sealed record RunResults
{
    public const int CurrentSchemaVersion = 1;

    public required int SchemaVersion { get; init; }
    /// <summary>Names the run's folder: sortable UTC time and a few random hex digits.</summary>
    public required string RunId { get; init; }
    public required DateTimeOffset Started { get; init; }
    public required DateTimeOffset Finished { get; init; }
    /// <summary>True when the run was cut short (Ctrl-C, a dead engine): what is here is what was gained.</summary>
    public bool Incomplete { get; init; }
    public required string HarnessVersion { get; init; }
    /// <summary>The command line, without the program's path.</summary>
    public required string Command { get; init; }
    public required ulong Seed { get; init; }
    public required string Machine { get; init; }
    public required ImmutableArray<ImplementationRecord> Implementations { get; init; }
    public required ImmutableArray<ScenarioRecord> Scenarios { get; init; }
    public required ImmutableArray<ScenarioResult> Results { get; init; }
    /// <summary>What the plan left out and why, one sentence each ("live peers: no root").</summary>
    public ImmutableArray<string> LeftOut { get; init; } = [];
    /// <summary>The rules that every capture was put to, whether or not one was exercised; empty in files from before there were rules.</summary>
    public ImmutableArray<RuleRecord> Rules { get; init; } = [];
}

/// <summary>A rule of the catalogue.</summary>
/// <param name="Id">Such as <c>RULE-IKE-HEADER-003</c>.</param>
public sealed record RuleRecord(string Id, string Title, ImmutableArray<RequirementRecord> Requirements);

/// <summary>How often a rule held and was broken in one scenario.</summary>
public sealed record RuleCount(string Rule, int Held, int Broken);

/// <param name="Name">Short name, the key that results refer to.</param>
public sealed record ImplementationRecord(string Name, string Product, string DataPlane, bool Live);

/// <summary>A scenario of the catalogue, whether or not it has results.</summary>
/// <param name="File">Where it is written, relative to the repository; null where that is not known.</param>
/// <param name="Line">Line from 1.</param>
public sealed record ScenarioRecord(
    string Id, string Title, string Suite, ImmutableArray<RequirementRecord> Requirements, string Source, string? File = null, int? Line = null);

/// <param name="Id">Such as <c>RFC7296-2.1-6</c>.</param>
/// <param name="Level">MUST, MUST NOT, SHOULD, SHOULD NOT, MAY.</param>
/// <param name="Paraphrase">The requirement in our own words.</param>
public sealed record RequirementRecord(string Id, string Level, string Paraphrase);

/// <summary>One scenario against one implementation.</summary>
public sealed record ScenarioResult
{
    public required string Scenario { get; init; }
    public required string Implementation { get; init; }
    public required Verdict Verdict { get; init; }
    /// <summary>One sentence; empty for a pass.</summary>
    public string Reason { get; init; } = "";
    public required DateTimeOffset Started { get; init; }
    /// <summary>Wall-clock milliseconds that it took.</summary>
    public required double DurationMs { get; init; }
    public ImmutableArray<StepRecord> Steps { get; init; } = [];
    public ImmutableArray<FindingRecord> Findings { get; init; } = [];
    /// <summary>The rules that what the implementation sent exercised. A broken one is among the findings too.</summary>
    public ImmutableArray<RuleCount> Rules { get; init; } = [];
    public EvidenceRecord Evidence { get; init; } = new();

    /// <summary>
    /// The other attempts, in order, where it was repeated: none of them was as expected. This result is the attempt that was, or else the one that says most
    /// against the implementation: repeating softens nothing.
    /// </summary>
    public ImmutableArray<AttemptRecord> OtherAttempts { get; init; } = [];

    /// <summary>The verdict that was known to come, where one was written down; null where nothing out of the ordinary was expected.</summary>
    public ExpectedRecord? Expected { get; init; }

    /// <summary>
    /// Whether the gate lets it pass: the verdict that was written down, or else pass, warning, unsupported or skipped. An unexpected pass does not.
    /// </summary>
    [JsonIgnore]
    public bool IsAsExpected => Expected is null
        ? Verdict is Verdict.Pass or Verdict.Warning or Verdict.Unsupported or Verdict.Skipped
        : Verdict == Expected.Verdict;
}

/// <summary>One attempt that was not as expected.</summary>
public sealed record AttemptRecord(
    Verdict Verdict, string Reason, DateTimeOffset Started, double DurationMs, ImmutableArray<FindingRecord> Findings, EvidenceRecord Evidence);

/// <param name="Reason">Why this verdict was known to come.</param>
/// <param name="Link">Where it is being discussed; null for nowhere.</param>
public sealed record ExpectedRecord(Verdict Verdict, string Reason, string? Link = null);

public enum StepKind
{
    /// <summary>A message from <c>From</c> to <c>To</c>: an arrow of the ladder.</summary>
    Message,
    /// <summary>The script asked the implementation for something.</summary>
    Command,
    /// <summary>An expectation, with its outcome.</summary>
    Check,
    Note,
}

/// <param name="TimeMs">Milliseconds since the scenario began, on its network's clock.</param>
/// <param name="From">Ladder lane ("tester", "iut", "stack"); empty for steps that are no message.</param>
/// <param name="Summary">One line: "IKE_SA_INIT request, SA KE Nonce N(NAT_DETECTION_SOURCE_IP)".</param>
/// <param name="Detail">Decoded message or longer text; may be empty, may have lines.</param>
/// <param name="Ok">False for a check that did not hold.</param>
/// <param name="Frames">Frame numbers (from 1) in the scenario's capture that this step is about.</param>
public sealed record StepRecord(double TimeMs, StepKind Kind, string From, string To, string Summary, string Detail, bool Ok, ImmutableArray<int> Frames);

/// <summary>One broken expectation.</summary>
/// <param name="Requirement">Requirement id, or empty if the expectation stands for none.</param>
/// <param name="Expected">What was allowed.</param>
/// <param name="Actual">What came.</param>
/// <param name="Fields">The fields that differ.</param>
public sealed record FindingRecord(string Requirement, Verdict Verdict, string Expected, string Actual, ImmutableArray<FieldDifference> Fields)
{
    /// <summary>Id of the rule that found it; null where the scenario did.</summary>
    public string? Rule { get; init; }
}

public sealed record FieldDifference(string Field, string Expected, string Actual);

/// <summary>Paths relative to the folder of results.json; null where there is none.</summary>
public sealed record EvidenceRecord
{
    public string? Capture { get; init; }
    /// <summary>Wireshark's <c>ikev2_decryption_table</c>.</summary>
    public string? IkeKeys { get; init; }
    /// <summary>Wireshark's <c>esp_sa</c>.</summary>
    public string? EspKeys { get; init; }
    public string? PeerLog { get; init; }
    public string? PeerConfiguration { get; init; }
    /// <summary>The command that runs this scenario against this implementation again.</summary>
    public string? Replay { get; init; }

    /// <summary>The files that there are, with their names for people.</summary>
    [JsonIgnore]
    public IEnumerable<(string Name, string Path)> Files =>
        new (string Name, string? Path)[]
        {
            ("Capture", Capture), ("IKEv2 keys", IkeKeys), ("ESP keys", EspKeys), ("Peer's log", PeerLog), ("Peer's configuration", PeerConfiguration),
        }
        .Where(file => file.Path is not null).Select(file => (file.Name, file.Path!));
}
