using System.Net;
using Conformance.Implementations;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Conformance.Peers.Engine;

/// <summary>A peer's own container network: a bridge of this machine with a subnet that nobody had.</summary>
internal sealed record PeerNetwork(string Name, string Bridge, IPNetwork Subnet)
{
    private const string BridgeOption = "com.docker.network.bridge.name";
    private const int Attempts = 8;
    private static readonly TimeSpan CreationTime = TimeSpan.FromSeconds(30);

    /// <summary>Makes one; the first free subnet is tried from a number that differs between processes, so that they seldom meet.</summary>
    public static async Task<PeerNetwork> Create(ContainerEngine engine, string name, string peer, CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt++)
        {
            var used = await Used(engine, cancellation);
            var subnet = Subnets.Free(used, Random.Shared.Next(256)).Cast<IPNetwork?>().FirstOrDefault()
                ?? throw new ImplementationFailedException(
                    "No free subnet in 172.31.0.0/16 for a peer's network: remove container networks or routes in it.");
            var bridge = $"{ProjectLabels.LinkPrefix}b{Random.Shared.NextInt64(0x1_0000_0000):x8}";
            try
            {
                await engine.Ask(
                    (client, token) => client.Networks.CreateNetworkAsync(Parameters(name, bridge, subnet, peer), token),
                    cancellation, CreationTime);
                return new(name, bridge, subnet);
            }
            catch (ImplementationFailedException refused) when (attempt < Attempts && refused.InnerException is DockerApiException
                && refused.Message.Contains("overlaps", StringComparison.Ordinal))
            {
                // Somebody took it in the meantime: look again.
            }
        }
    }

    public static string? BridgeOf(NetworkResponse network) =>
        network.Options is { } options && options.TryGetValue(BridgeOption, out var bridge) ? bridge : null;

    public static IEnumerable<IPNetwork> SubnetsOf(NetworkResponse network) =>
        (network.IPAM?.Config ?? []).Select(config => IPNetwork.TryParse(config.Subnet, out var subnet) ? subnet : (IPNetwork?)null).OfType<IPNetwork>();

    private static async Task<List<IPNetwork>> Used(ContainerEngine engine, CancellationToken cancellation)
    {
        var networks = await engine.Ask((client, token) => client.Networks.ListNetworksAsync(new(), token), cancellation);
        return [.. networks.SelectMany(SubnetsOf), .. Subnets.ParseRoutes(await File.ReadAllTextAsync("/proc/net/route", cancellation))];
    }

    private static NetworksCreateParameters Parameters(string name, string bridge, IPNetwork subnet, string peer) => new()
    {
        Name = name,
        Driver = "bridge",
        CheckDuplicate = true,
        Labels = ProjectLabels.OwnedBy(ProcessIdentity.Current, peer),
        Options = new Dictionary<string, string> { [BridgeOption] = bridge },
        IPAM = new() { Config = [new() { Subnet = subnet.ToString(), Gateway = Subnets.Host(subnet, 1).ToString() }] },
    };
}
