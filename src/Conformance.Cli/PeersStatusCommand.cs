using System.CommandLine;
using Conformance.Peers.Engine;

namespace Conformance.Cli;

/// <summary><c>peers status</c>: whether peers can run here, and which do.</summary>
internal static class PeersStatusCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("status", "Shows whether peers can be run here, and the project's containers.");
        command.SetAction(async (_, cancellation) =>
        {
            using var peers = new KnownPeers();
            var obstacle = await peers.Engine.Obstacle(cancellation);
            await terminal.Out.WriteLineAsync(obstacle is null ? "Peers can be run here." : $"Peers can't be run here: {obstacle}");
            if (obstacle is not null)
                return ExitCode.CouldNotRun;
            var containers = await peers.Engine.Status(cancellation);
            foreach (var container in containers)
                await terminal.Out.WriteLineAsync(Line(container));
            if (containers.IsEmpty)
                await terminal.Out.WriteLineAsync("No container of the project is there.");
            return ExitCode.AsExpected;
        });
        return command;
    }

    private static string Line(PeerContainerStatus container) =>
        $"{container.Container}  {(container.Peer.Length == 0 ? "-" : container.Peer)}  {container.State}  {container.Status}  "
        + (container.OwnerAlive ? $"of process {container.OwnerProcess}" : "of no running process");
}
