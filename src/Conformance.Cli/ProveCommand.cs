using System.Collections.Immutable;
using System.CommandLine;
using System.IO.Enumeration;
using Conformance.Defects;
using Conformance.Reports;
using Conformance.Runs;
using Spectre.Console;

namespace Conformance.Cli;

/// <summary><c>prove</c>: how good the suites are, by the defects that they catch.</summary>
internal static class ProveCommand
{
    public static Command Create(Terminal terminal)
    {
        var globs = new Option<string[]>("--defect") { HelpName = "NAME", Description = "Only defects of this name; * and ? stand for any text and any character. Repeatable." };
        var all = new Option<bool>("--all") { Description = "Every scenario against each defect, which takes ten seconds for each and shows the scenarios that nothing fails; without it only those that cover the requirement which the defect breaks." };
        var asJson = new Option<bool>("--json") { Description = "Print one JSON object, the same as prove.json." };
        var results = new Option<string?>("--results") { HelpName = "DIR", Description = "Folder for prove.json and prove.html; in that of a run, its report links to them. [default: reports/runs/prove-<id>]" };
        globs.CompletionSources.Add(DefectCatalogue.All.Select(defect => defect.Name).ToArray());
        var command = new DocumentedCommand("prove", "Proves the suites: runs them in memory against deliberate faults of the in-house stack and says what caught each.", $"""
            Examples:
              {CommandLine.Name} prove
              {CommandLine.Name} prove --defect 'esp-*' --all
              {CommandLine.Name} prove --json

            Exit code 1: a defect was not caught by a finding that names the requirement which it breaks.
            """);
        foreach (Option option in new Option[] { globs, all, asJson, results })
            command.Options.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            var defects = Choose(parsed.GetValue(globs) ?? []);
            var prover = new DefectProver(ScenarioOptions.Catalogue().Scenarios, parsed.GetValue(all));
            var colored = parsed.GetValue(GlobalOptions.NoColor) ? terminal.WithoutColor() : terminal;
            var folder = Path.GetFullPath(parsed.GetValue(results) ?? Path.Combine("reports", "runs", $"prove-{RunHeader.Begin("", 0, []).RunId}"));
            return Prove(prover, defects, colored, folder, parsed.GetValue(asJson), cancellation);
        });
        return command;
    }

    private static async Task<int> Prove(DefectProver prover, ImmutableArray<Defect> defects, Terminal terminal, string folder, bool asJson, CancellationToken cancellation)
    {
        var nameWidth = defects.Max(defect => defect.Name.Length);
        DefectProofs? proofs = null;
        if (asJson)
            proofs = await prover.Prove(defects, _ => { }, cancellation);
        else if (terminal.IsInteractive)
            await Watched(terminal.Rich(), async (bar, console) => proofs = await prover.Prove(defects, proof => Tick(proof, bar, console), cancellation), defects.Length);
        else
            proofs = await prover.Prove(defects, proof => Say(Line(proof, nameWidth)), cancellation);

        var page = DefectReport.Write(proofs!, folder);
        if (asJson)
            await terminal.Out.WriteLineAsync(DefectProofsFile.Write(proofs!));
        else
            WriteSummary(proofs!, page, terminal.Out);
        return cancellation.IsCancellationRequested && proofs!.IsIncomplete ? ExitCode.Cancelled
            : proofs!.AreAllCaught ? ExitCode.AsExpected
            : ExitCode.UnexpectedVerdicts;

        void Tick(DefectProof proof, ProgressTask bar, IAnsiConsole console)
        {
            console.WriteLine(Line(proof, nameWidth), proof.IsCaught ? new Style(Color.Grey) : new Style(Color.Red));
            bar.Increment(1);
        }

        void Say(string line)
        {
            terminal.Out.WriteLine(line);
            terminal.Out.Flush();
        }
    }

    private static Task Watched(IAnsiConsole console, Func<ProgressTask, IAnsiConsole, Task> work, int count) => console.Progress()
        .AutoClear(true)
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
        .StartAsync(context => work(context.AddTask($"{count} defects", maxValue: count), console));

    private static ImmutableArray<Defect> Choose(string[] globs)
    {
        var names = DefectCatalogue.All.Select(defect => defect.Name);
        foreach (var glob in globs.Where(glob => !names.Any(name => FileSystemName.MatchesSimpleExpression(glob, name))))
            throw CommandFailure.NothingSelected($"No defect has the name '{glob}'.{Nearest.Question(glob, names)}");
        return globs.Length == 0 ? DefectCatalogue.All : [.. DefectCatalogue.All.Where(defect => globs.Any(glob => FileSystemName.MatchesSimpleExpression(glob, defect.Name)))];
    }

    private static string Line(DefectProof proof, int nameWidth)
    {
        const int few = 3;
        var by = proof.CaughtBy.IsEmpty
            ? $"{proof.Effect}: no scenario of {proof.Scenarios} says so{(proof.AlsoFailed.IsEmpty ? "" : $" ({proof.AlsoFailed.Length} failed otherwise)")}"
            : string.Join(", ", proof.CaughtBy.Take(few)) + (proof.CaughtBy.Length > few ? $" and {proof.CaughtBy.Length - few} more" : "");
        var errors = proof.Errors.IsEmpty ? "" : $"; the harness broke {proof.Errors.Length} times, first {ResultLine.OneLine(proof.Errors[0])}";
        return $"{(proof.IsCaught ? "caught    " : "not caught")}  {proof.Defect.PadRight(nameWidth)}  {proof.Requirement,-18}  {by}{errors}";
    }

    private static void WriteSummary(DefectProofs proofs, string page, TextWriter output)
    {
        const int few = 20;
        output.WriteLine();
        foreach (var sentence in proofs.Unsound)
            output.WriteLine($"does not pass without a defect, and so proves nothing: {sentence}");
        List([.. proofs.RulesNeverFailed], "rules were failed by no defect");
        List([.. proofs.ScenariosNeverFailed], $"of {proofs.Scenarios} scenarios that took part were failed by no defect{(proofs.EveryScenario ? "" : " that breaks what they cover")}");
        if (proofs.IsIncomplete)
            output.WriteLine($"Cut short: {proofs.Planned - proofs.Proofs.Length} of {proofs.Planned} defects were not tried.");
        output.WriteLine($"{proofs.Proofs.Length} defects, {proofs.Proofs.Count(proof => proof.IsCaught)} caught, {proofs.Proofs.Count(proof => !proof.IsCaught)} not; "
            + $"{proofs.Proofs.Sum(proof => proof.Scenarios)} scenario runs in {proofs.DurationMs / 1000:0.0} s");
        output.WriteLine($"report: {page}");

        void List(string[] ids, string what)
        {
            if (ids.Length == 0)
                return;
            output.WriteLine($"{ids.Length} {what}:");
            foreach (var id in ids.Take(few))
                output.WriteLine($"  {id}");
            if (ids.Length > few)
                output.WriteLine($"  and {ids.Length - few} more, in {DefectProofsFile.FileName}");
        }
    }
}
