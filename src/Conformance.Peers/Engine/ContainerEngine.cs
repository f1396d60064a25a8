using System.Collections.Immutable;
using System.Net.Sockets;
using Conformance.Implementations;
using Docker.DotNet;

namespace Conformance.Peers.Engine;

/// <summary>
/// The machine's container engine, as all peers of a run share it. Everything that it makes carries <see cref="ProjectLabels.Project"/>,
/// and nothing
/// without that label is ever removed. Thread-safe. Disposing it closes the connection only; see <see cref="RemoveEverything"/>.
/// </summary>
public sealed class ContainerEngine : IDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    private readonly Uri _endpoint;
    private readonly Func<string?> _findDockerFolder;
    private readonly SemaphoreSlim _orphansGate = new(1, 1);
    private bool _orphansRemoved;

    /// <param name="endpoint">The engine's socket; null takes <c>DOCKER_HOST</c> or the default socket.</param>
    /// <param name="dockerFolder">The project's <c>docker/</c> folder; null looks for it above the program.</param>
    public ContainerEngine(Uri? endpoint = null, string? dockerFolder = null)
    {
        _endpoint = endpoint ?? DefaultEndpoint();
        _findDockerFolder = () => dockerFolder ?? DockerFolder.Find(AppContext.BaseDirectory);
        Client = new DockerClientConfiguration(_endpoint, defaultTimeout: Timeout.InfiniteTimeSpan).CreateClient();
        Images = new PeerImages(this);
        HostKernel = new HostKernel(this);
    }

    /// <summary>Null if peers can run here; otherwise one sentence saying what is missing and what to do.</summary>
    public async Task<string?> Obstacle(CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
            return "Live peers need Linux: they are reached over its bridges.";
        if (_endpoint.Scheme != "unix")
            return $"The container engine at {_endpoint} is not on a local socket: live peers are reached over this machine's bridges, so unset DOCKER_HOST.";
        if (!Environment.IsPrivilegedProcess)
            return "Live peers need root, for containers and for capturing on their networks: run this as root.";
        if (_findDockerFolder() is null)
            return "The project's docker/ folder is not above the program: run the command from a clone of the project.";
        try
        {
            await Do((client, token) => client.System.PingAsync(token), cancellation);
            return null;
        }
        catch (ImplementationFailedException unreachable)
        {
            return unreachable.Message;
        }
    }

    /// <summary>
    /// Removes every container, network, link (<c>icf*</c>) and control folder of the project, whoever made them; with <paramref
    /// name="images"/>, the built images too.
    /// Without a reachable engine it still removes the links and folders, then throws.
    /// </summary>
    /// <returns>One line for each thing removed.</returns>
    /// <exception cref="ImplementationFailedException">The engine can't be reached, or refused.</exception>
    public Task<ImmutableArray<string>> RemoveEverything(bool images, CancellationToken cancellation) =>
        new Leftovers(this).RemoveAll(images, cancellation);

    /// <summary>The project's containers, of this and of other processes.</summary>
    /// <exception cref="ImplementationFailedException">The engine can't be reached.</exception>
    public async Task<ImmutableArray<PeerContainerStatus>> Status(CancellationToken cancellation)
    {
        var containers = await Ask(
            (client, token) => client.Containers.ListContainersAsync(ProjectLabels.OnlyContainers(), token),
            cancellation);
        return [.. containers.Select(PeerContainerStatus.Of).OrderBy(status => status.Container, StringComparer.Ordinal)];
    }

    /// <summary>The project's containers, networks, images and links, of this and of other processes.</summary>
    /// <exception cref="ImplementationFailedException">The engine can't be reached.</exception>
    public Task<PeerInventory> Inventory(CancellationToken cancellation) => PeerInventory.Of(this, cancellation);

    /// <summary>What the daemon in a container has logged since it last took a configuration; empty if nothing, or if there is no such container.</summary>
    /// <param name="container">A container's name, as <see cref="Status"/> tells it.</param>
    public static async Task<string> DaemonLog(string container, CancellationToken cancellation) =>
        ControlFolders.Find(container) is { } folder ? await new PeerConsole(folder).ReadLog(cancellation) : "";

    internal DockerClient Client { get; }

    internal PeerImages Images { get; }

    internal HostKernel HostKernel { get; }

    /// <summary>Part of the names of all that this engine object makes: four hexadecimal digits.</summary>
    internal string RunId { get; } = Random.Shared.Next(0x10000).ToString("x4");

    internal string RequireDockerFolder() =>
        _findDockerFolder() ?? throw new ImplementationFailedException(
            "The project's docker/ folder is not above the program: run the command from a clone of the project.");

    /// <summary>Removes, once, what processes left behind that no longer exist.</summary>
    internal async Task RemoveOrphansOnce(CancellationToken cancellation)
    {
        await _orphansGate.WaitAsync(cancellation);
        try
        {
            if (!_orphansRemoved)
                await new Leftovers(this).RemoveOrphans(cancellation);
            _orphansRemoved = true;
        }
        finally
        {
            _orphansGate.Release();
        }
    }

    /// <summary>A quick request: a connection that can't be made or an engine that doesn't answer becomes a sentence.</summary>
    internal async Task<T> Ask<T>(Func<DockerClient, CancellationToken, Task<T>> request, CancellationToken cancellation, TimeSpan? patience = null)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var limit = patience ?? AnswerTime;
        limited.CancelAfter(limit);
        try
        {
            return await request(Client, limited.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ImplementationFailedException(
                $"The container engine at {_endpoint.LocalPath} did not answer within {limit.TotalSeconds:0} seconds: see whether dockerd is well, or restart it.");
        }
        catch (DockerApiException refusal)
        {
            throw new ImplementationFailedException(
                $"The container engine refused a request ({(int)refusal.StatusCode}): {OneLine(refusal.ResponseBody)}", refusal);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or TimeoutException or SocketException)
        {
            throw new ImplementationFailedException(Unreachable(failure), failure);
        }
    }

    /// <summary><see cref="Ask"/> for requests whose answer holds nothing.</summary>
    internal Task Do(Func<DockerClient, CancellationToken, Task> request, CancellationToken cancellation, TimeSpan? patience = null) =>
        Ask<bool>(
            async (client, token) =>
            {
                await request(client, token);
                return true;
            },
            cancellation,
            patience);

    public void Dispose()
    {
        Client.Dispose();
        _orphansGate.Dispose();
    }

    private static Uri DefaultEndpoint() =>
        Uri.TryCreate(Environment.GetEnvironmentVariable("DOCKER_HOST"), UriKind.Absolute, out var chosen) ? chosen : new("unix:///var/run/docker.sock");

    /// <summary>A missing socket is told by the system as an address that can't be assigned, which helps nobody.</summary>
    private string Unreachable(Exception failure) => failure.GetBaseException() switch
    {
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable or SocketError.ConnectionRefused } =>
            $"No container engine listens at {_endpoint.LocalPath}: start dockerd (./conformance run does it as root), or name another socket in DOCKER_HOST.",
        SocketException { SocketErrorCode: SocketError.AccessDenied } =>
            $"The container engine's socket {_endpoint.LocalPath} may not be used by this user: run this as root, or as a member of the socket's group.",
        var reason => $"No container engine answers at {_endpoint.LocalPath} ({OneLine(reason.Message)}): see whether dockerd is well, or start it.",
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
