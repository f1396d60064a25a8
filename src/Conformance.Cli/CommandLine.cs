using System.CommandLine;
using System.CommandLine.Invocation;

namespace Conformance.Cli;

/// <summary>The whole command: parses, runs, and turns whatever goes wrong into a sentence and an exit code.</summary>
internal static class CommandLine
{
    public const string Name = "ipsec-conformance";

    public static async Task<int> Run(string[] arguments, Terminal terminal, CancellationToken cancellation)
    {
        var root = Root(terminal, string.Join(' ', arguments.Select(Quoted)));
        var parsed = root.Parse(arguments);
        if (parsed.Action is ParseErrorAction)
            return Refuse(parsed, terminal);
        try
        {
            var configuration = new InvocationConfiguration
            {
                Output = terminal.Out,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, cancellation);
        }
        catch (Exception failure)
        {
            var (exitCode, sentence) = FailureSentence.Of(failure);
            terminal.Complain(sentence);
            if (GlobalOptions.WantsDebug(parsed))
                await terminal.Error.WriteLineAsync(failure.ToString());
            return exitCode;
        }
    }

    private static RootCommand Root(Terminal terminal, string commandLine)
    {
        var root = new RootCommand(
            "Judges IPsec implementations by the RFCs: scripted IKE and ESP exchanges with the in-house stack in memory and with real peers in containers, a verdict for each, and the evidence.")
        {
            RunCommand.Create(terminal, commandLine),
            ListCommand.Create(terminal),
            ExplainCommand.Create(terminal),
            RequirementsCommand.Create(terminal),
            PeersCommand.Create(terminal),
            ReportCommand.Create(terminal),
            ProveCommand.Create(terminal),
            DiffCommand.Create(terminal),
            CoverageCommand.Create(terminal),
            VectorsCommand.Create(terminal),
            DecodeCommand.Create(terminal),
            CheckCommand.Create(terminal),
            BenchCommand.Create(terminal),
            ExperimentCommand.Create(terminal),
            CompletionCommand.Create(terminal),
            GlobalOptions.NoColor,
            GlobalOptions.Debug,
        };
        HelpWithExamples.Install(root);
        return root;
    }

    private static int Refuse(ParseResult parsed, Terminal terminal)
    {
        foreach (var message in parsed.Errors.Select(error => error.Message).Distinct())
            terminal.Complain(message);
        var command = parsed.CommandResult.Command;
        var known = command.Subcommands.Select(subcommand => subcommand.Name).Concat(command.Options.Select(option => option.Name));
        if (parsed.UnmatchedTokens is [var unknown, ..] && Nearest.To(unknown, known) is [var near, ..])
            terminal.Complain($"did you mean {near}?");
        terminal.Complain($"`{Path(parsed)} --help` shows what there is.");
        return ExitCode.Usage;
    }

    private static string Path(ParseResult parsed) =>
        parsed.CommandResult.Command is RootCommand ? Name : $"{Name} {parsed.CommandResult.Command.Name}";

    private static string Quoted(string argument) => argument.Length > 0 && !argument.Any(c => char.IsWhiteSpace(c) || "*?'\"$`\\".Contains(c)) ? argument : $"'{argument.Replace("'", "'\\''")}'";
}
