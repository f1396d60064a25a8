using System.CommandLine;

namespace Conformance.Cli;

/// <summary><c>peers</c>: the containers, by hand.</summary>
internal static class PeersCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new DocumentedCommand("peers", "Starts, shows and removes the peers' containers by hand; `run` does that by itself.", $"""
            Examples:
              {CommandLine.Name} peers up strongswan
              {CommandLine.Name} peers logs strongswan
              {CommandLine.Name} peers down --images
            """);
        command.Subcommands.Add(PeersUpCommand.Create(terminal));
        command.Subcommands.Add(PeersDownCommand.Create(terminal));
        command.Subcommands.Add(PeersStatusCommand.Create(terminal));
        command.Subcommands.Add(PeersLogsCommand.Create(terminal));
        return command;
    }

    /// <summary>The argument by which a subcommand is told some peers; none means all.</summary>
    public static Argument<string[]> Names()
    {
        var names = new Argument<string[]>("NAME") { HelpName = "NAME", Description = $"{string.Join(" or ", KnownPeers.Live)}; all of them if none is named.", Arity = ArgumentArity.ZeroOrMore };
        names.CompletionSources.Add([.. KnownPeers.Live]);
        return names;
    }

    /// <exception cref="CommandFailure">A name is unknown.</exception>
    public static IReadOnlyList<string> Chosen(ParseResult parsed, Argument<string[]> names)
    {
        var named = parsed.GetValue(names) ?? [];
        KnownPeers.RefuseUnknown(named, KnownPeers.Live);
        return named.Length == 0 ? KnownPeers.Live : [.. named.Distinct()];
    }
}
