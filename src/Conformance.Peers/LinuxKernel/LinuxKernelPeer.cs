using System.Collections.Immutable;
using System.Globalization;
using Conformance.Implementations;
using Conformance.Peers.Engine;
using Conformance.Peers.Libreswan;
using Ipsec.Host.Links;

namespace Conformance.Peers.LinuxKernel;

/// <summary>A Linux kernel without an IKE daemon, keyed by hand with <c>ip xfrm</c>. What it refuses is unsupported, in its own words.</summary>
internal sealed class LinuxKernelPeer(PeerContainer container, ImplementationDescription description, INetwork network, Topology topology) : IImplementation
{
    public const string ShortName = "linux-kernel";

    private const int RefusedByKernel = 3;
    private static readonly TimeSpan InstallTime = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan AliveTime = TimeSpan.FromSeconds(3);

    public ImplementationDescription Description => description;

    public Capabilities Capabilities { get; } =
        Capabilities.All.Without(Capability.IkeV2, Capability.Initiator, Capability.CookieOnDemand, Capability.Curve25519, Capability.EcpGroups, Capability.ModpGroups);

    public INetwork Network => network;

    public Topology Topology => topology;

    public string RenderedConfiguration { get; private set; } = "";

    public Task Configure(ConnectionPolicy policy, CancellationToken cancellation) => throw WithoutIke();

    public Task Initiate(CancellationToken cancellation) => throw WithoutIke();

    public Task Terminate(CancellationToken cancellation) => throw WithoutIke();

    public async Task Install(ManualConfiguration configuration, CancellationToken cancellation)
    {
        RenderedConfiguration = XfrmConfiguration.Render(configuration);
        var files = new Dictionary<string, string> { ["xfrm"] = RenderedConfiguration, ["ports"] = XfrmConfiguration.RenderPorts(configuration) };
        if (await container.IsRunning(cancellation) && await TryInstall(files, cancellation) is null)
            return;
        // The kernel is in no state to go on: once more from nothing.
        await container.Restart(cancellation);
        if (await TryInstall(files, cancellation) is { } complaint)
            throw new ImplementationFailedException($"{description.Name} does not take the configuration: {complaint}");
    }

    public async Task<ImmutableDictionary<string, long>> Counters(CancellationToken cancellation) =>
        ParseCounters(await Require("peer-daemon counters", cancellation));

    public async Task<ImmutableArray<SecurityAssociationInfo>> SecurityAssociations(CancellationToken cancellation)
    {
        var states = XfrmStates.Parse(await Require("peer-daemon associations", cancellation)).ToArray();
        var inbound = states.Where(state => IsOurs(state.Destination));
        var outbound = states.Where(state => IsOurs(state.Source));
        return
        [
            .. inbound.Zip(outbound, (one, other) => new SecurityAssociationInfo(
                one.Spi, other.Spi, one.Mode, one.Source, "", "manual keying", one.Packets, other.Packets)),
        ];
    }

    public async Task<bool> IsAlive(CancellationToken cancellation) =>
        await container.Console.Run("peer-daemon alive", AliveTime, cancellation) is { Status: 0 };

    /// <summary>The kernel logs nothing of IPsec: its SAs with their counters, and its counters of discarded packets.</summary>
    public async Task<string> Log(CancellationToken cancellation) => await Require("peer-daemon associations; peer-daemon counters", cancellation);

    public async ValueTask DisposeAsync()
    {
        await network.DisposeAsync();
        await container.DisposeAsync();
    }

    /// <summary>Reads <c>/proc/net/xfrm_stat</c>: a name and a number on each line.</summary>
    internal static ImmutableDictionary<string, long> ParseCounters(string text) => text
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        .ToImmutableDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture));

    /// <summary>Null if the kernel took it, otherwise why it can't be asked.</summary>
    private async Task<string?> TryInstall(IReadOnlyDictionary<string, string> files, CancellationToken cancellation)
    {
        var folder = await container.Console.WriteConfiguration(files, cancellation);
        // What was learnt of path MTUs outlives SAs and policies.
        var answer = await container.Console.Run($"ip route flush cache; ip -6 route flush cache; peer-daemon install {folder}", InstallTime, cancellation);
        return answer switch
        {
            null => "it does not answer its console.",
            { Status: 0 } => null,
            { Status: RefusedByKernel } => throw Refusal(answer.Output),
            _ => answer.Output.Trim(),
        };
    }

    /// <summary>The kernel's words and the line that it refused.</summary>
    private static UnsupportedPolicyException Refusal(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var field = lines.Length > 1 && lines[1].StartsWith("xfrm policy", StringComparison.Ordinal)
            ? nameof(ManualConfiguration.Policies)
            : nameof(ManualConfiguration.Associations);
        return new(field, string.Join(" at: ", lines));
    }

    private async Task<string> Require(string command, CancellationToken cancellation)
    {
        var answer = await container.Console.Run(command, ContainerPeer.CommandTime, cancellation);
        return answer is { Status: 0 }
            ? answer.Output
            : throw new ImplementationFailedException(
                $"{description.Name} did not do \"{command}\": {answer?.Output.Trim() ?? "it does not answer its console"}");
    }

    private bool IsOurs(string address) => address == topology.Iut.ToString() || address == topology.Ipv6?.Iut.ToString();

    private static UnsupportedPolicyException WithoutIke() => new(nameof(Capability.IkeV2), "a kernel alone is keyed by hand");
}
