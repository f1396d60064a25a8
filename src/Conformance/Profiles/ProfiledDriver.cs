using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Ipsec.Host.Links;

namespace Conformance.Profiles;

/// <summary>A driver whose implementations are seen through a profile.</summary>
public sealed class ProfiledDriver(IImplementationDriver driver, Profile profile) : IImplementationDriver
{
    public string Name => driver.Name;

    public Task<string?> Obstacle(CancellationToken cancellation) => driver.Obstacle(cancellation);

    public async Task<IImplementation> Start(int instance, IProgress<string> progress, CancellationToken cancellation) =>
        new Profiled(await driver.Start(instance, progress, cancellation).ConfigureAwait(false), profile);

    private sealed class Profiled(IImplementation inner, Profile profile) : IImplementation
    {
        public ImplementationDescription Description => inner.Description;

        public EspSuite StandardEspSuite => inner.StandardEspSuite;

        public Capabilities Capabilities => inner.Capabilities.Without(profile.Without.AsSpan());

        public bool IsMetOverIpv6 => profile.OuterIpv6 || inner.IsMetOverIpv6;

        public INetwork Network => inner.Network;

        public Topology Topology => inner.Topology with
        {
            ResponseTime = profile.ResponseTime ?? inner.Topology.ResponseTime,
            SilenceTime = profile.SilenceTime ?? inner.Topology.SilenceTime,
        };

        public string RenderedConfiguration => inner.RenderedConfiguration;

        public Task Configure(ConnectionPolicy policy, CancellationToken cancellation) => inner.Configure(policy, cancellation);

        public Task Install(ManualConfiguration configuration, CancellationToken cancellation) => inner.Install(configuration, cancellation);

        public Task<ImmutableDictionary<string, long>> Counters(CancellationToken cancellation) => inner.Counters(cancellation);

        public Task Initiate(CancellationToken cancellation) => inner.Initiate(cancellation);

        public Task SendDatagram(IPEndPoint from, IPEndPoint to, CancellationToken cancellation) => inner.SendDatagram(from, to, cancellation);

        public Task Terminate(CancellationToken cancellation) => inner.Terminate(cancellation);

        public Task Order(SaOrder order, CancellationToken cancellation) => inner.Order(order, cancellation);

        public Task<ImmutableArray<SecurityAssociationInfo>> SecurityAssociations(CancellationToken cancellation) => inner.SecurityAssociations(cancellation);

        public Task<bool> IsAlive(CancellationToken cancellation) => inner.IsAlive(cancellation);

        public Task<string> Log(CancellationToken cancellation) => inner.Log(cancellation);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
