using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;

namespace Conformance.Suites.Interop;

/// <summary>One end gives the other its inner address (RFC 7296 section 2.19); traffic from and to that flows, also after rekeyings.</summary>
[Needs(Capability.TunnelMode)]
public sealed class AssignedAddresses : InteropScenario
{
    private static readonly ConnectionPolicy Ipv6 = new() { OuterIpv6 = true, InnerIpv6 = true };

    [Scenario("INTEROP-ADDRESS-ASSIGNED-001", "The implementation gives the stack, which asks, an IPv4 address: traffic from that flows, also after rekeyings", Needs = [Capability.AddressAssignment])]
    [Covers("RFC7296-4-11", "RFC7296-4-12")]
    public Task StackAsks() => StackAsks(new());

    [Scenario("INTEROP-ADDRESS-ASSIGNED-IPV6-001", "The implementation gives the stack, which asks, an IPv6 address: traffic from that flows, also after rekeyings", Needs = [Capability.AddressAssignment, Capability.Ipv6])]
    [Covers("RFC7296-4-11", "RFC7296-4-12")]
    public Task StackAsksForIpv6() => StackAsks(Ipv6);

    [Scenario("INTEROP-ADDRESS-ASKED-001", "The stack gives the implementation, which asks, an IPv4 address: traffic to that flows", Needs = [Capability.Initiator, Capability.AddressRequest])]
    [Covers("RFC7296-2.19-1")]
    public Task ImplementationAsks() => ImplementationAsks(new());

    [Scenario("INTEROP-ADDRESS-ASKED-002", "The stack has given the implementation, which asked, an IPv4 address: traffic to that flows after rekeyings", Needs = [Capability.Initiator, Capability.AddressRequest])]
    [Covers("RFC7296-2.19-1")]
    public Task ImplementationKeepsAddress() => ImplementationAsks(new(), rekeyings: true);

    [Scenario("INTEROP-ADDRESS-ASKED-IPV6-001", "The stack gives the implementation, which asks, an IPv6 address: traffic to that flows", Needs = [Capability.Initiator, Capability.AddressRequest, Capability.Ipv6])]
    [Covers("RFC7296-2.19-1")]
    public Task ImplementationAsksForIpv6() => ImplementationAsks(Ipv6);

    private async Task StackAsks(ConnectionPolicy policy)
    {
        await Context.Configure(policy with { Assignment = AddressAssignment.OnRequest });
        // Without an address it has no child SA.
        Context.Check("RFC7296-4-12", await Context.Stack.Initiate(), "CP(CFG_REPLY) with an address, and a child SA", "no child SA");
        CheckAddress("RFC7296-4-12", Context.Implementation.Topology.Of(policy).TesterInner);
        await TrafficFlows("RFC7296-4-11");
        await TrafficGoesOn("RFC7296-4-11");
        Context.Check("RFC7296-4-11", await Context.Stack.Disconnect(), "no child SA after the delete", "some");
    }

    private async Task ImplementationAsks(ConnectionPolicy policy, bool rekeyings = false)
    {
        await Context.Configure(policy with { AsksForAddress = true });
        // Who does not ask gets none from the stack.
        Context.Check("RFC7296-2.19-1", await Context.Stack.BeInitiated(), "CP(CFG_REQUEST) for an address, and a child SA", "no child SA");
        CheckAddress("RFC7296-2.19-1", Context.Implementation.Topology.Of(policy).IutInner);
        await TrafficFlows("RFC7296-2.19-1");
        if (rekeyings)
            await TrafficGoesOn("RFC7296-2.19-1");
        Context.Check("RFC7296-2.19-1", await Context.Stack.Disconnect(), "no child SA after the delete", "some");
    }

    /// <summary>After each kind of SA was rekeyed: the address goes with the IKE SA to its successor.</summary>
    private async Task TrafficGoesOn(string requirement)
    {
        Context.Check(requirement, await Context.Stack.RekeyChild(), "a new child SA in the place of the old one", "none came about");
        await TrafficFlows(requirement);
        Context.Check(requirement, await Context.Stack.RekeyIke(), "a new IKE SA in the place of the old one", "none came about");
        Context.Check(requirement, await Context.Stack.RekeyChild(), "a new child SA under the new IKE SA", "none came about");
        await TrafficFlows(requirement);
    }

    /// <param name="inner">An address of the network that addresses are assigned from.</param>
    private void CheckAddress(string requirement, IPAddress inner)
    {
        var pool = PolicyTraffic.Around(inner);
        var address = Context.Stack.AssignedAddress;
        Context.Check(requirement, address is not null && pool.Contains(address), $"a child SA for one address out of {pool}", address?.ToString() ?? "one for more than an address");
    }
}
