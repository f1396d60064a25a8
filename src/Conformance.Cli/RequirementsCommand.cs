using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Conformance.Coverage;
using Conformance.Requirements;
using Conformance.Rules;

namespace Conformance.Cli;

/// <summary><c>requirements</c>: what the RFCs demand, how a break can be seen, and what no scenario and no rule covers.</summary>
internal static class RequirementsCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static Command Create(Terminal terminal)
    {
        var rfcs = new Option<string[]>("--rfc") { HelpName = "RFC", Description = "Only requirements of this RFC (7296 or RFC7296). Repeatable." };
        var levels = new Option<string[]>("--level") { HelpName = "LEVEL", Description = "Only requirements of this level: MUST, MUST-NOT, SHOULD, SHOULD-NOT, MAY. Repeatable." };
        var observed = new Option<string[]>("--observed") { HelpName = "WHERE", Description = "Only requirements whose break can be seen there: wire, local, not-testable. Repeatable." };
        var uncovered = new Option<bool>("--uncovered") { Description = "Only requirements that no scenario and no rule covers." };
        var asJson = new Option<bool>("--json") { Description = "Print one JSON object, with the requirements and the counts per RFC." };
        var verify = new Option<string>("--verify") { HelpName = "FOLDER", Description = "Compare with the RFCs as published, rfcNNNN.txt in this folder: ids, levels and hashes of the normative sentences." };
        levels.CompletionSources.Add(ScenarioOptions.LevelWords);
        observed.CompletionSources.Add(RequirementCatalogue.Observations.Keys.ToArray());
        var command = new DocumentedCommand("requirements", "Lists what the RFCs demand, in our words, and counts per RFC where a break can be seen and what scenarios and rules cover.", $"""
            Examples:
              {CommandLine.Name} requirements --rfc 4303 --level MUST --observed wire
              {CommandLine.Name} requirements --uncovered --json
              {CommandLine.Name} requirements --verify rfcs/

            Exit code 1: with --verify, the requirements and the RFCs differ.
            """);
        foreach (var option in new Option[] { rfcs, levels, observed, uncovered, asJson, verify })
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            ScenarioOptions.RefuseUnknownRfcs(parsed.GetValue(rfcs) ?? []);
            var ofRfcs = OfRfcs(parsed.GetValue(rfcs) ?? []);
            if (parsed.GetValue(verify) is { } folder)
                return Verify(ofRfcs, folder, terminal.Out);
            var covered = ScenarioOptions.Catalogue().Scenarios.SelectMany(scenario => scenario.Covers).Select(requirement => requirement.Id)
                .Concat(RuleCatalogue.All.SelectMany(rule => rule.Covers)).ToHashSet();
            string[] ofLevels = [.. (parsed.GetValue(levels) ?? []).Select(ScenarioOptions.Level)];
            RequirementObservation[] observations = [.. (parsed.GetValue(observed) ?? []).Select(Observation)];
            ImmutableArray<Requirement> chosen =
            [
                .. ofRfcs.Where(requirement => ofLevels.Length == 0 || ofLevels.Contains(requirement.Level))
                    .Where(requirement => observations.Length == 0 || (requirement.Observed is { } where && observations.Contains(where)))
                    .Where(requirement => !parsed.GetValue(uncovered) || !covered.Contains(requirement.Id)),
            ];
            if (chosen.IsEmpty)
                throw CommandFailure.NothingSelected("Nothing is selected: no requirement satisfies all of --rfc, --level, --observed and --uncovered.");
            if (parsed.GetValue(asJson))
                terminal.Out.WriteLine(JsonSerializer.Serialize(Document(chosen, covered), Json));
            else
                Write(chosen, covered, terminal.Out);
            return ExitCode.AsExpected;
        });
        return command;
    }

    private static ImmutableArray<Requirement> OfRfcs(string[] rfcs) =>
    [
        .. RequirementCatalogue.Instance.All.Where(requirement =>
            rfcs.Length == 0 || rfcs.Contains(requirement.Rfc, StringComparer.OrdinalIgnoreCase) || rfcs.Contains(requirement.Rfc[3..])),
    ];

    private static RequirementObservation Observation(string word) => RequirementCatalogue.Observations.TryGetValue(word.ToLowerInvariant(), out var observation)
        ? observation
        : throw CommandFailure.Usage($"Nothing is observed '{word}'; there are: {string.Join(", ", RequirementCatalogue.Observations.Keys.Order(StringComparer.Ordinal))}.");

    private static int Verify(ImmutableArray<Requirement> requirements, string folder, TextWriter output)
    {
        if (!Directory.Exists(folder))
            throw CommandFailure.Usage($"There is no folder {Path.GetFullPath(folder)}.");
        var isSame = true;
        foreach (var rfc in requirements.GroupBy(requirement => requirement.Rfc))
        {
            var file = Path.Combine(folder, $"{rfc.Key.ToLowerInvariant()}.txt");
            if (!File.Exists(file))
                throw CommandFailure.Usage($"There is no file {Path.GetFullPath(file)}; `--rfc` chooses what is compared.");
            var sentences = NormativeSentence.Extract(rfc.Key, File.ReadAllText(file));
            var differences = RequirementVerification.Compare([.. rfc], sentences);
            isSame &= differences.Count == 0;
            foreach (var difference in differences)
                output.WriteLine(difference);
            output.WriteLine($"{rfc.Key}: {sentences.Count} normative sentences, {rfc.Count()} requirements, {(differences.Count == 0 ? "all the same" : $"{differences.Count} differences")}");
        }
        return isSame ? ExitCode.AsExpected : ExitCode.UnexpectedVerdicts;
    }

    private static void Write(ImmutableArray<Requirement> requirements, HashSet<string> covered, TextWriter output)
    {
        var idWidth = requirements.Max(requirement => requirement.Id.Length);
        foreach (var requirement in requirements)
        {
            var why = requirement.Why is null ? "" : $" ({requirement.Why})";
            output.WriteLine(
                $"{requirement.Id.PadRight(idWidth)}  {requirement.Level,-10}  {Word(requirement.Role?.ToString().ToLowerInvariant()),-13}  {Word(Where(requirement)),-12}  "
                + $"{(covered.Contains(requirement.Id) ? "covered" : "-"),-7}  {requirement.Paraphrase}{why}");
        }
        output.WriteLine();
        output.WriteLine($"{"",-8}  {"all",5}  {"MUST",5}  {"SHOULD",6}  {"MAY",5}  {"wire",5}  {"local",5}  {"not testable",12}  {"covered",7}  {"wire MUSTs uncovered",20}");
        var counts = Counts(requirements, covered);
        foreach (var count in counts)
        {
            output.WriteLine(
                $"{count.Rfc,-8}  {count.All,5}  {count.Must,5}  {count.Should,6}  {count.May,5}  {count.Wire,5}  {count.Local,5}  {count.NotTestable,12}  {count.Covered,7}  {count.WireMustUncovered,20}");
        }
    }

    private static string Word(string? word) => word ?? "-";

    private static string? Where(Requirement requirement) =>
        requirement.Observed is { } observed ? RequirementCatalogue.Observations.First(word => word.Value == observed).Key : null;

    private static object Document(ImmutableArray<Requirement> requirements, HashSet<string> covered) => new
    {
        Requirements = requirements.Select(requirement => new
        {
            requirement.Id,
            requirement.Level,
            Role = requirement.Role?.ToString().ToLowerInvariant(),
            Observed = Where(requirement),
            requirement.Why,
            Covered = covered.Contains(requirement.Id),
            requirement.Paraphrase,
            requirement.Sha8,
        }),
        Rfcs = Counts(requirements, covered),
    };

    private static ImmutableArray<RequirementCount> Counts(ImmutableArray<Requirement> requirements, HashSet<string> covered)
    {
        var perRfc = requirements.GroupBy(requirement => requirement.Rfc).Select(rfc => RequirementCount.Of(rfc.Key, [.. rfc], covered));
        return [.. perRfc, RequirementCount.Of("all", requirements, covered)];
    }
}
