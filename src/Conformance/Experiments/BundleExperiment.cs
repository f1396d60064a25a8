using System.Collections.Immutable;
using Ipsec.Packets.Ip;

namespace Conformance.Experiments;

/// <summary>
/// Two SAs on the same packets, as the classic overview draws them: one protects all traffic through a gateway, another all traffic to a particular host. The inner
/// one ends (a) in a host behind the gateway, (b) in the gateway itself. In memory, on virtual time.
/// </summary>
public sealed class BundleExperiment
{
    private const int Pings = 20;
    private const int Datagrams = 20;
    private const int TransferOctets = 50_000;

    public required int Seed { get; init; }

    public ExperimentOutcome<BundleFigures> Run()
    {
        var files = ImmutableArray.CreateBuilder<(string, byte[])>();
        ImmutableArray<BundleCase> cases = [.. Enum.GetValues<BundleEnd>().Select(end => Run(end, files))];
        return new(new() { Seed = Seed, Cases = cases }, files.ToImmutable());
    }

    /// <summary>What the bundles did not keep, a sentence each.</summary>
    public static IEnumerable<string> Broken(BundleFigures figures) => figures.Cases.SelectMany(Broken);

    /// <summary>Name of a case's files.</summary>
    public static string NameOf(BundleEnd end) => end == BundleEnd.HostBehindTheGateway ? "host-behind-the-gateway" : "the-gateway-itself";

    private static IEnumerable<string> Broken(BundleCase one)
    {
        var name = NameOf(one.End);
        foreach (var flow in one.ToParticularHost.Flows.Concat(one.ToPlainHost.Flows))
            if (flow.Returned != flow.Sent || flow.Altered > 0)
                yield return $"{name}: of {flow.Sent} {flow.Protocol} {flow.Name} to {flow.To} {flow.Returned} came back unaltered";
        foreach (var association in one.Outer.Concat(one.Inner))
            if (association.Opened == 0)
                yield return $"{name}: the SA for {association.Name} from {association.From} carried nothing";
        if (one.Inner[0].Opened != one.ToParticularHost.There || one.Inner[1].Opened != one.ToParticularHost.Back)
            yield return $"{name}: not every packet of the particular host had the inner SA, or others had it too";
        if (one.Outer[0].Opened != one.ToParticularHost.There + one.ToPlainHost.There || one.Outer[1].Opened != one.ToParticularHost.Back + one.ToPlainHost.Back)
            yield return $"{name}: not every packet through the gateway had the outer SA, or others had it too";
        if (!one.HostileSpis.SequenceEqual(Spis(one.Outer)))
            yield return $"{name}: between traveller and gateway the SPIs {string.Join(", ", one.HostileSpis)} can be seen, not those of the outer SAs alone";
        if (!one.PrivateSpis.SequenceEqual(one.End == BundleEnd.HostBehindTheGateway ? Spis(one.Inner) : []))
            yield return $"{name}: behind the gateway the SPIs {string.Join(", ", one.PrivateSpis)} can be seen, not those of the inner SAs alone";
        if (one.Hostile.Other > 0 || one.Hostile.Readable > 0)
            yield return $"{name}: traffic of the hosts can be read between traveller and gateway";
        if (one.Private.Readable == 0)
            yield return $"{name}: nothing was readable behind the gateway, so that the search for it proves nothing";
    }

    private BundleCase Run(BundleEnd end, ImmutableArray<(string, byte[])>.Builder files)
    {
        var network = new BundleNetwork(end, Seed);
        var flows = new Flows(network.Networks, network.Marker);
        var particular = Traffic("particular host", network.ParticularHost);
        var (there, back) = (network.TravellerPackets.Sent, network.TravellerPackets.Received);
        var plain = Traffic("plain host", BundleNetwork.PlainHostAddress);
        files.Add(($"{NameOf(end)}-hostile.pcapng", network.Hostile.Capture));
        files.Add(($"{NameOf(end)}-private.pcapng", network.Private.Capture));
        files.AddRange(network.Keys.Files($"{NameOf(end)}-keys"));
        return new(
            end, network.Outer, network.Inner, new(there, back, particular), new(network.PlainHostPackets.Received, network.PlainHostPackets.Sent, plain),
            network.Hostile.Seen, network.Private.Seen, Spis(network.Hostile), Spis(network.Private));

        ImmutableArray<FlowFigures> Traffic(string name, IpAddress address)
        {
            ImmutableArray<FlowFigures> figures =
            [
                flows.Ping("traveller", network.TravellerStack, name, address, Pings, number => number * 40),
                flows.Udp("traveller", network.TravellerStack, name, address, Datagrams, number => number * 40),
                flows.Tcp("traveller", network.TravellerStack, name, address, TransferOctets),
            ];
            // What is under way arrives before anybody counts.
            network.Networks.Run(() => false, TimeSpan.FromSeconds(1));
            return figures;
        }
    }

    private static ImmutableArray<string> Spis(Eavesdropper listener) => [.. listener.Spis.Keys.Order().Select(spi => $"{spi:x8}")];

    private static IEnumerable<string> Spis(ImmutableArray<AssociationFigures> associations) => associations.Select(association => association.Spi).Order().Select(spi => $"{spi:x8}");
}
