using System.CommandLine;
using Conformance.Peers.Engine;

namespace Conformance.Cli;

/// <summary><c>peers logs</c>: what the daemons in the running containers have logged.</summary>
internal static class PeersLogsCommand
{
    public static Command Create(Terminal terminal)
    {
        var names = PeersCommand.Names();
        var command = new Command("logs", "Prints the IKE daemons' logs, since they last took a configuration.") { names };
        command.SetAction(async (parsed, cancellation) =>
        {
            var chosen = PeersCommand.Chosen(parsed, names);
            using var peers = new KnownPeers();
            var running = (await peers.Engine.Status(cancellation)).Where(container => chosen.Contains(container.Peer)).ToList();
            if (running.Count == 0)
                throw CommandFailure.CouldNotRun($"No container of {string.Join(" or ", chosen)} is there: start one with `{CommandLine.Name} peers up`.");
            foreach (var container in running)
                await Print(container, terminal.Out, cancellation);
            return ExitCode.AsExpected;
        });
        return command;
    }

    private static async Task Print(PeerContainerStatus container, TextWriter output, CancellationToken cancellation)
    {
        await output.WriteLineAsync($"==> {container.Container} <==");
        var log = await ContainerEngine.DaemonLog(container.Container, cancellation);
        await output.WriteLineAsync(log.Length == 0 ? "(it has logged nothing)" : log.TrimEnd());
    }
}
