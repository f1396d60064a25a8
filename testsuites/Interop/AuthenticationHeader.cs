using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;

namespace Conformance.Suites.Interop;

/// <summary>The in-house stack and the implementation make AH SAs by IKE, and replace them; traffic flows before and after.</summary>
[Needs(Capability.IkeV2, Capability.NegotiatedAh)]
public sealed class AuthenticationHeader : InteropScenario
{
    private const string Requirement = "RFC7296-2.17-1";

    public sealed record Meeting(IpsecMode Mode, bool StackInitiates);

    public static IEnumerable<ScenarioCase> Cases =>
        from mode in new[] { IpsecMode.Tunnel, IpsecMode.Transport }
        from stackInitiates in new[] { true, false }
        select new ScenarioCase(
            $"INTEROP-AH-{(mode == IpsecMode.Tunnel ? "TUNNEL" : "TRANSPORT")}-{(stackInitiates ? "001" : "002")}",
            $"AH in {(mode == IpsecMode.Tunnel ? "tunnel" : "transport")} mode, {(stackInitiates ? "the stack" : "the implementation")} initiates and rekeys: traffic flows before and after",
            new Meeting(mode, stackInitiates), [Requirement],
            [mode == IpsecMode.Tunnel ? Capability.TunnelMode : Capability.TransportMode, .. stackInitiates ? ImmutableArray<Capability>.Empty : [Capability.Initiator, Capability.OrderRekeyChild]]);

    [Scenarios(nameof(Cases))]
    public async Task TrafficFlowsUnderAh(Meeting meeting)
    {
        await Meet(new() { Mode = meeting.Mode, UsesAh = true, EspSuites = [EspSuite.Aes256CbcSha256] }, meeting.StackInitiates);
        await TrafficFlows(Requirement);
        var replaced = meeting.StackInitiates ? await Context.Stack.RekeyChild() : await Context.Stack.ChildIsRekeyed();
        Context.Check(Requirement, replaced, "a new child SA in the place of the old one", "none came about");
        await TrafficFlows(Requirement);
        Context.Check(Requirement, await Context.Stack.Disconnect(), "no child SA after the delete", "some");
    }
}
