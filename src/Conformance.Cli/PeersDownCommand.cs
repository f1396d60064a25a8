using System.CommandLine;

namespace Conformance.Cli;

/// <summary><c>peers down</c>: removes whatever carries the project's label, whoever made it.</summary>
internal static class PeersDownCommand
{
    public static Command Create(Terminal terminal)
    {
        var images = new Option<bool>("--images") { Description = "Remove the images too; the next start builds them again." };
        var command = new Command("down", "Removes all containers, networks and links of the project, also those of a run that crashed or is under way.") { images };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var peers = new KnownPeers();
            var removed = await peers.Engine.RemoveEverything(parsed.GetValue(images), cancellation);
            foreach (var line in removed)
                await terminal.Out.WriteLineAsync($"removed {line}");
            if (removed.IsEmpty)
                await terminal.Out.WriteLineAsync("There was nothing to remove.");
            return ExitCode.AsExpected;
        });
        return command;
    }
}
