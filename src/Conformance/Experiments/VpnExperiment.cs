using System.Collections.Immutable;

namespace Conformance.Experiments;

/// <summary>
/// A VPN as the classic overview draws it: two private networks whose hosts know nothing of cryptography, joined by two gateways over a network that loses,
/// repeats and reorders packets, has a small MTU, and listens. In memory, on virtual time.
/// </summary>
public sealed class VpnExperiment
{
    private const int Pings = 60;
    private const int Datagrams = 60;
    private const int TransferOctets = 100_000;

    // So much may be lost of what nobody repeats: four hops of loss, and the first packet, which waits for IKE.
    private const double LeastReturned = 0.8;

    public required int Seed { get; init; }

    public double Loss { get; init; } = 0.01;

    public double Duplication { get; init; } = 0.02;

    public double Reordering { get; init; } = 0.05;

    public int SmallMtu { get; init; } = 1400;

    public ExperimentOutcome<VpnFigures> Run()
    {
        var files = ImmutableArray.CreateBuilder<(string, byte[])>();
        var figures = new VpnFigures
        {
            Seed = Seed,
            Loss = Loss,
            Duplication = Duplication,
            Reordering = Reordering,
            SmallMtu = SmallMtu,
            Stages = [Run(outerIpv6: false, files), Run(outerIpv6: true, files)],
        };
        return new(figures, files.ToImmutable());
    }

    /// <summary>What the VPN did not keep, a sentence each.</summary>
    public static IEnumerable<string> Broken(VpnFigures figures)
    {
        foreach (var stage in figures.Stages)
        {
            var over = $"over {(stage.OuterIpv6 ? "IPv6" : "IPv4")}";
            foreach (var flow in stage.Flows)
            {
                var least = flow.Protocol == "TCP" ? flow.Sent : flow.Sent * LeastReturned;
                if (flow.Returned < least)
                    yield return $"{over}: of {flow.Sent} {flow.Protocol} {flow.Name} from {flow.From} to {flow.To} only {flow.Returned} came back";
                if (flow.Altered > 0)
                    yield return $"{over}: {flow.Altered} {flow.Protocol} {flow.Name} from {flow.From} to {flow.To} came back altered";
            }
            if (stage.Hostile.Other > 0)
                yield return $"{over}: {stage.Hostile.Other} frames on the hostile network are neither ESP nor IKE nor the network's own";
            if (stage.Hostile.Readable > 0)
                yield return $"{over}: data of the hosts can be read in {stage.Hostile.Readable} frames on the hostile network";
            if (stage.Left.Readable == 0 || stage.Right.Readable == 0)
                yield return $"{over}: nothing was readable on the private networks, so that the search for it proves nothing";
        }
    }

    private VpnStage Run(bool outerIpv6, ImmutableArray<(string, byte[])>.Builder files)
    {
        var vpn = new VpnNetwork(this, outerIpv6);
        var flows = new Flows(vpn.Networks, vpn.Marker);
        var results = ImmutableArray.CreateBuilder<FlowFigures>();
        foreach (var ipv6 in new[] { false, true })
        {
            var (alice, anna, bob, bert) = (vpn.Host("alice"), vpn.Host("anna"), vpn.Host("bob"), vpn.Host("bert"));
            results.Add(flows.Ping("alice", alice.Stack, "bob", VpnNetwork.AddressOf("bob", ipv6), Pings, number => number * 25));
            results.Add(flows.Udp("anna", anna.Stack, "bert", VpnNetwork.AddressOf("bert", ipv6), Datagrams, number => number * 50));
            results.Add(flows.Tcp("bert", bert.Stack, "alice", VpnNetwork.AddressOf("alice", ipv6), TransferOctets));
        }
        var suffix = outerIpv6 ? "ipv6" : "ipv4";
        files.Add(($"hostile-{suffix}.pcapng", vpn.Hostile.Capture));
        files.Add(($"left-{suffix}.pcapng", vpn.Left.Capture));
        files.Add(($"right-{suffix}.pcapng", vpn.Right.Capture));
        files.AddRange(vpn.Keys.Files($"keys-{suffix}"));
        var counters = vpn.HostileRouter.Counters;
        return new(
            outerIpv6, results.ToImmutable(), vpn.Hostile.Seen, vpn.Left.Seen, vpn.Right.Seen, vpn.Associations(), counters.Forwarded, counters.TooBig, counters.Fragmented);
    }
}
