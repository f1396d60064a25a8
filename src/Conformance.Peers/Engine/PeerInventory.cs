using System.Collections.Immutable;
using System.Net;

namespace Conformance.Peers.Engine;

/// <summary>All that the project has on this machine, of this and of other processes.</summary>
/// <param name="Links">Names of links, the networks' bridges among them.</param>
public sealed record PeerInventory(
    ImmutableArray<PeerContainerStatus> Containers, ImmutableArray<PeerNetworkStatus> Networks, ImmutableArray<PeerImageStatus> Images, ImmutableArray<string> Links)
{
    internal static async Task<PeerInventory> Of(ContainerEngine engine, CancellationToken cancellation)
    {
        var networks = await engine.Ask((client, token) => client.Networks.ListNetworksAsync(ProjectLabels.OnlyNetworks(), token), cancellation);
        var images = await engine.Ask((client, token) => client.Images.ListImagesAsync(ProjectLabels.OnlyImages(), token), cancellation);
        return new(
            await engine.Status(cancellation),
            [.. networks.Select(PeerNetworkStatus.Of).OrderBy(network => network.Name, StringComparer.Ordinal)],
            [.. images.Select(PeerImageStatus.Of).OrderBy(image => image.Image, StringComparer.Ordinal)],
            [.. ProjectLinks.All().Order(StringComparer.Ordinal)]);
    }
}

/// <summary>One network of the project.</summary>
/// <param name="Peer">The implementation that it is for; empty if it is none's.</param>
/// <param name="Bridge">This machine's end of it; empty if unknown.</param>
/// <param name="Subnet">Null if unknown.</param>
public sealed record PeerNetworkStatus(string Name, string Peer, string Bridge, IPNetwork? Subnet)
{
    internal static PeerNetworkStatus Of(Docker.DotNet.Models.NetworkResponse network) => new(
        network.Name,
        network.Labels.TryGetValue(ProjectLabels.Peer, out var peer) ? peer : "",
        PeerNetwork.BridgeOf(network) ?? "",
        PeerNetwork.SubnetsOf(network).Cast<IPNetwork?>().FirstOrDefault());
}

/// <summary>One image of the project.</summary>
/// <param name="Image">Its reference, or its id if it has none.</param>
/// <param name="Size">In octets, with the layers that it shares with others.</param>
public sealed record PeerImageStatus(string Image, long Size)
{
    internal static PeerImageStatus Of(Docker.DotNet.Models.ImagesListResponse image) => new(
        image.RepoTags?.FirstOrDefault(name => !name.StartsWith("<none>", StringComparison.Ordinal)) ?? image.ID, image.Size);
}
