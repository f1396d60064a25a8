using Docker.DotNet.Models;

namespace Conformance.Peers.Engine;

/// <summary>One container of the project.</summary>
/// <param name="Container">Its name.</param>
/// <param name="Peer">The implementation in it; empty if it is none's.</param>
/// <param name="State">As the engine says it: "running", "exited", "created".</param>
/// <param name="Status">As the engine says it: "Up 3 seconds".</param>
/// <param name="OwnerProcess">Id of the process that made it, 0 if unknown.</param>
/// <param name="OwnerAlive">Whether that process still runs; if not, the container is a leftover.</param>
public sealed record PeerContainerStatus(string Container, string Peer, string State, string Status, int OwnerProcess, bool OwnerAlive)
{
    internal static PeerContainerStatus Of(ContainerListResponse container)
    {
        var owner = container.Labels.TryGetValue(ProjectLabels.Owner, out var text) ? ProcessIdentity.Parse(text) : null;
        return new(
            container.Names.FirstOrDefault()?.TrimStart('/') ?? container.ID,
            container.Labels.TryGetValue(ProjectLabels.Peer, out var peer) ? peer : "",
            container.State,
            container.Status,
            owner?.Id ?? 0,
            owner?.IsAlive ?? false);
    }
}
