using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;

namespace Conformance.Suites.Interop;

/// <summary>The implementation replaces SAs that it has with the in-house stack, told to or by its own clock, with key exchange and without; traffic flows before and after.</summary>
public sealed class RekeyedByImplementation : InteropScenario
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(10), Limit = TimeSpan.FromSeconds(40);

    public sealed record Rekeying(bool OfIke, bool Pfs, bool StackInitiates);

    public static IEnumerable<ScenarioCase> OrderedCases =>
        from ofIke in new[] { false, true }
        from pfs in new[] { false, true }
        from stackInitiates in new[] { true, false }
        select new ScenarioCase(
            $"INTEROP-REKEYED-{(ofIke ? "IKE" : "CHILD")}{(pfs ? "-PFS" : "")}-{(stackInitiates ? "001" : "002")}",
            $"The implementation, {(stackInitiates ? "the responder" : "which initiated")}, is told to rekey the {(ofIke ? "IKE" : "child")} SA{(pfs ? ", child SAs having a key exchange of their own" : "")}: traffic flows before and after",
            new Rekeying(ofIke, pfs, stackInitiates), Requirements(ofIke, pfs),
            [ofIke ? Capability.OrderRekeyIke : Capability.OrderRekeyChild, .. stackInitiates ? [] : ImmutableArray.Create(Capability.Initiator)]);

    [Scenarios(nameof(OrderedCases))]
    public async Task ToldTo(Rekeying rekeying)
    {
        var requirement = Requirements(rekeying.OfIke, rekeying.Pfs)[0];
        await Meet(Policy(rekeying.Pfs), rekeying.StackInitiates);
        for (var round = 1; round <= 2; round++)
        {
            var replaced = rekeying.OfIke ? await Context.Stack.IkeIsRekeyed() : await Context.Stack.ChildIsRekeyed();
            Context.Check(requirement, replaced, $"a new SA in the place of the old one, round {round}", "none came about");
            await TrafficFlows(requirement);
            if (!rekeying.OfIke)
                continue;
            // The child SA lives on under the new IKE SA, which can replace it.
            Context.Check("RFC7296-2.18-3", await Context.Stack.RekeyChild(), "a new child SA under the new IKE SA", "none came about");
            await TrafficFlows("RFC7296-2.18-3");
        }
        Context.Check(requirement, await Context.Stack.Disconnect(), "no child SA after the delete", "some");
    }

    public static IEnumerable<ScenarioCase> AgedCases =>
        from ofIke in new[] { false, true }
        select new ScenarioCase(
            $"INTEROP-REKEYED-AGE-{(ofIke ? "IKE" : "CHILD")}", $"The implementation's {(ofIke ? "IKE" : "child")} SA grows old, and it rekeys it by itself: traffic flows before and after",
            ofIke, [.. Requirements(ofIke, pfs: false), "RFC7296-2.8-1"], [Capability.Timers, Capability.Initiator]);

    [Scenarios(nameof(AgedCases))]
    public async Task ByItself(bool ofIke)
    {
        var requirement = Requirements(ofIke, pfs: false)[0];
        await Meet(Policy(pfs: false) with { Timers = ofIke ? new() { IkeRekeying = Age } : new() { ChildRekeying = Age } }, stackInitiates: false);
        var replaced = ofIke ? await Context.Stack.IkeGrowsOld(Limit) : await Context.Stack.ChildGrowsOld(Limit);
        Context.Check(requirement, replaced, $"a new SA in the place of the old one within {Limit.TotalSeconds:0} s", "none came about");
        await TrafficFlows(requirement);
    }

    private static ImmutableArray<string> Requirements(bool ofIke, bool pfs) => ofIke
        ? ["RFC7296-2.18-3"]
        : ["RFC7296-1.3.3-1", .. pfs ? ["RFC7296-2.17-1"] : ImmutableArray<string>.Empty];

    /// <summary>The usual one, with Curve25519 in CREATE_CHILD_SA for perfect forward secrecy.</summary>
    private ConnectionPolicy Policy(bool pfs)
    {
        var policy = new ConnectionPolicy().For(Iut);
        return pfs ? policy with { EspSuites = [.. policy.EspSuites.Select(suite => suite with { KeyExchange = 31 })] } : policy;
    }
}
