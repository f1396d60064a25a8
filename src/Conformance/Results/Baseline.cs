using System.Collections.Immutable;
using System.Text.Json;

namespace Conformance.Results;

/// <summary>The verdicts that were once accepted: a run is compared with them, and only what is worse stops it.</summary>
/// <param name="Verdicts">By implementation and scenario.</param>
public sealed record Baseline(ImmutableSortedDictionary<(string Implementation, string Scenario), Verdict> Verdicts)
{
    private const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static Baseline Empty { get; } = new(ImmutableSortedDictionary.Create<(string, string), Verdict>(Comparer<(string Implementation, string Scenario)>.Create((left, right) =>
        string.CompareOrdinal(left.Implementation, right.Implementation) is not 0 and var order ? order : string.CompareOrdinal(left.Scenario, right.Scenario))));

    /// <summary>The verdicts of a run.</summary>
    public static Baseline Of(RunResults run) => Empty.With(run.Results);

    /// <summary>With the verdicts of a run in the place of older ones; what the run did not judge, or the harness broke over, stays.</summary>
    public Baseline With(RunResults run) => With(run.Results.Where(result => result.Verdict != Verdict.Error));

    /// <summary>Reads a baseline, or the results.json of a run for one.</summary>
    /// <exception cref="ResultsFileException">It can't be read, or is neither.</exception>
    public static Baseline Read(string path)
    {
        byte[] octets;
        try
        {
            octets = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ResultsFileException(path, line: null, $"Cannot read {path}: {e.Message}", e);
        }
        return IsBaseline(octets) ? Parse(octets, path) : Of(ResultsFile.Parse(octets, path));
    }

    /// <summary>The text of a baseline: small, and a line for each verdict, so that a review shows what changed.</summary>
    public string Write() => JsonSerializer.Serialize(
        new Document(CurrentVersion, Verdicts.GroupBy(entry => entry.Key.Implementation).ToDictionary(
            implementation => implementation.Key, implementation => implementation.ToDictionary(entry => entry.Key.Scenario, entry => entry.Value.Word))), Options) + "\n";

    private Baseline With(IEnumerable<ScenarioResult> results) =>
        new(Verdicts.SetItems(results.Select(result => KeyValuePair.Create((result.Implementation, result.Scenario), result.Verdict))));

    private static bool IsBaseline(ReadOnlySpan<byte> octets) => octets.IndexOf("\"baselineVersion\""u8) >= 0 && octets.IndexOf("\"schemaVersion\""u8) < 0;

    private static Baseline Parse(byte[] octets, string path)
    {
        try
        {
            var document = JsonSerializer.Deserialize<Document>(octets, Options);
            if (document?.BaselineVersion != CurrentVersion)
                throw new ResultsFileException(path, line: null, $"{path}: baseline version {document?.BaselineVersion} is not known to this build, which reads version {CurrentVersion}.");
            return new(Empty.Verdicts.SetItems(document.Verdicts.SelectMany(implementation => implementation.Value.Select(entry =>
                KeyValuePair.Create((implementation.Key, entry.Key), Known(entry.Value, path))))));
        }
        catch (JsonException e)
        {
            throw new ResultsFileException(path, e.LineNumber + 1, $"{path}, line {e.LineNumber + 1}: not a baseline of this harness: {e.Message}", e);
        }
    }

    private static Verdict Known(string word, string path) => Results.Verdicts.All.Where(verdict => verdict.Word == word).ToList() is [var known]
        ? known
        : throw new ResultsFileException(path, line: null, $"{path}: '{word}' is no verdict.");

    private sealed record Document(int BaselineVersion, Dictionary<string, Dictionary<string, string>> Verdicts);
}
