namespace Conformance.Peers.Engine;

/// <summary>What a container's first process printed.</summary>
internal static class ContainerLog
{
    public static async Task<string> Read(ContainerEngine engine, string id, CancellationToken cancellation)
    {
        using var stream = await engine.Ask(
            (client, token) => client.Containers.GetContainerLogsAsync(id, tty: false, new() { ShowStdout = true, ShowStderr = true, Tail = "20" }, token), cancellation);
        var (output, error) = await stream.ReadOutputToEndAsync(cancellation);
        return (output + error).Trim();
    }
}
