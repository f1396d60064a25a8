using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;

namespace Conformance.Suites.Interop;

/// <summary>The in-house stack and the implementation agree on IPComp inside of a child SA (RFC 7296 section 2.22); compressible traffic shrinks, and does so under the next SA too.</summary>
[Needs(Capability.IkeV2, Capability.NegotiatedIpComp)]
public sealed class Compression : InteropScenario
{
    private const string Requirement = "RFC7296-2.22-4";

    public sealed record Meeting(IpsecMode Mode, bool StackInitiates);

    public static IEnumerable<ScenarioCase> Cases =>
        from mode in new[] { IpsecMode.Tunnel, IpsecMode.Transport }
        from stackInitiates in new[] { true, false }
        select new ScenarioCase(
            $"INTEROP-IPCOMP-{(mode == IpsecMode.Tunnel ? "TUNNEL" : "TRANSPORT")}-{(stackInitiates ? "001" : "002")}",
            $"IPComp inside of an ESP SA in {(mode == IpsecMode.Tunnel ? "tunnel" : "transport")} mode, {(stackInitiates ? "the stack" : "the implementation")} initiates: traffic shrinks both ways, also after a rekeying",
            new Meeting(mode, stackInitiates), [Requirement],
            [mode == IpsecMode.Tunnel ? Capability.TunnelMode : Capability.TransportMode, .. stackInitiates ? ImmutableArray<Capability>.Empty : [Capability.Initiator, Capability.OrderRekeyChild]]);

    [Scenarios(nameof(Cases))]
    public async Task TrafficShrinks(Meeting meeting)
    {
        await Meet(new() { Mode = meeting.Mode, Compression = true }, meeting.StackInitiates);
        await Shrinks("the first child SA");
        var replaced = meeting.StackInitiates ? await Context.Stack.RekeyChild() : await Context.Stack.ChildIsRekeyed();
        Context.Check(Requirement, replaced, "a new child SA in the place of the old one", "none came about");
        await Context.Stack.Ping(8);
        await Shrinks("the child SA after the rekeying");
        await TrafficFlows(Requirement);
        Context.Check(Requirement, await Context.Stack.Disconnect(), "no child SA after the delete", "some");
    }

    private async Task Shrinks(string where)
    {
        Context.Check(Requirement, Context.Stack.IsCompressing, $"IPCOMP_SUPPORTED in both directions for {where}", "no IPComp was agreed on");
        // Octets that are all the same: hardly any are left of them.
        int[] sizes = [1000, 1000, 1200];
        var before = await Context.Stack.CompressionCounts();
        var pings = await Context.Stack.Ping(sizes);
        Context.Check(Requirement, pings == sizes.Length, $"{sizes.Length} ICMP echo replies through {where}", $"{pings}");
        var after = await Context.Stack.CompressionCounts();
        Context.Check(
            Requirement, after.SentCompressed - before.SentCompressed < (after.Sent - before.Sent) / 2, "fewer than half of the octets sent",
            $"{after.SentCompressed - before.SentCompressed} of {after.Sent - before.Sent}");
        Context.Check(
            Requirement, after.ReceivedCompressed - before.ReceivedCompressed < (after.Received - before.Received) / 2, "fewer than half of the octets received",
            $"{after.ReceivedCompressed - before.ReceivedCompressed} of {after.Received - before.Received}");
    }
}
