using Conformance.Implementations;
using Conformance.Scenarios;

namespace Conformance.Suites.Interop;

/// <summary>One end gets its inner address from the other by configuration payloads (RFC 7296 sections 2.19 and 3.15); traffic flows to and from that address, also after a rekeying.</summary>
[Needs(Capability.IkeV2, Capability.TunnelMode)]
public sealed class AssignedAddresses : InteropScenario
{
    [Scenario("INTEROP-ADDRESS-001", "The implementation gives the stack, which initiates, an inner address: traffic flows from there, also after a rekeying", Needs = [Capability.AddressAssignment])]
    [Covers("RFC7296-4-11", "RFC7296-4-12")]
    public Task Assigned() => Flows(new() { Assignment = AddressAssignment.OnRequest }, stackInitiates: true, "RFC7296-4-11", "RFC7296-4-12");

    [Scenario("INTEROP-ADDRESS-002", "The implementation, which initiates, asks the stack for an inner address: traffic flows to there, also after a rekeying", Needs = [Capability.AddressRequest, Capability.Initiator])]
    [Covers("RFC7296-2.19-1", "RFC7296-2.19-4")]
    public Task AskedFor() => Flows(new() { AsksForAddress = true }, stackInitiates: false, "RFC7296-2.19-1", "RFC7296-2.19-4");

    [Scenario("INTEROP-ADDRESS-IPV6-001", "The implementation gives the stack, which initiates, an inner IPv6 address: traffic flows from there, also after a rekeying", Needs = [Capability.AddressAssignment, Capability.Ipv6])]
    [Covers("RFC7296-4-11", "RFC7296-4-12")]
    public Task Ipv6Assigned() => Flows(new() { Assignment = AddressAssignment.OnRequest, OuterIpv6 = true, InnerIpv6 = true }, stackInitiates: true, "RFC7296-4-11", "RFC7296-4-12");

    [Scenario("INTEROP-ADDRESS-IPV6-002", "The implementation, which initiates, asks the stack for an inner IPv6 address: traffic flows to there, also after a rekeying", Needs = [Capability.AddressRequest, Capability.Initiator, Capability.Ipv6])]
    [Covers("RFC7296-2.19-1", "RFC7296-2.19-4")]
    public Task Ipv6AskedFor() => Flows(new() { AsksForAddress = true, OuterIpv6 = true, InnerIpv6 = true }, stackInitiates: false, "RFC7296-2.19-1", "RFC7296-2.19-4");

    private async Task Flows(ConnectionPolicy policy, bool stackInitiates, params string[] requirements)
    {
        await Context.Configure(policy);
        var stack = Context.Stack;
        var up = stackInitiates ? await stack.Initiate() : await stack.BeInitiated();
        foreach (var requirement in requirements)
            Context.Check(requirement, up, "an IKE SA and a child SA", "none came about");
        foreach (var requirement in requirements)
            Context.Check(requirement, stack.HasAssignedAddress, "a child SA for the one address that was assigned", "another");
        await TrafficFlows(requirements[0]);
        Context.Check(requirements[0], await stack.RekeyChild(), "a new child SA in the place of the old one", "none came about");
        await TrafficFlows(requirements[0]);
        Context.Check(requirements[0], await stack.Disconnect(), "no child SA after the delete", "some");
    }
}
