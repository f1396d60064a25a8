using System.Buffers.Binary;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>CREATE_CHILD_SA that rekeys its IKE SA (RFC 7296 sections 1.3.2, 2.8, 2.18).</summary>
public sealed class IkeRekey : Ikev2Scenario
{
    [Scenario("IKEV2-IKEREKEY-001", "The IKE SA is rekeyed: messages under the new keys count from 0, and it has the child SAs")]
    [Covers("RFC7296-2.18-1", "RFC7296-2.18-3", "RFC7296-2.6-1", "RFC7296-1.4-3", "RFC7296-1.4.1-3", "RFC7296-2.13-3", "RFC7296-2.14-1")]
    public async Task NewKeysAreUsed()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var heir = Tester.NewHeir(session, isInitiator: true);
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.CreateChildSa, session.IkeRekeyRequestPayloads(heir)), "RFC7296-2.18-1");
        var trouble = session.TakeIkeRekeyResponse(response, heir);
        Context.Check("RFC7296-2.18-1", trouble is null, "SA with an SPI of 8 octets, Nonce, KE", trouble ?? "");
        Context.Check("RFC7296-2.6-1", heir.ResponderSpi != 0 && heir.ResponderSpi != session.ResponderSpi, "a new SPI of the responder", $"{heir.ResponderSpi:x16}");
        var alive = await Tester.ResponseTo(Tester.Send(heir, ExchangeType.Informational));
        Context.Check("RFC7296-2.18-3", alive is { IsProtected: true, Header.MessageId: 0 }, "request 0 under the new keys is answered", Text(alive));
        await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational, DeletePayload.IkeSa));
        Context.Check("RFC7296-1.4-3", await Tester.Carries(session.Children[0]), "the child SA outlives the old IKE SA", "no echo reply in ESP");
        var made = await Tester.CreateChild(heir);
        Context.Check("RFC7296-2.13-3", await Tester.Carries(made, orAnother: true), "a child SA under the new SK_d carries traffic", "no echo reply in ESP");
        var grandheir = await Tester.RekeyIke(heir);
        var again = await Tester.ResponseTo(Tester.Send(grandheir, ExchangeType.Informational));
        Context.Check("RFC7296-2.14-1", again is { IsProtected: true }, "a second rekeying, from the new SK_d", Text(again));
        var deleted = await Tester.ExpectResponse(Tester.Send(grandheir, ExchangeType.Informational, DeletePayload.Esp(session.Children[0].InboundSpi)), "RFC7296-1.4.1-3");
        Context.Check("RFC7296-1.4.1-3", Names(deleted, session.Children[0].OutboundSpi), "the new IKE SA has the first child SA", deleted.Summary);
    }

    [Scenario("IKEV2-IKEREKEY-002", "A message of the new IKE SA under the old keys is not answered")]
    [Covers("RFC7296-3.14-6")]
    public async Task OldKeysAreNot()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var heir = await Tester.RekeyIke(session);
        var header = heir.Header(ExchangeType.Informational, 0);
        Tester.SendOctets(heir, session.OwnProtection.Seal(header, PayloadType.None, []), "INFORMATIONAL request 0 of the new IKE SA under the old one's keys", "", header);
        await Tester.ExpectNone<ReceivedIke>(received => received.Header.IsResponse && received.Header.ResponderSpi == heir.ResponderSpi, "RFC7296-3.14-6", "no response");
        await Tester.ProbeLiveness(heir);
    }

    [Scenario("IKEV2-IKEREKEY-003", "A rekeying of the IKE SA without key exchange is refused")]
    [Covers("RFC7296-2.18-1", "RFC7296-2.18-2")]
    public async Task NoKeyExchange()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var payloads = session.IkeRekeyRequestPayloads(Tester.NewHeir(session, isInitiator: true));
        var without = await Tester.ResponseTo(Tester.Send(session, ExchangeType.CreateChildSa, payloads.RemoveAt(2)));
        Context.Check("RFC7296-2.18-1", without?.Find<SecurityAssociationPayload>() is null, "an error to a request without KE", Text(without));
        if (without?.Notify(NotifyType.InvalidSyntax) is not null)
            session = await Tester.Establish();
        var none = WithOffer(session.IkeRekeyRequestPayloads(Tester.NewHeir(session, isInitiator: true)).RemoveAt(2), offer => new([offer.Proposals[0] with
        {
            Transforms = [.. offer.Proposals[0].Transforms.Where(transform => transform.Type != TransformType.KeyExchange), Transform.KeyExchange(KeyExchangeId.None)],
        }]));
        var refused = await Tester.ResponseTo(Tester.Send(session, ExchangeType.CreateChildSa, none));
        Context.Check("RFC7296-2.18-2", refused?.Find<SecurityAssociationPayload>() is null, "an error to an offer of NONE", Text(refused));
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-IKEREKEY-004", "Key exchange data of another group than the chosen one is refused with INVALID_KE_PAYLOAD", Needs = [Capability.EcpGroups])]
    [Covers("RFC7296-1.3-6")]
    public async Task WrongGroup()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var payloads = WithOffer(session.IkeRekeyRequestPayloads(Tester.NewHeir(session, isInitiator: true), KeyExchangeId.Ecp256), offer => new(
            [offer.Proposals[0] with { Transforms = offer.Proposals[0].Transforms.Add(Transform.KeyExchange(KeyExchangeId.Ecp256)) }]));
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.CreateChildSa, payloads), "RFC7296-1.3-6");
        Context.Check(
            "RFC7296-1.3-6", response.Notify(NotifyType.InvalidKePayload) is { Data.Length: 2 } notify && notify.Data[1] == (byte)KeyExchangeId.Curve25519,
            "N(INVALID_KE_PAYLOAD) with group 31 in two octets", response.Summary);
        var heir = await Tester.RekeyIke(session);
        await Tester.ProbeLiveness(heir);
    }

    [Scenario("IKEV2-IKEREKEY-005", "Told to rekey the IKE SA, it sends SA, Nonce and KE, and the last request under the old one is its delete", Needs = [Capability.OrderRekeyIke])]
    [Covers("RFC7296-1.3.2-1", "RFC7296-2.18-1", "RFC7296-2.18-2", "RFC7296-2.6-1", "RFC7296-2.8-6", "RFC7296-1.4-2", "RFC7296-2.18-3", "RFC7296-3.9-2")]
    public async Task AsInitiator()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyIke, ExchangeType.CreateChildSa);
        var offer = request.Find<SecurityAssociationPayload>();
        Context.Check("RFC7296-1.3.2-1", request.Find<KeyExchangePayload>() is not null, "a KE payload", request.Summary);
        Context.Check(
            "RFC7296-2.18-2", offer is not null && offer.Proposals.All(proposal => proposal.OfType(TransformType.KeyExchange).Any() && proposal.OfType(TransformType.KeyExchange).All(transform => transform.Id != 0)),
            "groups, and not NONE, in every proposal", request.Summary);
        Context.Check(
            "RFC7296-2.6-1", offer!.Proposals.All(proposal => proposal.Spi.Length == 8 && BinaryPrimitives.ReadUInt64BigEndian(proposal.Spi.Span) is var spi && spi != 0 && spi != session.ResponderSpi),
            "a new SPI of 8 octets", string.Join(", ", offer.Proposals.Select(proposal => proposal.Spi)));
        Context.Check("RFC7296-3.9-2", request.Find<NoncePayload>()?.Nonce != session.PeerNonce, "a new nonce", "the one of IKE_SA_INIT");
        var heir = Tester.AnswerIkeRekey(request);
        var last = await Tester.Receive<ReceivedIke>(received => received.Session == session && !received.Header.IsResponse && received.Octets != request.Octets, Tester.ResponseTime);
        Context.Check("RFC7296-2.8-6", last is not null && DeletesIke(last), "D(IKE) on the old IKE SA", Text(last));
        Context.Check("RFC7296-1.4-2", last!.Header.MessageId == request.Header.MessageId + 1, "its next message id", last.Summary);
        Tester.Respond(last);
        var alive = await Tester.ResponseTo(Tester.Send(heir, ExchangeType.Informational));
        Context.Check("RFC7296-2.18-1", alive is { IsProtected: true }, "it answers under the new keys", Text(alive));
        Context.Check("RFC7296-2.18-3", alive!.Header.MessageId == 0 && alive.Header.IsFromInitiator, "message id 0, and it is the original initiator now", alive.Summary);
    }

    [Scenario("IKEV2-IKEREKEY-006", "What it has to say of a child SA after a rekeying, it says under the new IKE SA", Needs = [Capability.OrderRekeyIke, Capability.OrderDeleteChild])]
    [Covers("RFC7296-1.4-3", "RFC7296-2.18-3")]
    public async Task ChildIsDeletedUnderTheHeir()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var heir = Tester.AnswerIkeRekey(await Tester.AwaitOrdered(session, SaOrder.RekeyIke, ExchangeType.CreateChildSa));
        await Pass(Iut.Topology.SilenceTime);
        await Tester.Order(SaOrder.DeleteChild);
        var delete = await Tester.Receive<ReceivedIke>(received => !received.Header.IsResponse && Names(received, session.Children[0].OutboundSpi), Tester.ResponseTime);
        Context.Check("RFC7296-1.4-3", delete?.Session == heir, "D(ESP) under the new IKE SA", Text(delete));
        Context.Check("RFC7296-2.18-3", delete!.Header.MessageId == 0, "its first request there, number 0", $"{delete.Header.MessageId}");
    }

    [Scenario("IKEV2-IKEREKEY-007", "Answered with a suite that it did not offer, it makes no IKE SA of it", Needs = [Capability.OrderRekeyIke])]
    [Covers("RFC7296-3.3.6-4")]
    public async Task ChoiceNotOffered()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyIke, ExchangeType.CreateChildSa);
        var heir = Tester.NewHeir(session, isInitiator: false);
        if (session.AnswerIkeRekeyRequest(request, heir, out var trouble) is not { } payloads)
        {
            Context.Inconclusive($"its rekeying can't be answered: {trouble}");
            return;
        }
        Tester.Respond(request, WithOffer(payloads, offer => new([offer.Proposals[0] with
        {
            Transforms = [.. offer.Proposals[0].Transforms.Select(transform => transform.Type == TransformType.PseudorandomFunction ? Transform.Prf(PrfId.HmacSha512) : transform)],
        }])));
        var after = Tester.Send(heir, ExchangeType.Informational);
        await Tester.ExpectNone<ReceivedIke>(received => received.Session == heir && received.IsProtected, "RFC7296-3.3.6-4", $"no response to {after.Summary} on it");
        await Tester.ProbeLiveness();
    }
}
