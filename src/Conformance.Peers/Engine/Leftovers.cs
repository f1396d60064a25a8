using System.Collections.Immutable;
using System.Net;
using Docker.DotNet;

namespace Conformance.Peers.Engine;

/// <summary>Takes away what the project made and nobody took away: containers, networks, links, folders, in this order.</summary>
internal sealed class Leftovers(ContainerEngine engine)
{
    private static readonly TimeSpan RemovalTime = TimeSpan.FromSeconds(30);

    /// <summary>What dead processes made.</summary>
    public async Task RemoveOrphans(CancellationToken cancellation)
    {
        await RemoveContainersAndNetworks(IsOrphan, cancellation);
        _ = ControlFolders.RemoveLeftovers(livingToo: false).ToList();
    }

    /// <summary>What anybody made; links and folders also when the engine is away.</summary>
    public async Task<ImmutableArray<string>> RemoveAll(bool images, CancellationToken cancellation)
    {
        var removed = ImmutableArray.CreateBuilder<string>();
        try
        {
            removed.AddRange(await RemoveContainersAndNetworks(_ => true, cancellation));
            if (images)
                removed.AddRange(await RemoveImages(cancellation));
        }
        finally
        {
            removed.AddRange(await RemoveLinks(ProjectLinks.All(), cancellation));
            removed.AddRange(ControlFolders.RemoveLeftovers(livingToo: true).Select(folder => $"folder {folder}"));
        }
        return removed.ToImmutable();
    }

    /// <summary>Removes a container with its anonymous volumes, however it is; true unless it was gone.</summary>
    public async Task<bool> RemoveContainer(string idOrName, CancellationToken cancellation) =>
        await RemoveIfThere(
            (client, token) => client.Containers.RemoveContainerAsync(idOrName, new() { Force = true, RemoveVolumes = true }, token), cancellation);

    /// <summary>Removes a network, and first the project's links in its bridge; true unless it was gone.</summary>
    public async Task<bool> RemoveNetwork(string idOrName, string? bridge, CancellationToken cancellation)
    {
        if (bridge is not null)
            await RemoveLinks(ProjectLinks.InBridge(bridge), cancellation);
        return await RemoveIfThere((client, token) => client.Networks.DeleteNetworkAsync(idOrName, token), cancellation);
    }

    private async Task<List<string>> RemoveContainersAndNetworks(Func<IDictionary<string, string>, bool> chosen, CancellationToken cancellation)
    {
        List<string> removed = [];
        var containers = await engine.Ask(
            (client, token) => client.Containers.ListContainersAsync(ProjectLabels.OnlyContainers(), token),
            cancellation);
        foreach (var container in containers.Where(container => chosen(container.Labels)))
        {
            if (await RemoveContainer(container.ID, cancellation))
                removed.Add($"container {container.Names.FirstOrDefault()?.TrimStart('/') ?? container.ID}");
        }
        var networks = await engine.Ask(
            (client, token) => client.Networks.ListNetworksAsync(ProjectLabels.OnlyNetworks(), token),
            cancellation);
        foreach (var network in networks.Where(network => chosen(network.Labels)))
        {
            if (await RemoveNetwork(network.ID, PeerNetwork.BridgeOf(network), cancellation))
                removed.Add($"network {network.Name}");
        }
        return removed;
    }

    private static bool IsOrphan(IDictionary<string, string> labels) =>
        labels.TryGetValue(ProjectLabels.Owner, out var owner) && ProcessIdentity.Parse(owner) is not { IsAlive: true };

    private async Task<List<string>> RemoveImages(CancellationToken cancellation)
    {
        List<string> removed = [];
        var images = await engine.Ask((client, token) => client.Images.ListImagesAsync(ProjectLabels.OnlyImages(), token), cancellation);
        // Children first: an image on which another was built can't go before it. An image without a name goes by its id.
        foreach (var image in images.OrderByDescending(image => image.Created))
        {
            var names = (image.RepoTags ?? []).Where(name => !name.StartsWith("<none>", StringComparison.Ordinal)).DefaultIfEmpty(image.ID);
            foreach (var name in names)
            {
                if (await RemoveIfThere((client, token) => client.Images.DeleteImageAsync(name, new() { Force = true }, token), cancellation))
                    removed.Add($"image {name}");
            }
        }
        return removed;
    }

    private async Task<bool> RemoveIfThere(Func<DockerClient, CancellationToken, Task> removal, CancellationToken cancellation)
    {
        var there = true;
        await engine.Do(
            async (client, token) =>
            {
                try
                {
                    await removal(client, token);
                }
                catch (DockerApiException gone) when (gone.StatusCode == HttpStatusCode.NotFound)
                {
                    there = false;
                }
                catch (DockerApiException under) when (under.StatusCode == HttpStatusCode.Conflict
                    && under.ResponseBody.Contains("already in progress", StringComparison.Ordinal))
                {
                    // Somebody else removes it right now.
                }
                catch (DockerApiException inUse) when (inUse.StatusCode == HttpStatusCode.Forbidden
                    && inUse.ResponseBody.Contains("has active endpoints", StringComparison.Ordinal))
                {
                    // A network whose container somebody else removes right now: he removes the network, too, or else the next one who starts.
                    there = false;
                }
            },
            cancellation,
            RemovalTime);
        return there;
    }

    private static async Task<List<string>> RemoveLinks(IEnumerable<string> names, CancellationToken cancellation)
    {
        List<string> removed = [];
        foreach (var name in names)
        {
            // Fails when the link went with its other end: that is as good.
            if ((await HostCommand.Run("ip", ["link", "delete", name], cancellation)).Status == 0)
                removed.Add($"link {name}");
        }
        return removed;
    }
}
