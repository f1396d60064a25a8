using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;

namespace Conformance.Suites.Interop;

/// <summary>The in-house stack meets the implementation over IPv6, and with IPv6 in tunnels; traffic goes on under the keys of each rekeying.</summary>
[Needs(Capability.Ipv6)]
public sealed class OverIpv6 : InteropScenario
{
    private static readonly ConnectionPolicy Whole = new() { OuterIpv6 = true, InnerIpv6 = true };

    private static readonly ImmutableArray<(string Name, string What, ConnectionPolicy Policy, Capability Needs)> Forms =
    [
        ("6IN6", "IPv6 in an IPv6 tunnel", Whole, Capability.TunnelMode),
        ("4IN6", "IPv4 in an IPv6 tunnel", new() { OuterIpv6 = true }, Capability.TunnelMode),
        ("6IN4", "IPv6 in an IPv4 tunnel", new() { OuterIpv6 = false, InnerIpv6 = true }, Capability.TunnelMode),
        ("TRANSPORT", "Transport mode between IPv6 addresses", new() { OuterIpv6 = true, Mode = IpsecMode.Transport }, Capability.TransportMode),
        ("UDP", "IPv6 in an IPv6 tunnel, in UDP", Whole with { ForceUdpEncapsulation = true }, Capability.NatTraversal),
    ];

    public static IEnumerable<ScenarioCase> Cases =>
        from form in Forms
        from stackInitiates in new[] { true, false }
        select new ScenarioCase(
            $"INTEROP-IPV6-{form.Name}-{(stackInitiates ? "001" : "002")}",
            $"{form.What}, {(stackInitiates ? "the stack" : "the implementation")} initiates: the stack rekeys the child SA and the IKE SA, and traffic goes on",
            (form.Policy, stackInitiates), ["RFC7296-1.2-2", "RFC7296-1.3.3-1", "RFC7296-2.18-3"], [form.Needs, .. stackInitiates ? [] : ImmutableArray.Create(Capability.Initiator)]);

    [Scenarios(nameof(Cases))]
    public async Task StackRekeys((ConnectionPolicy Policy, bool StackInitiates) form)
    {
        await Meet(form.Policy, form.StackInitiates);
        await TrafficFlows("RFC7296-1.2-2");
        Context.Check("RFC7296-1.3.3-1", await Context.Stack.RekeyChild(), "a new child SA in the place of the old one", "none came about");
        await TrafficFlows("RFC7296-1.3.3-1");
        Context.Check("RFC7296-2.18-3", await Context.Stack.RekeyIke(), "a new IKE SA in the place of the old one", "none came about");
        Context.Check("RFC7296-1.3.3-1", await Context.Stack.RekeyChild(), "a new child SA under the new IKE SA", "none came about");
        await TrafficFlows("RFC7296-2.18-3");
        Context.Check("RFC7296-1.3.3-1", await Context.Stack.Disconnect(), "no child SA after the delete", "some");
    }
}
