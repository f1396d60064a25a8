using System.CommandLine;
using System.IO.Enumeration;
using System.Net;
using Conformance.Decoding;
using Conformance.Rules;

namespace Conformance.Cli;

/// <summary><c>check</c>: puts anyone's captures to the rules.</summary>
internal static class CheckCommand
{
    public static Command Create(Terminal terminal)
    {
        var files = new Argument<string[]>("FILE")
        {
            HelpName = "FILE", Description = "Captures (pcap or pcapng, also gzipped), or folders that have some, such as a run's.", Arity = ArgumentArity.ZeroOrMore,
        };
        var keys = new Option<string[]>("--keys")
        {
            HelpName = "FILE", Description = "Keys: Wireshark's ikev2_decryption_table or esp_sa; which one, its lines tell. Repeatable.",
        };
        var senders = new Option<string[]>("--sender") { HelpName = "ADDRESS", Description = "Judge only what this address sent, in the outermost IP header. Repeatable." };
        var globs = new Option<string[]>("--rule") { HelpName = "GLOB", Description = "Only rules with such an id: 'RULE-ESP-*'. Repeatable." };
        var exercised = new Option<bool>("--exercised") { Description = "Leave out the rules that nothing in the captures exercised." };
        var list = new Option<bool>("--list") { Description = "Print the rules with their requirements, and judge nothing." };
        var json = new Option<bool>("--json") { Description = "Print one JSON document instead of text." };
        globs.CompletionSources.Add(_ => RuleCatalogue.All.Select(rule => new System.CommandLine.Completions.CompletionItem(rule.Id)));
        var command = new DocumentedCommand("check", "Puts anyone's captures to the rules: what every IKEv2, ESP, AH and IPComp packet has to satisfy.", $"""
            Examples:
              {CommandLine.Name} check capture.pcapng
              {CommandLine.Name} check capture.pcapng --keys ikev2_decryption_table --keys esp_sa --sender 192.0.2.1
              {CommandLine.Name} check reports/runs/RUN --exercised --json
              {CommandLine.Name} check --list --rule 'RULE-ESP-*'

            Key files under Wireshark's names beside a capture are used unless --keys says otherwise. A rule that needs what no key opens is not exercised, and
            frames that a capture cut short are not judged. A run's captures have the tester's deliberately wrong packets too: see --sender.

            Exit code 0 when all rules held, 1 when one is broken, 4 when a capture could not be read to its end.
            """);
        command.Arguments.Add(files);
        foreach (var option in new Option[] { keys, senders, globs, exercised, list, json })
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            var rules = Rules(parsed.GetValue(globs) ?? []);
            if (parsed.GetValue(list))
            {
                CheckOutput.List(rules, parsed.GetValue(json), terminal.Out);
                return ExitCode.AsExpected;
            }
            var check = new CaptureCheck(rules, Senders(parsed.GetValue(senders) ?? []), LoadKeys(parsed.GetValue(keys) ?? []));
            foreach (var path in Captures(parsed.GetValue(files) ?? []))
                check.Add(path);
            foreach (var (path, problem) in check.Problems)
                terminal.Complain($"{path}: {problem}. What comes after it is lost.");
            CheckOutput.Write(check, parsed.GetValue(exercised), parsed.GetValue(json), terminal.Out);
            return check.Problems.Count > 0 ? ExitCode.CouldNotRun : check.IsBroken ? ExitCode.UnexpectedVerdicts : ExitCode.AsExpected;
        });
        return command;
    }

    private static Rule[] Rules(string[] globs)
    {
        foreach (var glob in globs)
            if (!RuleCatalogue.All.Any(rule => FileSystemName.MatchesSimpleExpression(glob, rule.Id)))
                throw CommandFailure.NothingSelected($"No rule's id is like '{glob}'; `{CommandLine.Name} check --list` shows what there is.");
        return [.. RuleCatalogue.All.Where(rule => globs.Length == 0 || globs.Any(glob => FileSystemName.MatchesSimpleExpression(glob, rule.Id)))];
    }

    private static HashSet<IPAddress> Senders(string[] addresses) =>
        [.. addresses.Select(text => IPAddress.TryParse(text, out var address) ? address : throw CommandFailure.Usage($"'{text}' is no address."))];

    private static IEnumerable<string> Captures(string[] paths)
    {
        if (paths.Length == 0)
            throw CommandFailure.Usage("Name a capture or a folder that has some.");
        foreach (var path in paths)
        {
            if (File.Exists(path))
                yield return path;
            else if (!Directory.Exists(path))
                throw CommandFailure.Usage($"There is no file or folder '{path}'.");
            else
            {
                string[] found = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(IsCapture).Order(StringComparer.Ordinal)];
                if (found.Length == 0)
                    throw CommandFailure.NothingSelected($"There is no capture in the folder '{path}'.");
                foreach (var file in found)
                    yield return file;
            }
        }
    }

    private static bool IsCapture(string path) =>
        new[] { ".pcapng", ".pcap", ".pcapng.gz", ".pcap.gz" }.Any(end => path.EndsWith(end, StringComparison.OrdinalIgnoreCase));

    private static DecryptionKeys? LoadKeys(string[] paths)
    {
        foreach (var path in paths)
            if (!File.Exists(path))
                throw CommandFailure.Usage($"There is no key file '{path}'.");
        return paths.Length == 0 ? null : CaptureCheck.Keys(paths);
    }
}
