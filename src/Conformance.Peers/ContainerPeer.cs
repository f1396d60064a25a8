using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Conformance.Peers.Engine;
using Ipsec.Host.Links;

namespace Conformance.Peers;

/// <summary>
/// One daemon in its container. <see cref="Configure"/> kills the daemon and starts it anew on the rendered policy while the container's
/// way out is
/// shut, so that no state and no message of the scenario before survives.
/// </summary>
internal sealed class ContainerPeer(
    IPeerDaemon daemon, PeerContainer container, ImplementationDescription description, INetwork network, Topology topology) : IImplementation
{
    /// <summary>How long a command in a peer may take before the peer counts as gone.</summary>
    internal static readonly TimeSpan CommandTime = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ConfigureTime = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan AliveTime = TimeSpan.FromSeconds(3);

    private string _connection = "";
    private string _credential = "";

    public ImplementationDescription Description => description;

    public Capabilities Capabilities => daemon.Capabilities;

    public EspSuite StandardEspSuite => daemon.StandardEspSuite;

    public INetwork Network => network;

    public Topology Topology => topology;

    public string RenderedConfiguration { get; private set; } = "";

    public async Task Configure(ConnectionPolicy policy, CancellationToken cancellation)
    {
        PolicyRules.Check(policy);
        var files = daemon.Render(policy, topology.Of(policy));
        RenderedConfiguration = string.Join('\n', 
            files.Where(file => !IsPrivate(file.Key)).OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => $"# ---- {file.Key}\n{file.Value}"));
        _connection = policy.Name;
        _credential = policy.Certificates is null ? "pre-shared key" : "certificate";

        if (await container.IsRunning(cancellation) && await TryConfigure(files, cancellation) is null)
            return;
        // The daemon, or the kernel under it, is in no state to go on: once more from nothing.
        await container.Restart(cancellation);
        if (await TryConfigure(files, cancellation) is { } complaint)
            throw new ImplementationFailedException(
                $"{description.Name} does not take the policy \"{policy.Name}\": {complaint}\nIts log ends:\n{LastLines(await Log(cancellation))}");
    }

    public async Task Initiate(CancellationToken cancellation) => await Require($"peer-daemon initiate {_connection}", cancellation);

    public async Task SendDatagram(IPEndPoint from, IPEndPoint to, CancellationToken cancellation) =>
        await Require($"peer-daemon send {from.Address} {from.Port} {to.Address} {to.Port}", cancellation);

    public async Task Terminate(CancellationToken cancellation) => await Require($"peer-daemon terminate {_connection}", cancellation);

    public async Task Order(SaOrder order, CancellationToken cancellation) => await Require(order switch
    {
        SaOrder.RekeyChild => $"peer-daemon rekey-child {_connection}",
        SaOrder.RekeyIke => $"peer-daemon rekey-ike {_connection}",
        SaOrder.DeleteChild => $"peer-daemon delete-child {_connection}",
        _ => throw new UnsupportedPolicyException(nameof(SaOrder), $"{description.Name} can't be told to {order}"),
    }, cancellation);

    public async Task<ImmutableArray<SecurityAssociationInfo>> SecurityAssociations(CancellationToken cancellation) =>
        [.. daemon.ParseAssociations(await Require("peer-daemon associations", cancellation)).Select(association => association with { AuthenticatedBy = _credential })];

    public async Task<bool> IsAlive(CancellationToken cancellation) =>
        await container.Console.Run("peer-daemon alive", AliveTime, cancellation) is { Status: 0 };

    public Task<string> Log(CancellationToken cancellation) => container.Console.ReadLog(cancellation);

    public async ValueTask DisposeAsync()
    {
        await network.DisposeAsync();
        await container.DisposeAsync();
    }

    /// <summary>Null if the peer took the configuration, otherwise its complaint.</summary>
    private async Task<string?> TryConfigure(IReadOnlyDictionary<string, string> files, CancellationToken cancellation)
    {
        var folder = await container.Console.WriteConfiguration(files, cancellation);
        var answer = await container.Console.Run($"peer-daemon configure {folder}", ConfigureTime, cancellation);
        return answer switch
        {
            null => "it does not answer its console.",
            { Status: 0 } => null,
            _ => answer.Output.Trim(),
        };
    }

    private async Task<string> Require(string command, CancellationToken cancellation)
    {
        var answer = await container.Console.Run(command, CommandTime, cancellation)
            ?? throw new ImplementationFailedException(
                $"{description.Name} did not end \"{command}\" within {CommandTime.TotalSeconds:0} seconds: "
                + "its container or kernel is gone, or the machine is overloaded.");
        return answer.Status == 0
            ? answer.Output
            : throw new ImplementationFailedException(
                $"{description.Name} refused \"{command}\" (exit status {answer.Status}): {answer.Output.Trim()}");
    }

    /// <summary>Private keys are in no evidence.</summary>
    private static bool IsPrivate(string file) => file.StartsWith("private", StringComparison.Ordinal);

    private static string LastLines(string text) => string.Join('\n', text.TrimEnd().Split('\n').TakeLast(10));
}
