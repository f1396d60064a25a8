using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Sizes, padding, SPIs, the exchanges in all, and selectors with a first choice (RFC 7296 sections 1, 2, 2.6, 2.9, 3.14, 4).</summary>
public sealed class MessageForms : Ikev2Scenario
{
    public static IEnumerable<ScenarioCase> SizeCases => new[] { 1280, 3000 }.Select(size => new ScenarioCase(
        $"IKEV2-SIZE-{size}", $"An IKE_AUTH request of {size} octets is taken", size, ["RFC7296-2-1"], []));

    [Scenarios(nameof(SizeCases))]
    public Task LargeRequest(int size) => Accepted("RFC7296-2-1", $"by a message of {size} octets", payloads =>
    {
        // Header, encrypted payload around it, generic headers.
        var length = payloads.Sum(payload => 4 + payload.EncodeBody().Length) + 28 + 4 + 8 + 1 + 16;
        return payloads.Add(new VendorIdPayload(new byte[size - length - 4]));
    });

    public static IEnumerable<ScenarioCase> PaddingCases => new[] { 1, 3, 15 }.Select(blocks => new ScenarioCase(
        $"IKEV2-PADDING-{blocks}", $"An encrypted payload with {blocks} blocks of padding more than it needs is taken", blocks, ["RFC7296-3.14-5", "RFC7296-3.14-3"], [Capability.AesCbcHmacSha2]));

    [Scenarios(nameof(PaddingCases))]
    public async Task LongPadding(int blocks)
    {
        await Context.Configure(new() { IkeSuites = [IkeSuite.Aes256CbcSha256Modp2048] });
        var session = await Tester.Establish();
        var header = session.Header(ExchangeType.Informational, session.NextRequestId++);
        var octets = session.OwnProtection.Seal(header, PayloadType.None, [], padding: Tester.Random.Bytes(15 + 16 * blocks));
        var response = await Tester.ResponseTo(Tester.SendOctets(session, octets, $"INFORMATIONAL request {header.MessageId}: SK{{}} with {15 + 16 * blocks} octets of padding", "", header));
        Context.Check("RFC7296-3.14-5", response is { IsProtected: true }, "a response", Text(response));
        // The same content under another IV: what matters is that any IV is taken.
        var again = await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational));
        Context.Check("RFC7296-3.14-3", again?.Message?.Find<EncryptedPayload>()?.EncodeBody().AsSpan(0, 16).SequenceEqual(response!.Message!.Find<EncryptedPayload>()!.EncodeBody().AsSpan(0, 16)) == false, "a new IV in the next response", Text(again));
    }

    [Scenario("IKEV2-UNIQUE-001", "SPIs and nonces of four IKE_SA_INIT exchanges differ")]
    [Covers("RFC7296-2.6-1", "RFC7296-3.9-2", "RFC7296-3.9-1")]
    public async Task SpisAndNoncesDiffer()
    {
        const int count = 4;
        await Context.Configure(new());
        var spis = new HashSet<ulong>();
        var nonces = new HashSet<Ipsec.Packets.Octets>();
        for (var round = 0; round < count; round++)
        {
            var session = Tester.NewSession();
            var response = await Tester.ExchangeInit(session);
            spis.Add(response.Header.ResponderSpi);
            if (response.Find<NoncePayload>() is { } nonce)
                nonces.Add(nonce.Nonce);
        }
        Context.Check("RFC7296-2.6-1", spis.Count == count, $"{count} SPIs", $"{spis.Count}");
        Context.Check("RFC7296-3.9-2", nonces.Count == count, $"{count} nonces", $"{nonces.Count}");
        Context.Check("RFC7296-3.9-1", nonces.All(nonce => nonce.Length is >= 16 and <= 256), "16 to 256 octets each", string.Join(' ', nonces.Select(nonce => nonce.Length)));
    }

    public static IEnumerable<ScenarioCase> NonceCases => new[] { 0, 15, 16, 256, 257 }.Select(length => new ScenarioCase(
        $"IKEV2-NONCE-{length}", $"A nonce of {length} octets is {(length is >= 16 and <= 256 ? "taken" : "refused")}", length, ["RFC7296-3.9-1", "RFC7296-2.10-1"], []));

    [Scenarios(nameof(NonceCases))]
    public async Task NonceLength(int length)
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        session.OwnNonce = Tester.Random.Bytes(length);
        var response = await Tester.ResponseTo(Tester.SendInit(session, session.InitRequestPayloads()));
        var isTaken = response?.Find<NoncePayload>() is not null;
        Context.Check("RFC7296-3.9-1", isTaken == length is >= 16 and <= 256, length is >= 16 and <= 256 ? "SA, KE, Nonce" : "no SA", Text(response));
        Context.Check("RFC7296-2.10-1", !isTaken || response!.Find<NoncePayload>()!.Nonce.Length >= 16, "a nonce of 16 octets at least", Text(response));
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-MINIMAL-001", "Four messages make an IKE SA and a child SA, INFORMATIONAL is answered, be it empty")]
    [Covers("RFC7296-4-4", "RFC7296-4-6")]
    public async Task FourMessages()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        var (response, child) = await Authenticate(session);
        var trouble = response is null ? "no IKE_AUTH response" : session.TakeAuthResponse(response, child);
        Context.Check("RFC7296-4-4", trouble is null && await Tester.Carries(child), "traffic after IKE_SA_INIT and IKE_AUTH", trouble ?? "no echo reply in ESP");
        Context.Check("RFC7296-4-6", await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational)) is { IsProtected: true }, "a response to an empty request", "nothing");
    }

    [Scenario("IKEV2-NARROW-003", "With a first selector that it can take, it narrows to something that has it")]
    [Covers("RFC7296-2.9-2", "RFC7296-2.9-4")]
    public async Task FirstChoiceIsKept()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        TrafficSelector Host(IPAddress address) => TrafficSelector.Range(address, address) with { IpProtocol = 6, StartPort = 7, EndPort = 7 };
        var any = TrafficSelector.Range(IPAddress.Any, IPAddress.Broadcast);
        var (initiator, responder) = (Host(Iut.Topology.TesterInner), Host(Iut.Topology.IutInner));
        var (response, _) = await Authenticate(session, payloads => [.. payloads.Select(payload => payload is TrafficSelectorPayload selectors
            ? selectors with { Selectors = [selectors.Side == PayloadType.TrafficSelectorInitiator ? initiator : responder, any] } : payload)]);
        var (answeredInitiator, answeredResponder) = (response?.Selectors(PayloadType.TrafficSelectorInitiator) ?? [], response?.Selectors(PayloadType.TrafficSelectorResponder) ?? []);
        Context.Check("RFC7296-2.9-4", !answeredInitiator.IsEmpty && !answeredResponder.IsEmpty, "TSi and TSr", Text(response));
        Context.Check("RFC7296-2.9-2", answeredInitiator.Any(selector => Contains(selector, initiator)), $"TSi with {initiator}", string.Join(", ", answeredInitiator));
        Context.Check("RFC7296-2.9-2", answeredResponder.Any(selector => Contains(selector, responder)), $"TSr with {responder}", string.Join(", ", answeredResponder));
    }

    public static IEnumerable<ScenarioCase> TypeCases =>
        from one in new (string Name, Transform Transform)[]
        {
            ("ESN", Transform.SequenceNumbers(SequenceNumbersId.Extended64)), ("INTEGNONE", Transform.Integrity(IntegrityId.None)), ("KENONE", Transform.KeyExchange(KeyExchangeId.None)),
        }
        select new ScenarioCase($"IKEV2-TYPES-{one.Name}", $"An offer for ESP with {one.Transform} beside the rest is understood", one.Transform, ["RFC7296-3.3.3-1"], []);

    [Scenarios(nameof(TypeCases))]
    public async Task EveryTransformTypeIsUnderstood(Transform transform)
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        var (response, _) = await Authenticate(session, payloads => WithOffer(payloads, offer => new([offer.Proposals[0] with { Transforms = [transform, .. offer.Proposals[0].Transforms] }])));
        Context.Check("RFC7296-3.3.3-1", response?.Find<SecurityAssociationPayload>() is { Proposals: [var chosen] } && chosen.OfType(TransformType.Encryption).Any(), "SA with one proposal", Text(response));
    }

    [Scenario("IKEV2-EAP-001", "IKE_AUTH without AUTH, as EAP begins, authenticates nobody where EAP is not configured")]
    [Covers("RFC7296-1.2-2", "RFC7296-2.21.2-1")]
    public async Task NoEap()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        var (response, _) = await Authenticate(session, payloads => [.. payloads.Where(payload => payload is not AuthenticationPayload)]);
        Context.Check("RFC7296-1.2-2", response?.Find<SecurityAssociationPayload>() is null, "no SA", Text(response));
        Context.Check("RFC7296-2.21.2-1", response?.Notify(NotifyType.AuthenticationFailed) is not null, "N(AUTHENTICATION_FAILED)", Text(response));
        await Tester.ExpectNoChild("RFC7296-1.2-2");
        await Tester.ProbeLiveness();
    }

    private static bool Contains(TrafficSelector outer, TrafficSelector inner) =>
        (outer.IpProtocol == 0 || outer.IpProtocol == inner.IpProtocol) && outer.StartPort <= inner.StartPort && outer.EndPort >= inner.EndPort
        && outer.StartAddress.GetAddressBytes().AsSpan().SequenceCompareTo(inner.StartAddress.GetAddressBytes()) <= 0
        && outer.EndAddress.GetAddressBytes().AsSpan().SequenceCompareTo(inner.EndAddress.GetAddressBytes()) >= 0;
}
