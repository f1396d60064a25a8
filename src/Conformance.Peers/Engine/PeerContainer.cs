using System.Net;
using Conformance.Implementations;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Conformance.Peers.Engine;

/// <summary>A peer's container in its own network, with its console. Disposing it removes both, and the control folder.</summary>
internal sealed class PeerContainer : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private readonly ContainerEngine _engine;
    private readonly PeerContainerPlan _plan;
    private readonly string _name;
    private readonly string _controlFolder;

    private PeerContainer(ContainerEngine engine, PeerContainerPlan plan, string name, string controlFolder, PeerNetwork network)
    {
        _engine = engine;
        _plan = plan;
        _name = name;
        _controlFolder = controlFolder;
        Network = network;
        Console = new(controlFolder);
    }

    public PeerNetwork Network { get; }

    public PeerConsole Console { get; }

    /// <exception cref="ImplementationFailedException">It did not come up; nothing of it is left.</exception>
    public static async Task<PeerContainer> Start(ContainerEngine engine, PeerContainerPlan plan, int instance, CancellationToken cancellation)
    {
        var name = $"icf-{plan.Peer}-{engine.RunId}-{instance}";
        var network = await PeerNetwork.Create(engine, name, plan.Peer, cancellation);
        PeerContainer container;
        try
        {
            container = new(engine, plan, name, ControlFolders.Create(name), network);
        }
        catch
        {
            await new Leftovers(engine).RemoveNetwork(name, network.Bridge, CancellationToken.None);
            throw;
        }
        try
        {
            await container.Boot(cancellation);
            return container;
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }
    }

    /// <summary>Throws the container away and starts another in its place, with the same addresses.</summary>
    public async Task Restart(CancellationToken cancellation)
    {
        await new Leftovers(_engine).RemoveContainer(_name, cancellation);
        Console.Reset();
        await Boot(cancellation);
    }

    /// <summary>Whether its first process, a guest kernel perhaps, still runs.</summary>
    public async Task<bool> IsRunning(CancellationToken cancellation)
    {
        try
        {
            var inspected = await _engine.Ask((client, token) => client.Containers.InspectContainerAsync(_name, token), cancellation);
            return inspected.State.Running;
        }
        catch (ImplementationFailedException gone) when (gone.InnerException is DockerContainerNotFoundException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        var leftovers = new Leftovers(_engine);
        await leftovers.RemoveContainer(_name, CancellationToken.None);
        await leftovers.RemoveNetwork(Network.Name, Network.Bridge, CancellationToken.None);
        ControlFolders.Remove(_controlFolder);
    }

    private async Task Boot(CancellationToken cancellation)
    {
        await _engine.Ask((client, token) => client.Containers.CreateContainerAsync(Parameters(), token), cancellation, StartTime);
        await _engine.Ask((client, token) => client.Containers.StartContainerAsync(_name, new(), token), cancellation, StartTime);

        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(StartTime);
        try
        {
            while (!Console.IsReady)
            {
                await Task.Delay(Poll, limited.Token);
                if (!await IsRunning(limited.Token))
                    throw new ImplementationFailedException(
                        $"The container {_name} ended while it started. "
                        + $"It said last: {await ContainerLog.Read(_engine, _name, cancellation)}");
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ImplementationFailedException(
                $"The container {_name} was not ready within {StartTime.TotalSeconds:0} seconds. "
                + $"It said last: {await ContainerLog.Read(_engine, _name, cancellation)}");
        }
    }

    private CreateContainerParameters Parameters() => new()
    {
        Name = _name,
        Image = _plan.Image,
        Cmd = [_plan.Mode == PeerMode.Host ? "host" : "guest"],
        Env =
        [
            $"PEER_INNER={_plan.InnerAddress}/32",
            $"PEER_REMOTE={_plan.RemoteNetwork}",
            $"PEER_TESTER={Subnets.Host(Network.Subnet, PeerContainerPlan.TesterHost)}",
            .. Ipv6Environment(),
        ],
        Labels = ProjectLabels.OwnedBy(ProcessIdentity.Current, _plan.Peer),
        HostConfig = new()
        {
            NetworkMode = Network.Name,
            CapAdd = ["NET_ADMIN"],
            Binds = [$"{_controlFolder}:/ctl"],
            // The guest kernel keeps its memory in a file that it executes from.
            Tmpfs = new Dictionary<string, string> { ["/uml"] = "exec,size=512m" },
            Sysctls = _plan is { Mode: PeerMode.Host, Ipv6: not null } ? new Dictionary<string, string> { ["net.ipv6.conf.all.disable_ipv6"] = "0" } : null,
            LogConfig = new() { Type = "json-file", Config = new Dictionary<string, string> { ["max-size"] = "10m" } },
        },
        NetworkingConfig = new()
        {
            EndpointsConfig = new Dictionary<string, EndpointSettings>
            {
                [Network.Name] = new() { IPAMConfig = new() { IPv4Address = Subnets.Host(Network.Subnet, PeerContainerPlan.PeerHost).ToString() } },
            },
        },
    };

    private IEnumerable<string> Ipv6Environment() => _plan.Ipv6 is { } ipv6
        ?
        [
            $"PEER_ADDRESS6={ipv6.Iut}/{ipv6.PrefixLength}",
            $"PEER_INNER6={ipv6.IutInner}/128",
            $"PEER_REMOTE6={new IPNetwork(Subnets.Base(ipv6.TesterInner, 64), 64)}",
            $"PEER_TESTER6={ipv6.Tester}",
        ]
        : [];
}

/// <param name="Peer">Short name of the peer.</param>
/// <param name="Image">Reference of its image.</param>
/// <param name="InnerAddress">Address behind the peer.</param>
/// <param name="RemoteNetwork">Network behind the tester, as "10.2.0.0/24".</param>
/// <param name="Ipv6">Null for a peer without IPv6.</param>
internal sealed record PeerContainerPlan(string Peer, string Image, PeerMode Mode, string InnerAddress, string RemoteNetwork, Ipv6Places? Ipv6 = null)
{
    public const byte PeerHost = 2;
    public const byte TesterHost = 10;
}
