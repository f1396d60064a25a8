namespace Conformance.Peers.Engine;

/// <summary>The project's links on this machine, known by their names.</summary>
internal static class ProjectLinks
{
    private const string Interfaces = "/sys/class/net";

    public static IEnumerable<string> All() => In(Interfaces);

    /// <summary>Those that are in a bridge; none if there is no such bridge.</summary>
    public static IEnumerable<string> InBridge(string bridge) => In(Path.Combine(Interfaces, bridge, "brif"));

    private static IEnumerable<string> In(string folder) =>
        Directory.Exists(folder)
            ? Directory.GetFileSystemEntries(folder)
                .Select(path => Path.GetFileName(path))
                .Where(name => name.StartsWith(ProjectLabels.LinkPrefix, StringComparison.Ordinal))
            : [];
}
