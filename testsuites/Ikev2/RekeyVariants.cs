using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Rekeying with another group, with a key exchange of its own, in transport mode, and rekeying that fails (RFC 7296 sections 1.3, 2.8, 2.21.3).</summary>
public sealed class RekeyVariants : Ikev2Scenario
{
    private static readonly EspSuite WithCurve25519 = EspSuite.Aes256Gcm with { KeyExchange = (ushort)KeyExchangeId.Curve25519 }, WithEcp256 = EspSuite.Aes256Gcm with { KeyExchange = (ushort)KeyExchangeId.Ecp256 };

    [Scenario("IKEV2-CHILDREKEY-011", "Its rekeying of a child SA gets INVALID_KE_PAYLOAD for the other group that it offers: it tries again with that, and names the old SA again", Needs = [Capability.OrderRekeyChild, Capability.EcpGroups])]
    [Covers("RFC7296-3.3.6-7", "RFC7296-1.3.3-1")]
    public async Task OtherGroupForTheChild()
    {
        await Context.Configure(new() { EspSuites = [WithCurve25519, WithEcp256] });
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        if (await WithOtherGroup(request) is not { } retry)
            return;
        Context.Check("RFC7296-1.3.3-1", retry.Notify(NotifyType.RekeySa)?.Spi == request.Notify(NotifyType.RekeySa)?.Spi, "N(REKEY_SA) as before", Text(retry));
        Context.Check("RFC7296-3.3.6-7", await Tester.Carries(Tester.AnswerChild(retry)), "traffic over the new child SA", "no echo reply in ESP");
    }

    [Scenario("IKEV2-CHILD-009", "Its request for another child SA gets INVALID_KE_PAYLOAD for the other group that it offers: it tries again with that", Needs = [Capability.OrderCreateChild, Capability.EcpGroups])]
    [Covers("RFC7296-3.3.6-7")]
    public async Task OtherGroupForAnotherChild()
    {
        await Context.Configure(new() { EspSuites = [WithCurve25519, WithEcp256] });
        var session = await Tester.Establish();
        if (await WithOtherGroup(await Tester.AwaitOrdered(session, SaOrder.CreateChild, ExchangeType.CreateChildSa)) is not { } retry)
            return;
        Context.Check("RFC7296-3.3.6-7", await Tester.Carries(Tester.AnswerChild(retry), orAnother: true), "traffic over the new child SA", "no echo reply in ESP");
    }

    [Scenario("IKEV2-IKEREKEY-008", "Its rekeying of the IKE SA gets INVALID_KE_PAYLOAD for the other group that it offers: it tries again with that", Needs = [Capability.OrderRekeyIke, Capability.EcpGroups])]
    [Covers("RFC7296-3.3.6-7", "RFC7296-3.3.6-8")]
    public async Task OtherGroupForTheIkeSa()
    {
        await Context.Configure(new() { IkeSuites = [IkeSuite.Aes256GcmSha256Curve25519, IkeSuite.Aes128GcmSha256Ecp256] });
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyIke, ExchangeType.CreateChildSa);
        if (await WithOtherGroup(request) is not { } retry)
            return;
        Context.Check("RFC7296-3.3.6-8", Groups(retry).SetEquals(Groups(request)), "both groups in the offer still", string.Join(' ', Groups(retry)));
        var heir = Tester.AnswerIkeRekey(retry);
        var alive = await Tester.ResponseTo(Tester.Send(heir, ExchangeType.Informational));
        Context.Check("RFC7296-3.3.6-7", alive is { IsProtected: true }, "the new IKE SA answers", Text(alive));
    }

    [Scenario("IKEV2-CHILDREKEY-012", "A child SA is rekeyed with a key exchange of its own: the new one has keys from that")]
    [Covers("RFC7296-2.17-1", "RFC7296-3.4-4")]
    public async Task OwnKeyExchange()
    {
        await Context.Configure(new() { EspSuites = [WithCurve25519] });
        var session = await Tester.Establish();
        var response = await Tester.ExpectResponse(Tester.SendChildRequest(session, out var child, session.Children[0]), "RFC7296-3.4-4");
        var trouble = session.TakeChildResponse(response, child);
        Context.Check("RFC7296-3.4-4", trouble is null, "SA, Nonce, KE of the group that was offered", trouble ?? "");
        Context.Check("RFC7296-2.17-1", await Tester.Carries(child, orAnother: true), "traffic under keys from g^ir, Ni and Nr", "no echo reply in ESP");
    }

    [Scenario("IKEV2-CHILDREKEY-013", "Told to rekey where child SAs have a key exchange of their own, it sends KE, and uses keys from that", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-2.17-1", "RFC7296-1.3-4")]
    public async Task OwnKeyExchangeAsInitiator()
    {
        await Context.Configure(new() { EspSuites = [WithCurve25519] });
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        var method = request.Find<KeyExchangePayload>()?.Method;
        Context.Check("RFC7296-1.3-4", method is not null && Groups(request).Contains((ushort)method), "KEi of a group in the offer", Text(request));
        Context.Check("RFC7296-2.17-1", await Tester.Carries(Tester.AnswerChild(request)), "traffic under keys from g^ir, Ni and Nr", "no echo reply in ESP");
    }

    [Scenario("IKEV2-CHILDREKEY-014", "A child SA in transport mode is rekeyed: USE_TRANSPORT_MODE is answered again, and traffic flows in that mode", Needs = [Capability.TransportMode])]
    [Covers("RFC7296-1.3.1-2")]
    public async Task TransportMode()
    {
        await Context.Configure(new() { Mode = IpsecMode.Transport });
        var session = await Tester.Establish();
        var response = await Tester.ExpectResponse(Tester.SendChildRequest(session, out var child, session.Children[0]), "RFC7296-1.3.1-2");
        var trouble = session.TakeChildResponse(response, child);
        Context.Check("RFC7296-1.3.1-2", trouble is null && response.Notify(NotifyType.UseTransportMode) is not null, "SA and N(USE_TRANSPORT_MODE)", Text(response));
        Context.Check("RFC7296-1.3.1-2", await Tester.Carries(child, orAnother: true), "traffic in transport mode", "no echo reply in ESP");
    }

    [Scenario("IKEV2-CHILDREKEY-015", "Told to rekey a child SA in transport mode, it asks for that mode again, and traffic flows in it", Needs = [Capability.TransportMode, Capability.OrderRekeyChild])]
    [Covers("RFC7296-2.8-5")]
    public async Task TransportModeAsInitiator()
    {
        await Context.Configure(new() { Mode = IpsecMode.Transport });
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        Context.Check("RFC7296-2.8-5", request.Notify(NotifyType.UseTransportMode) is not null, "N(USE_TRANSPORT_MODE), as the old one has", Text(request));
        Context.Check("RFC7296-2.8-5", await Tester.Carries(Tester.AnswerChild(request)), "traffic in transport mode", "no echo reply in ESP");
    }

    [Scenario("IKEV2-CHILDREKEY-016", "The rekeying of a child SA with algorithms that are not configured is refused, and everything is as before")]
    [Covers("RFC7296-3.3.4-6", "RFC7296-1.3.1-4")]
    public async Task ChildRekeyingRefused()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var response = await Tester.ExpectResponse(
            Tester.Send(session, ExchangeType.CreateChildSa, Unconfigured(session.ChildRequestPayloads(out _, session.Children[0]))), "RFC7296-3.3.4-6");
        Context.Check("RFC7296-3.3.4-6", response.Notify(NotifyType.NoProposalChosen) is not null, "N(NO_PROPOSAL_CHOSEN)", Text(response));
        await IsAsBefore(session);
    }

    [Scenario("IKEV2-IKEREKEY-009", "The rekeying of the IKE SA with algorithms that are not configured is refused, and everything is as before")]
    [Covers("RFC7296-3.3.4-6", "RFC7296-1.3.1-4")]
    public async Task IkeRekeyingRefused()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var response = await Tester.ExpectResponse(
            Tester.Send(session, ExchangeType.CreateChildSa, Unconfigured(session.IkeRekeyRequestPayloads(Tester.NewHeir(session, isInitiator: true)))), "RFC7296-3.3.4-6");
        Context.Check("RFC7296-3.3.4-6", response.Notify(NotifyType.NoProposalChosen) is not null, "N(NO_PROPOSAL_CHOSEN)", Text(response));
        await IsAsBefore(session);
        await Tester.ProbeLiveness(await Tester.RekeyIke(session));
    }

    [Scenario("IKEV2-CHILDREKEY-017", "Its rekeying of a child SA is refused with NO_PROPOSAL_CHOSEN: until its lifetime the old one carries traffic, and the IKE SA stays", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-1.3.1-4")]
    public Task OwnChildRekeyingRefused() => OwnRekeyingRefused(SaOrder.RekeyChild);

    [Scenario("IKEV2-IKEREKEY-010", "Its rekeying of the IKE SA is refused with NO_PROPOSAL_CHOSEN: until its lifetime the old one answers, and the child SA carries traffic", Needs = [Capability.OrderRekeyIke])]
    [Covers("RFC7296-1.3.1-4")]
    public Task OwnIkeRekeyingRefused() => OwnRekeyingRefused(SaOrder.RekeyIke);

    private async Task OwnRekeyingRefused(SaOrder order)
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, order, ExchangeType.CreateChildSa);
        Tester.Respond(request, new NotifyPayload(NotifyType.NoProposalChosen));
        await IsAsBefore(session);
    }

    private async Task IsAsBefore(IkeSession session)
    {
        Context.Check("RFC7296-1.3.1-4", await Tester.Carries(session.Children[0]), "traffic over the child SA that was there", "no echo reply in ESP");
        var alive = await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational));
        Context.Check("RFC7296-1.3.1-4", alive is { IsProtected: true }, "the IKE SA answers", Text(alive));
    }

    /// <summary>The request that follows one which is answered with INVALID_KE_PAYLOAD for another group of its offer; null if none does.</summary>
    private async Task<ReceivedIke?> WithOtherGroup(ReceivedIke request)
    {
        var first = (ushort?)request.Find<KeyExchangePayload>()?.Method;
        if (Groups(request).Where(group => group != first && group != 0).ToList() is not [var other, ..])
        {
            Context.Inconclusive($"its offer has no other group: {Text(request)}");
            return null;
        }
        Tester.Respond(request, new NotifyPayload(NotifyType.InvalidKePayload, new byte[] { 0, (byte)other }));
        var retry = await Tester.Receive<ReceivedIke>(
            received => Tester.IsRequest(received, request.Session!, ExchangeType.CreateChildSa) && received.Header.MessageId != request.Header.MessageId, Tester.ResponseTime);
        Context.Check("RFC7296-3.3.6-7", retry?.Find<KeyExchangePayload>()?.Method == (KeyExchangeId)other, $"CREATE_CHILD_SA again, with KE of {(KeyExchangeId)other}", Text(retry));
        if (retry is not null)
            Tester.Hold(retry);
        return retry;
    }

    private static HashSet<ushort> Groups(ReceivedIke request) =>
        [.. request.Find<SecurityAssociationPayload>()?.Proposals.SelectMany(proposal => proposal.OfType(TransformType.KeyExchange)).Select(transform => transform.Id) ?? []];

    private static ImmutableArray<Payload> Unconfigured(ImmutableArray<Payload> payloads) => WithOffer(payloads, offer => new([offer.Proposals[0] with
    {
        Transforms =
        [
            Transform.Encryption(EncryptionId.CamelliaCbc, 256), Transform.Integrity(IntegrityId.HmacSha512_256),
            .. offer.Proposals[0].Transforms.Where(transform => transform.Type is not (TransformType.Encryption or TransformType.Integrity)),
        ],
    }]));
}
