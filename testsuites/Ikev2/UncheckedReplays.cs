using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Who does not look for replays has no use for extended sequence numbers (RFC 4303 section 3.3.3, RFC 4302 section 3.3.2).</summary>
[Needs(Capability.NoReplayCheck, Capability.ExtendedSequenceNumbers)]
public sealed class UncheckedReplays : Ikev2Scenario
{
    private static readonly ConnectionPolicy Esp = new() { AcceptsReplays = true, EspSuites = [EspSuite.Aes256GcmEsn, EspSuite.Aes256Gcm] };

    private static readonly ConnectionPolicy Ah = new()
    {
        AcceptsReplays = true, UsesAh = true, EspSuites = [EspSuite.Aes256CbcSha256 with { ExtendedSequenceNumbers = true }, EspSuite.Aes256CbcSha256],
    };

    [Scenario("IKEV2-UNCHECKED-001", "Replays are not looked for: it offers ESP with numbers of 32 bits alone", Needs = [Capability.Initiator])]
    [Covers("RFC4303-3.3.3-5")]
    public Task OfferOfEsp() => Offers("RFC4303-3.3.3-5", Esp);

    [Scenario("IKEV2-UNCHECKED-002", "Replays are not looked for: of ESP with numbers of 64 or 32 bits it does not choose those of 64")]
    [Covers("RFC4303-3.3.3-5")]
    public Task ChoiceOfEsp() => Chooses("RFC4303-3.3.3-5", Esp);

    [Scenario("IKEV2-UNCHECKED-003", "Replays are not looked for: it offers AH with numbers of 32 bits alone", Needs = [Capability.Initiator, Capability.NegotiatedAh])]
    [Covers("RFC4302-3.3.2-3")]
    public Task OfferOfAh() => Offers("RFC4302-3.3.2-3", Ah);

    [Scenario("IKEV2-UNCHECKED-004", "Replays are not looked for: of AH with numbers of 64 or 32 bits it does not choose those of 64", Needs = [Capability.NegotiatedAh])]
    [Covers("RFC4302-3.3.2-3")]
    public Task ChoiceOfAh() => Chooses("RFC4302-3.3.2-3", Ah);

    private async Task Offers(string requirement, ConnectionPolicy policy)
    {
        await Context.Configure(policy);
        CheckNumbers(requirement, await Tester.AwaitAuthRequest());
    }

    private async Task Chooses(string requirement, ConnectionPolicy policy)
    {
        await Context.Configure(policy);
        var (response, _) = await Authenticate(await HalfOpen());
        if (response is null)
            Context.Inconclusive("no IKE_AUTH response");
        CheckNumbers(requirement, response!);
    }

    /// <summary>Who refuses both has not agreed on extended numbers either.</summary>
    private void CheckNumbers(string requirement, ReceivedIke message)
    {
        var proposals = message.Find<SecurityAssociationPayload>()?.Proposals ?? [];
        if (proposals.IsEmpty && message.Notify(NotifyType.NoProposalChosen) is null)
            Context.Inconclusive($"no SA payload: {Text(message)}");
        Context.Check(
            requirement, proposals.All(proposal => proposal.OfType(TransformType.SequenceNumbers).All(transform => transform.Id == (ushort)SequenceNumbersId.Sequential32)),
            "no extended sequence numbers", string.Join("; ", proposals.Select(proposal => string.Join(", ", proposal.Transforms))));
    }
}
