using System.Net;
using Conformance.Peers.Engine;

namespace Conformance.Peers.Tests;

internal sealed class SubnetsTests
{
    [Test]
    public void NothingUsed_Free_BeginsWithTheFirstAndGoesRound()
    {
        var free = Subnets.Free([], 254).Take(3).Select(subnet => subnet.ToString());
        Assert.That(free, Is.EqualTo(new[] { "172.31.254.0/24", "172.31.255.0/24", "172.31.0.0/24" }));
    }

    [Test]
    public void OverlappingNetworks_Free_LeavesThemOut()
    {
        IPNetwork[] used = [IPNetwork.Parse("172.31.0.0/23"), IPNetwork.Parse("172.31.2.128/25"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8")];
        Assert.That(Subnets.Free(used, 0).First().ToString(), Is.EqualTo("172.31.3.0/24"));
    }

    [Test]
    public void WholeRangeUsed_Free_IsEmpty() => Assert.That(Subnets.Free([IPNetwork.Parse("172.16.0.0/12")], 7), Is.Empty);

    [Test]
    public void RouteTable_Parsed_IsItsDestinationsWithoutTheDefault()
    {
        const string table = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
            + "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
            + "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
            + "icfb1\t00071FAC\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        Assert.That(Subnets.ParseRoutes(table).Select(route => route.ToString()), Is.EqualTo(new[] { "172.17.0.0/16", "172.31.7.0/24" }));
    }

    [Test]
    public void Host_OfSubnet_HasItsNumber() =>
        Assert.That(Subnets.Host(IPNetwork.Parse("172.31.7.0/24"), 10), Is.EqualTo(IPAddress.Parse("172.31.7.10")));
}
