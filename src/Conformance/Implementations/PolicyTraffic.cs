using System.Collections.Immutable;
using System.Net;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Implementations;

/// <summary>A policy's traffic as selectors: the configured subnets, by default the /24 (IPv6: the /64) around the topology's inner addresses; in transport mode the outer addresses.</summary>
public static class PolicyTraffic
{
    /// <summary>The implementation's side.</summary>
    public static ImmutableArray<TrafficSelector> OfIut(ConnectionPolicy policy, Topology topology) =>
        Selectors(policy, policy.LocalSubnets, topology.Iut, topology.IutInner);

    /// <summary>The tester's side.</summary>
    public static ImmutableArray<TrafficSelector> OfTester(ConnectionPolicy policy, Topology topology) =>
        Selectors(policy, policy.RemoteSubnets, topology.Tester, topology.TesterInner);

    private static ImmutableArray<TrafficSelector> Selectors(ConnectionPolicy policy, ImmutableArray<string> subnets, IPAddress outer, IPAddress inner)
    {
        if (policy.Mode == IpsecMode.Transport)
            return [TrafficSelector.Range(outer, outer)];
        return subnets.IsEmpty
            ? [TrafficSelector.Subnet(Around(inner))]
            : [.. subnets.Select(subnet => TrafficSelector.Subnet(IPNetwork.Parse(subnet)))];
    }

    /// <summary>The subnet that an inner address stands for where a policy names none.</summary>
    public static IPNetwork Around(IpAddress address)
    {
        var length = address.IsIpv6 ? 64 : 24;
        return new(address.Prefix(length).First.ToIPAddress(), length);
    }
}
