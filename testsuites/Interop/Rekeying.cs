using Conformance.Implementations;
using Conformance.Scenarios;

namespace Conformance.Suites.Interop;

/// <summary>The in-house stack replaces SAs that it has with the implementation; traffic goes on, under the new keys.</summary>
public sealed class Rekeying : InteropScenario
{
    private static readonly ConnectionPolicy Gcm = new();
    private static readonly ConnectionPolicy Cbc = new() { IkeSuites = [IkeSuite.Aes256CbcSha256Modp2048], EspSuites = [EspSuite.Aes256CbcSha256] };
    private static readonly ConnectionPolicy Transport = new() { Mode = IpsecMode.Transport };

    [Scenario("INTEROP-REKEY-001", "The stack rekeys the child SA three times, and traffic goes on under each new one")]
    [Covers("RFC7296-1.3.3-1")]
    public Task ChildIsRekeyed() => RekeyChild(Gcm);

    [Scenario("INTEROP-REKEY-002", "AES-CBC, MODP-2048: the stack rekeys the child SA three times, and traffic goes on under each new one", Needs = [Capability.ModpGroups, Capability.AesCbcHmacSha2])]
    [Covers("RFC7296-1.3.3-1")]
    public Task ChildWithCbcIsRekeyed() => RekeyChild(Cbc);

    [Scenario("INTEROP-REKEY-003", "Transport mode: the stack rekeys the child SA three times, and traffic goes on under each new one", Needs = [Capability.TransportMode])]
    [Covers("RFC7296-1.3.3-1")]
    public Task TransportChildIsRekeyed() => RekeyChild(Transport);

    [Scenario("INTEROP-REKEY-004", "The stack rekeys the IKE SA: the child SA stays and carries traffic, and is rekeyed under the new one")]
    [Covers("RFC7296-2.18-3", "RFC7296-1.3.3-1")]
    public Task IkeSaIsRekeyed() => RekeyIke(Gcm, stackInitiates: true);

    [Scenario("INTEROP-REKEY-005", "AES-CBC, MODP-2048: the stack rekeys the IKE SA: the child SA stays and carries traffic, and is rekeyed under the new one", Needs = [Capability.ModpGroups, Capability.AesCbcHmacSha2])]
    [Covers("RFC7296-2.18-3", "RFC7296-1.3.3-1")]
    public Task IkeSaWithCbcIsRekeyed() => RekeyIke(Cbc, stackInitiates: true);

    [Scenario("INTEROP-REKEY-006", "The implementation initiated: the stack, its responder, rekeys the IKE SA and the child SA, and traffic goes on", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.18-3", "RFC7296-1.3.3-1")]
    public Task ResponderRekeys() => RekeyIke(Gcm, stackInitiates: false);

    private async Task RekeyChild(ConnectionPolicy policy)
    {
        await Meet(policy, stackInitiates: true);
        for (var round = 1; round <= 3; round++)
        {
            Context.Check("RFC7296-1.3.3-1", await Context.Stack.RekeyChild(), $"a new child SA in the place of the old one, round {round}", "none came about");
            await TrafficFlows("RFC7296-1.3.3-1");
        }
    }

    private async Task RekeyIke(ConnectionPolicy policy, bool stackInitiates)
    {
        await Meet(policy, stackInitiates);
        for (var round = 1; round <= 2; round++)
        {
            Context.Check("RFC7296-2.18-3", await Context.Stack.RekeyIke(), $"a new IKE SA in the place of the old one, round {round}", "none came about");
            await TrafficFlows("RFC7296-2.18-3");
            // Its messages count from 0 again: a request under the new SA is answered.
            Context.Check("RFC7296-1.3.3-1", await Context.Stack.RekeyChild(), "a new child SA under the new IKE SA", "none came about");
            await TrafficFlows("RFC7296-1.3.3-1");
        }
    }
}
