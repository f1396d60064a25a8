using System.Net;
using Conformance.Implementations;
using Conformance.Peers.Engine;
using Conformance.Peers.Libreswan;
using Conformance.Peers.LinuxKernel;
using Conformance.Peers.OpenIked;
using Conformance.Peers.StrongSwan;
using Ipsec.Host.Links;

namespace Conformance.Peers;

/// <summary>Starts an IKE daemon, or a kernel without one, in a container of its own, on a bridge of its own.</summary>
public sealed class ContainerPeerDriver : IImplementationDriver
{
    private static readonly IPAddress IutInner = IPAddress.Parse("10.1.0.1");
    private static readonly IPAddress TesterInner = IPAddress.Parse("10.2.0.1");
    private static readonly TimeSpan SilenceTime = TimeSpan.FromSeconds(0.6);

    private readonly ContainerEngine _engine;
    private readonly Func<string, INetwork> _openNetwork;
    private readonly Ipv6Places? _ipv6;
    private readonly MakeImplementation _make;

    private ContainerPeerDriver(ContainerEngine engine, string name, Func<string, INetwork> openNetwork, Ipv6Places? ipv6, MakeImplementation make)
    {
        _engine = engine;
        Name = name;
        _openNetwork = openNetwork;
        _ipv6 = ipv6;
        _make = make;
    }

    private delegate IImplementation MakeImplementation(
        PeerContainer container, ImplementationDescription description, INetwork network, Topology topology);

    /// <summary>strongSwan's charon.</summary>
    /// <param name="engine">Shared between drivers; outlives what they start.</param>
    /// <param name="openNetwork">Opens the segment on a bridge, given the name of its interface.</param>
    public static ContainerPeerDriver StrongSwan(ContainerEngine engine, Func<string, INetwork> openNetwork) =>
        Daemon(engine, new StrongSwanDaemon(), openNetwork);

    /// <inheritdoc cref="StrongSwan"/>
    /// <summary>Libreswan's pluto.</summary>
    public static ContainerPeerDriver Libreswan(ContainerEngine engine, Func<string, INetwork> openNetwork) =>
        Daemon(engine, new LibreswanDaemon(), openNetwork);

    /// <inheritdoc cref="StrongSwan"/>
    /// <summary>OpenIKED's iked.</summary>
    public static ContainerPeerDriver OpenIked(ContainerEngine engine, Func<string, INetwork> openNetwork) =>
        Daemon(engine, new OpenIkedDaemon(), openNetwork);

    /// <inheritdoc cref="StrongSwan"/>
    /// <summary>The Linux kernel alone, keyed by hand.</summary>
    public static ContainerPeerDriver LinuxKernel(ContainerEngine engine, Func<string, INetwork> openNetwork) => new(
        engine, LinuxKernelPeer.ShortName, openNetwork, Ipv6Places.Standard,
        (container, description, network, topology) => new LinuxKernelPeer(container, description, network, topology));

    /// <summary>Short name of the peer and of its folder in <c>docker/</c>.</summary>
    public string Name { get; }

    public Task<string?> Obstacle(CancellationToken cancellation) => _engine.Obstacle(cancellation);

    /// <summary>Builds the images that are missing and finds out who does ESP, so that <see cref="Start"/> is quick.</summary>
    /// <exception cref="ImplementationFailedException">An image can't be built.</exception>
    public async Task Prepare(IProgress<string> progress, CancellationToken cancellation)
    {
        var image = await _engine.Images.Ensure(Name, progress, cancellation);
        await _engine.HostKernel.Probe(image, progress, cancellation);
    }

    public async Task<IImplementation> Start(int instance, IProgress<string> progress, CancellationToken cancellation)
    {
        await _engine.RemoveOrphansOnce(cancellation);
        var image = await _engine.Images.Ensure(Name, progress, cancellation);
        var mode = await _engine.HostKernel.Probe(image, progress, cancellation);
        var remoteNetwork = $"{TesterInner.ToString()[..^1]}0/24";
        var plan = new PeerContainerPlan(Name, image, mode, IutInner.ToString(), remoteNetwork, _ipv6);
        var container = await PeerContainer.Start(_engine, plan, instance, cancellation);
        INetwork? network = null;
        try
        {
            var description = await Describe(container.Console, mode, cancellation);
            progress.Report($"{Name}: {description.Product} on {container.Network.Subnet}, {description.DataPlane}");
            network = _openNetwork(container.Network.Bridge);
            return _make(container, description, network, TopologyOn(container.Network.Subnet) with { Ipv6 = _ipv6 });
        }
        catch
        {
            if (network is not null)
                await network.DisposeAsync();
            await container.DisposeAsync();
            throw;
        }
    }

    private static ContainerPeerDriver Daemon(ContainerEngine engine, IPeerDaemon daemon, Func<string, INetwork> openNetwork) => new(
        engine, daemon.Name, openNetwork, Ipv6Places.Standard,
        (container, description, network, topology) => new ContainerPeer(daemon, container, description, network, topology with { ResponseTime = daemon.ResponseTime }));

    private async Task<ImplementationDescription> Describe(PeerConsole console, PeerMode mode, CancellationToken cancellation)
    {
        var answer = await console.Run("peer-daemon version", ContainerPeer.CommandTime, cancellation);
        if (answer?.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is not [.., var product, var kernel])
            throw new ImplementationFailedException(
                $"{Name} did not tell its version: {answer?.Output ?? "it does not answer its console"}.");
        return new(Name, product, $"{(mode == PeerMode.Host ? "host" : "guest")} kernel {kernel}");
    }

    private static Topology TopologyOn(IPNetwork subnet) => new(
        Subnets.Host(subnet, PeerContainerPlan.PeerHost),
        Subnets.Host(subnet, PeerContainerPlan.TesterHost),
        subnet.PrefixLength,
        IutInner,
        TesterInner,
        TimeSpan.FromSeconds(2.5),
        SilenceTime);
}
