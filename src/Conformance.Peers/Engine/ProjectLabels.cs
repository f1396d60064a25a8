using Docker.DotNet.Models;

namespace Conformance.Peers.Engine;

/// <summary>The labels by which the project knows its own containers, networks and images.</summary>
internal static class ProjectLabels
{
    /// <summary>On everything that the project makes, with value 1.</summary>
    public const string Project = "org.ipsec-conformance";

    /// <summary>Which process made it and cleans it up: a <see cref="ProcessIdentity"/>.</summary>
    public const string Owner = "org.ipsec-conformance.owner";

    /// <summary>Which peer it is, or belongs to.</summary>
    public const string Peer = "org.ipsec-conformance.peer";

    /// <summary>Names of links and bridges begin with this (Linux allows 15 octets).</summary>
    public const string LinkPrefix = "icf";

    public static Dictionary<string, string> Image { get; } = new() { [Project] = "1" };

    public static Dictionary<string, string> OwnedBy(ProcessIdentity owner, string peer) =>
        new() { [Project] = "1", [Owner] = owner.ToString(), [Peer] = peer };

    public static ContainersListParameters OnlyContainers() => new() { All = true, Filters = Filter };

    public static NetworksListParameters OnlyNetworks() => new() { Filters = Filter };

    public static ImagesListParameters OnlyImages() => new() { Filters = Filter };

    private static Dictionary<string, IDictionary<string, bool>> Filter =>
        new() { ["label"] = new Dictionary<string, bool> { [$"{Project}=1"] = true } };
}
