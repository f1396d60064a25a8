using System.Net;
using Conformance.Implementations;

namespace Conformance.Peers.Tests;

internal static class TestTopology
{
    public static Topology Standard { get; } = new(
        IPAddress.Parse("172.31.7.2"), IPAddress.Parse("172.31.7.10"), 24, IPAddress.Parse("10.1.0.1"), IPAddress.Parse("10.2.0.1"),
        TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(0.6)) { Ipv6 = Ipv6Places.Standard };
}
