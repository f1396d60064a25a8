using Conformance.Implementations;
using Conformance.InHouse;
using Conformance.Peers;
using Conformance.Peers.Engine;
using Ipsec.Host.Links;

namespace Conformance.Cli;

/// <summary>The implementations that can be named on the command line, and their drivers, which share one container engine.</summary>
internal sealed class KnownPeers : IDisposable
{
    private readonly Lazy<ContainerEngine> _engine = new(() => new ContainerEngine());

    /// <summary>Names of those that run in containers.</summary>
    public static IReadOnlyList<string> Live { get; } = ["strongswan", "libreswan", "openiked", "linux-kernel"];

    public static IReadOnlyList<string> All { get; } = [InHouseDriver.ShortName, .. Live];

    public ContainerEngine Engine => _engine.Value;

    public static bool IsLive(string name) => Live.Contains(name);

    /// <exception cref="CommandFailure">There is none of that name.</exception>
    public static void RefuseUnknown(IEnumerable<string> names, IReadOnlyList<string> known)
    {
        foreach (var name in names.Where(name => !known.Contains(name)))
            throw CommandFailure.Usage($"There is no peer '{name}' among: {string.Join(", ", known)}.{Nearest.Question(name, known)}");
    }

    public IImplementationDriver Driver(string name) => name switch
    {
        InHouseDriver.ShortName => new InHouseDriver(),
        "strongswan" => ContainerPeerDriver.StrongSwan(Engine, OpenNetwork),
        "libreswan" => ContainerPeerDriver.Libreswan(Engine, OpenNetwork),
        "openiked" => ContainerPeerDriver.OpenIked(Engine, OpenNetwork),
        "linux-kernel" => ContainerPeerDriver.LinuxKernel(Engine, OpenNetwork),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such peer."),
    };

    public void Dispose()
    {
        if (_engine.IsValueCreated)
            _engine.Value.Dispose();
    }

    /// <summary>A network that can't be opened is the end of one peer, not of the run.</summary>
    private static RealNetwork OpenNetwork(string bridge)
    {
        try
        {
            return RealNetwork.Open(bridge);
        }
        catch (NetworkFailedException failure)
        {
            throw new ImplementationFailedException(failure.Message, failure);
        }
    }
}
