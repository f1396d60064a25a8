using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>CREATE_CHILD_SA for a new child SA (RFC 7296 sections 1.3, 1.3.1, 2.17, 3.3.6).</summary>
public sealed class CreateChildSa : Ikev2Scenario
{
    private static readonly ConnectionPolicy WithKeyExchange = new() { EspSuites = [EspSuite.Aes256Gcm with { KeyExchange = (ushort)KeyExchangeId.Curve25519 }] };

    [Scenario("IKEV2-CHILD-001", "A request for a further child SA is answered with SA, Nonce, TSi and TSr, and both child SAs carry traffic")]
    [Covers("RFC7296-2.8-9", "RFC7296-2.17-1", "RFC7296-2.17-2", "RFC7296-3.9-1", "RFC7296-3.4-3", "RFC7296-3.9-2", "RFC7296-2.8-8")]
    public async Task FurtherChild()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        if (!await Tester.Carries(session.Children[0]))
            Context.Inconclusive("no echo reply in ESP at first");
        var response = await Tester.ResponseTo(Tester.SendChildRequest(session, out var child));
        if (response?.Notify(NotifyType.NoAdditionalSas) is not null)
            Context.Inconclusive("it makes one child SA only, as it may");
        var trouble = response is null ? "no response" : session.TakeChildResponse(response, child);
        Context.Check("RFC7296-2.17-1", trouble is null, "SA with one proposal, Nonce", trouble ?? "");
        Context.Check("RFC7296-3.9-1", child.PeerNonce.Length is >= 16 and <= 256, "a nonce of 16 to 256 octets", $"{child.PeerNonce.Length}");
        Context.Check("RFC7296-3.9-2", child.PeerNonce != session.PeerNonce, "another nonce than in IKE_SA_INIT", $"{child.PeerNonce}");
        Context.Check("RFC7296-3.4-3", response!.Find<KeyExchangePayload>() is null, "no KE payload, as no group was offered", response.Summary);
        Context.Check("RFC7296-2.8-9", await Tester.Carries(child, orAnother: true), "traffic over it as soon as the response is there", "no echo reply in ESP");
        var lives = await Tester.Carries(session.Children[0], orAnother: true);
        foreach (var requirement in new[] { "RFC7296-2.8-8", "RFC7296-2.17-2" })
            Context.Check(requirement, lives, "traffic over the first child SA still, which has the same selectors", "no echo reply in ESP");
    }

    [Scenario("IKEV2-CHILD-002", "With a key exchange of its own, a child SA has keys from its secret as well")]
    [Covers("RFC7296-2.17-1", "RFC7296-1.3-6")]
    public async Task FurtherChildWithKeyExchange()
    {
        await Context.Configure(WithKeyExchange);
        var session = await Tester.Establish();
        var response = await Tester.ExpectResponse(Tester.SendChildRequest(session, out var child), "RFC7296-2.17-1");
        var trouble = session.TakeChildResponse(response, child);
        Context.Check("RFC7296-1.3-6", trouble is null, "SA, Nonce, KE of the group that was offered", trouble ?? "");
        Context.Check("RFC7296-2.17-1", await Tester.Carries(child, orAnother: true), "traffic under keys from g^ir, Ni and Nr", "no echo reply in ESP");
    }

    [Scenario("IKEV2-CHILD-003", "Key exchange data of another group than the chosen one is refused with INVALID_KE_PAYLOAD, and the right one is taken", Needs = [Capability.EcpGroups])]
    [Covers("RFC7296-1.3-6", "RFC7296-3.4-4")]
    public async Task WrongGroup()
    {
        await Context.Configure(WithKeyExchange);
        var session = await Tester.Establish();
        var payloads = WithOffer(session.ChildRequestPayloads(out _, method: KeyExchangeId.Ecp256), offer => new(
            [offer.Proposals[0] with { Transforms = offer.Proposals[0].Transforms.Add(Transform.KeyExchange(KeyExchangeId.Ecp256)) }]));
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.CreateChildSa, payloads), "RFC7296-1.3-6");
        Context.Check(
            "RFC7296-1.3-6", response.Notify(NotifyType.InvalidKePayload) is { Data.Length: 2 } notify && notify.Data[1] == (byte)KeyExchangeId.Curve25519,
            "N(INVALID_KE_PAYLOAD) with group 31 in two octets", response.Summary);
        var child = await Tester.CreateChild(session);
        Context.Check("RFC7296-3.4-4", await Tester.Carries(child, orAnother: true), "the second try makes a child SA", "no echo reply in ESP");
    }

    [Scenario("IKEV2-CHILD-004", "If the responder chooses no group, KE is ignored and not answered")]
    [Covers("RFC7296-3.3.6-9")]
    public async Task NoneIsChosen()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var payloads = WithOffer(session.ChildRequestPayloads(out var child, method: KeyExchangeId.Curve25519), offer => new(
        [
            offer.Proposals[0] with { Transforms = [.. offer.Proposals[0].Transforms, Transform.KeyExchange(KeyExchangeId.Curve25519), Transform.KeyExchange(KeyExchangeId.None)] },
        ]));
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.CreateChildSa, payloads), "RFC7296-3.3.6-9");
        var chosen = response.Find<SecurityAssociationPayload>()?.Proposals[0].OfType(TransformType.KeyExchange).FirstOrDefault();
        if (response.AnyError is not null || chosen is { Id: not 0 })
            Context.Inconclusive($"it did not choose NONE: {response.Summary}");
        Context.Check("RFC7296-3.3.6-9", response.Find<KeyExchangePayload>() is null, "no KE payload", response.Summary);
        child.ForgetKeyExchange();
        Tester.Watch(child);
        var trouble = session.TakeChildResponse(response, child);
        Context.Check("RFC7296-3.3.6-9", trouble is null && await Tester.Carries(child, orAnother: true), "keys without a shared secret", trouble ?? "no echo reply in ESP");
    }

    [Scenario("IKEV2-CHILD-005", "Selectors outside the policy are refused with TS_UNACCEPTABLE, and the other SAs stay")]
    [Covers("RFC7296-1.3.1-4", "RFC7296-2.21.3-1")]
    public async Task ForeignSelectors()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var foreign = TrafficSelector.Range(IPAddress.Parse("198.51.100.0"), IPAddress.Parse("198.51.100.255"));
        ImmutableArray<Payload> payloads =
            [.. session.ChildRequestPayloads(out _).Select(payload => payload is TrafficSelectorPayload selectors ? selectors with { Selectors = [foreign] } : payload)];
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.CreateChildSa, payloads), "RFC7296-2.21.3-1");
        Context.Check("RFC7296-2.21.3-1", response.Notify(NotifyType.TsUnacceptable) is not null, "N(TS_UNACCEPTABLE)", response.Summary);
        await Tester.ProbeLiveness(session);
        Context.Check("RFC7296-1.3.1-4", await Tester.Carries(session.Children[0], orAnother: true), "the first child SA carries traffic still", "no echo reply in ESP");
    }

    [Scenario("IKEV2-CHILD-006", "A request before IKE_AUTH makes no SA")]
    [Covers("RFC7296-1-1")]
    public async Task BeforeAuthentication()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.CreateChildSa, session.ChildRequestPayloads(out _)));
        Context.Check("RFC7296-1-1", response?.Find<SecurityAssociationPayload>() is null, "no SA payload in whatever is answered", Text(response));
        await Tester.ExpectNoChild("RFC7296-1-1");
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-CHILD-007", "Asked for another child SA it sends SA, Nonce, TSi and TSr, with KE only of a group that it offers", Needs = [Capability.OrderCreateChild])]
    [Covers("RFC7296-1.3-4", "RFC7296-1.3-5", "RFC7296-3.4-2", "RFC7296-3.9-2", "RFC7296-2.8-9")]
    public async Task AsInitiator()
    {
        await Context.Configure(WithKeyExchange);
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.CreateChild, ExchangeType.CreateChildSa);
        var groups = request.Find<SecurityAssociationPayload>()?.Proposals.SelectMany(proposal => proposal.OfType(TransformType.KeyExchange)).Select(transform => transform.Id).ToList() ?? [];
        var exchange = request.Find<KeyExchangePayload>();
        Context.Check("RFC7296-1.3-4", exchange is not null && groups.Contains((ushort)exchange.Method), "KEi of a group in the offer", request.Summary);
        Context.Check("RFC7296-3.4-2", exchange!.Data.Length == 32, "32 octets of Curve25519", $"{exchange.Data.Length} octets");
        Context.Check("RFC7296-1.3-5", exchange.Method == KeyExchangeId.Curve25519, "the group of its policy", $"{exchange.Method}");
        Context.Check("RFC7296-3.9-2", request.Find<NoncePayload>()?.Nonce != session.PeerNonce, "a new nonce", "the one of IKE_SA_INIT");
        var child = Tester.AnswerChild(request);
        Context.Check("RFC7296-2.8-9", await Tester.Carries(child, orAnother: true), "traffic over it", "no echo reply in ESP");
    }

    [Scenario("IKEV2-CHILD-008", "Answered with a suite that it did not offer, it uses no SA of it", Needs = [Capability.OrderCreateChild])]
    [Covers("RFC7296-3.3.6-4", "RFC7296-2.21.3-2")]
    public async Task ChoiceNotOffered()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.CreateChild, ExchangeType.CreateChildSa);
        var foreign = WithOffer(Tester.ChildAnswer(request, out var child), offer => new([offer.Proposals[0] with
        {
            Transforms = [Transform.Encryption(EncryptionId.AesGcm16, 128), Transform.SequenceNumbers(SequenceNumbersId.Sequential32)],
        }]));
        Tester.Respond(request, foreign);
        var told = await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.Informational) && received.AnyError is not null, Iut.Topology.SilenceTime);
        Context.Check("RFC7296-2.21.3-2", told is null, "no exchange that tells the error", told?.Summary ?? "");
        if (told is not null)
            Tester.Respond(told);
        var own = await Iut.SecurityAssociations(Context.Cancellation);
        Context.Check("RFC7296-3.3.6-4", own.All(sa => sa.OutboundSpi != child.InboundSpi), "no SA of it", "an SA with the tester's SPI");
        await Tester.ProbeLiveness();
    }
}
