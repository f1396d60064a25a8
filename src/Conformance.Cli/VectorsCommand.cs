using System.Collections.Immutable;
using System.CommandLine;
using System.IO.Enumeration;
using System.Text.Encodings.Web;
using System.Text.Json;
using Conformance.KnownAnswers;
using Conformance.KnownAnswers.Published;

namespace Conformance.Cli;

/// <summary><c>vectors</c>: runs known answers.</summary>
internal static class VectorsCommand
{
    private const int FailuresShown = 10;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(Terminal terminal)
    {
        var from = new Option<string>("--from") { HelpName = "DIR", Description = "Run the Wycheproof, ACVP and CAVS files under this folder instead of the built-in vectors." };
        var algorithms = new Option<string[]>("--algorithm") { HelpName = "NAME", Description = "Only algorithms of this name; * and ? stand for any text and any character. Repeatable." };
        var asJson = new Option<bool>("--json") { Description = "Print one JSON object, with every failed and skipped case." };
        algorithms.CompletionSources.Add(KnownAnswerRun.Registry.ToArray());
        var command = new DocumentedCommand("vectors", "Proves the algorithms by published vectors: per algorithm and source the count, and which algorithm none proves.", $"""
            Examples:
              {CommandLine.Name} vectors
              {CommandLine.Name} vectors --algorithm 'ENCR_AES_*' --json
              {CommandLine.Name} vectors --from wycheproof/testvectors_v1

            Exit code 1: a vector failed or, with all of the built-in ones, an algorithm is not proven.
            """);
        command.Options.Add(from);
        command.Options.Add(algorithms);
        command.Options.Add(asJson);
        command.SetAction((parsed, cancellation) =>
        {
            var files = parsed.GetValue(from) is { } folder ? ReadFolder(folder) : [];
            var all = files.IsEmpty ? BuiltInVectors.Read() : [.. files.SelectMany(file => file.Answers)];
            var globs = parsed.GetValue(algorithms) ?? [];
            var chosen = Choose(all, globs);
            var results = KnownAnswerRun.Run(chosen, cancellation);
            var unproven = files.IsEmpty && globs.Length == 0 ? results.Unproven : [];
            if (parsed.GetValue(asJson))
                terminal.Out.WriteLine(JsonSerializer.Serialize(Document(results, unproven, files), Json));
            else
                Write(results, unproven, files, terminal.Out);
            return Task.FromResult(results.Failed.Any() || !unproven.IsEmpty ? ExitCode.UnexpectedVerdicts : ExitCode.AsExpected);
        });
        return command;
    }

    private static ImmutableArray<PublishedFile> ReadFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw CommandFailure.Usage($"There is no folder {Path.GetFullPath(folder)}.");
        var files = PublishedVectors.Read(folder);
        if (files.IsEmpty)
            throw CommandFailure.NothingSelected($"No .json, .fax or .rsp file (plain or .gz) is under {Path.GetFullPath(folder)}.");
        return files;
    }

    private static ImmutableArray<KnownAnswer> Choose(ImmutableArray<KnownAnswer> all, string[] globs)
    {
        foreach (var glob in globs.Where(glob => !all.Any(answer => Matches(answer, glob))))
            throw CommandFailure.NothingSelected($"No vector is about '{glob}'.{Nearest.Question(glob, KnownAnswerRun.Registry)}");
        return globs.Length == 0 ? all : [.. all.Where(answer => globs.Any(glob => Matches(answer, glob)))];
    }

    private static bool Matches(KnownAnswer answer, string glob) => FileSystemName.MatchesSimpleExpression(glob, answer.Algorithm);

    private static void Write(KnownAnswerResults results, ImmutableArray<string> unproven, ImmutableArray<PublishedFile> files, TextWriter output)
    {
        var algorithmWidth = results.Tallies.Select(tally => tally.Algorithm.Length).DefaultIfEmpty().Max();
        var sourceWidth = results.Tallies.Select(tally => tally.Source.Length).DefaultIfEmpty().Max();
        foreach (var tally in results.Tallies)
        {
            output.WriteLine($"{tally.Algorithm.PadRight(algorithmWidth)}  {tally.Source.PadRight(sourceWidth)}  {tally.Count,5}  {tally.Passed,5} passed{(tally.Failed.IsEmpty ? "" : $"  {tally.Failed.Length} failed")}");
            foreach (var failed in tally.Failed.Take(FailuresShown))
                output.WriteLine($"    {failed.Answer.Section}, {failed.Answer.Id}: {Cut(failed.Reason)}");
            if (tally.Failed.Length > FailuresShown)
                output.WriteLine($"    and {tally.Failed.Length - FailuresShown} more (--json shows all)");
        }
        foreach (var file in files.Where(file => !file.Skipped.IsEmpty))
        {
            output.WriteLine($"{file.Name}: {file.Answers.Select(answer => answer.Id).Distinct().Count()} cases taken, skipped:");
            foreach (var (reason, count) in file.Skipped)
                output.WriteLine($"    {(count == 0 ? "the file" : count)}: {reason}");
        }
        foreach (var source in results.Tallies.GroupBy(tally => tally.Source).OrderBy(group => group.Key, StringComparer.Ordinal))
            output.WriteLine($"{source.Key}: {source.Sum(tally => tally.Count)} vectors, {source.Sum(tally => tally.Passed)} passed");
        output.WriteLine($"{results.Count} vectors, {results.Passed} passed, {results.Count - results.Passed} failed");
        if (!unproven.IsEmpty)
            output.WriteLine($"Proven by no vector: {string.Join(", ", unproven)}");
        else if (files.IsEmpty)
            output.WriteLine("Every algorithm of the selection is proven.");
    }

    private static string Cut(string reason) => reason.Length <= 160 ? reason : reason[..160] + "…";

    private static object Document(KnownAnswerResults results, ImmutableArray<string> unproven, ImmutableArray<PublishedFile> files) => new
    {
        results.Count,
        results.Passed,
        Failed = results.Count - results.Passed,
        Algorithms = results.Tallies.Select(tally => new
        {
            tally.Algorithm,
            tally.Source,
            tally.Count,
            tally.Passed,
            Failed = tally.Failed.Select(failed => new { failed.Answer.Section, Case = failed.Answer.Id, failed.Reason }),
        }),
        Unproven = unproven,
        Skipped = files.SelectMany(file => file.Skipped.Select(skipped => new { File = file.Name, Reason = skipped.Key, Cases = skipped.Value })),
    };
}
