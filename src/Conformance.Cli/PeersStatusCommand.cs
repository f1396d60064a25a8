using System.CommandLine;
using System.Globalization;
using Conformance.Peers.Engine;

namespace Conformance.Cli;

/// <summary><c>peers status</c>: whether peers can run here, and what of them is there.</summary>
internal static class PeersStatusCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("status", "Shows whether peers can be run here, and the project's containers, networks, images and links.");
        command.SetAction(async (_, cancellation) =>
        {
            using var peers = new KnownPeers();
            var obstacle = await peers.Engine.Obstacle(cancellation);
            await terminal.Out.WriteLineAsync(obstacle is null ? "Peers can be run here." : $"Peers can't be run here: {obstacle}");
            if (obstacle is not null)
                return ExitCode.CouldNotRun;
            foreach (var line in Lines(await peers.Engine.Inventory(cancellation)))
                await terminal.Out.WriteLineAsync(line);
            return ExitCode.AsExpected;
        });
        return command;
    }

    internal static IEnumerable<string> Lines(PeerInventory inventory) =>
    [
        .. Section("containers", inventory.Containers.Select(Line)),
        .. Section("networks", inventory.Networks.Select(Line)),
        .. Section("images", inventory.Images.Select(Line)),
        .. Section("links", inventory.Links),
    ];

    private static IEnumerable<string> Section(string title, IEnumerable<string> lines)
    {
        var all = lines.ToList();
        return all.Count == 0 ? [$"{title}: none"] : all.Select(line => $"  {line}").Prepend($"{title}:");
    }

    private static string Line(PeerContainerStatus container) =>
        $"{container.Container}  {OrDash(container.Peer)}  {container.State}  {container.Status}  "
        + (container.OwnerAlive ? $"of process {container.OwnerProcess}" : "of no running process");

    private static string Line(PeerNetworkStatus network) => $"{network.Name}  {OrDash(network.Peer)}  {network.Subnet?.ToString() ?? "-"}  bridge {OrDash(network.Bridge)}";

    private static string Line(PeerImageStatus image) => string.Create(CultureInfo.InvariantCulture, $"{image.Image}  {image.Size / 1e6:0} MB");

    private static string OrDash(string text) => text.Length == 0 ? "-" : text;
}
