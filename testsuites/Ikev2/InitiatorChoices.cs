using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>What an initiator makes of answers that are wrong, or not what it wanted (RFC 7296 sections 1.3.1, 2.6.1, 2.21.2, 3.3.6).</summary>
[Needs(Capability.Initiator)]
public sealed class InitiatorChoices : Ikev2Scenario
{
    [Scenario("IKEV2-ANSWER-001", "Answered in IKE_SA_INIT with a suite that it did not offer, it sends no IKE_AUTH")]
    [Covers("RFC7296-3.3.6-4")]
    public Task ForeignSuite() => WrongInitAnswer("RFC7296-3.3.6-4", answer => WithOffer(answer, offer => new([offer.Proposals[0] with
    {
        Transforms = [.. offer.Proposals[0].Transforms.Select(transform => transform.Type == TransformType.PseudorandomFunction ? Transform.Prf(PrfId.HmacSha512) : transform)],
    }])));

    [Scenario("IKEV2-ANSWER-002", "Answered with two transforms of a type, it sends no IKE_AUTH")]
    [Covers("RFC7296-3.3.6-4")]
    public Task TwoTransforms() => WrongInitAnswer("RFC7296-3.3.6-4", answer => WithOffer(answer, offer => new([offer.Proposals[0] with
    {
        Transforms = offer.Proposals[0].Transforms.Add(Transform.KeyExchange(KeyExchangeId.Ecp256)),
    }])));

    [Scenario("IKEV2-ANSWER-003", "Answered with two proposals, it sends no IKE_AUTH")]
    [Covers("RFC7296-3.3.6-4")]
    public Task TwoProposals() => WrongInitAnswer("RFC7296-3.3.6-4", answer => WithOffer(answer, offer => new([offer.Proposals[0], offer.Proposals[0] with { Number = 2 }])));

    [Scenario("IKEV2-ANSWER-004", "Answered with a nonce of 15 octets, it sends no IKE_AUTH")]
    [Covers("RFC7296-3.9-1")]
    public Task ShortNonce() => WrongInitAnswer("RFC7296-3.9-1", answer => [.. answer.Select(payload => payload is NoncePayload ? new NoncePayload(new byte[15]) : payload)]);

    [Scenario("IKEV2-ANSWER-005", "Answered in IKE_AUTH with a suite that it did not offer for the child SA, it uses no such SA")]
    [Covers("RFC7296-3.3.6-4")]
    public async Task ForeignChildSuite()
    {
        await Context.Configure(new());
        await WrongAuthAnswer(answer => WithOffer(answer, offer => new([offer.Proposals[0] with
        {
            Transforms = [Transform.Encryption(EncryptionId.AesGcm16, 128), Transform.SequenceNumbers(SequenceNumbersId.Sequential32)],
        }])));
        await Tester.ExpectNoChild("RFC7296-3.3.6-4");
    }

    [Scenario("IKEV2-ANSWER-006", "An error about the child SA in IKE_AUTH does not make the authentication fail: the IKE SA is there")]
    [Covers("RFC7296-2.21.2-4", "RFC7296-3.3.6-4")]
    public async Task ChildError()
    {
        await Context.Configure(new());
        var session = await WrongAuthAnswer(answer => [answer[0], answer[1], new NotifyPayload(NotifyType.TsUnacceptable)]);
        await Tester.ExpectNoChild("RFC7296-3.3.6-4");
        var alive = await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational));
        Context.Check("RFC7296-2.21.2-4", alive is { IsProtected: true }, "the IKE SA answers", Text(alive));
    }

    [Scenario("IKEV2-ANSWER-007", "Not granted transport mode that its policy wants, it deletes the child SA or has a tunnel", Needs = [Capability.TransportMode])]
    [Covers("RFC7296-1.3.1-3", "RFC7296-2.23.1-1")]
    public async Task TransportModeDeclined()
    {
        await Context.Configure(new() { Mode = IpsecMode.Transport });
        var auth = await Tester.AwaitAuthRequest();
        if (auth.Notify(NotifyType.UseTransportMode) is null)
            Context.Inconclusive("it does not ask for transport mode");
        var offered = auth.Payloads.OfType<TrafficSelectorPayload>().ToList();
        Context.Check("RFC7296-2.23.1-1", offered.All(payload => payload.Selectors.All(selector => selector.StartAddress.Equals(selector.EndAddress))), "exactly one address on each side", string.Join("; ", offered.SelectMany(payload => payload.Selectors)));
        if (auth.Session!.AnswerAuthRequest(auth, out var child, out var trouble) is not { } answer)
        {
            Context.Inconclusive($"IKE_AUTH can't be answered: {trouble}");
            return;
        }
        Tester.Respond(auth, [.. answer.Where(payload => payload is not NotifyPayload { NotifyType: NotifyType.UseTransportMode })]);
        var isDeleted = await IsDeleted(auth.Session, child.OutboundSpi);
        // To do with a tunnel is no breach: it must not send in transport mode, though.
        var own = (await Iut.SecurityAssociations(Context.Cancellation)).Where(sa => sa.OutboundSpi == child.InboundSpi).ToList();
        Context.Check("RFC7296-1.3.1-3", isDeleted || own is [{ Mode: "tunnel" }], $"D(ESP {child.OutboundSpi:x8}), or of the IKE SA, or an SA in tunnel mode", string.Join(", ", own.Select(sa => sa.Mode)));
    }

    [Scenario("IKEV2-ANSWER-008", "Asked for a cookie and then for another group, it has both in its third try, or starts over, and establishes", Needs = [Capability.EcpGroups])]
    [Covers("RFC7296-2.6.1-1", "RFC7296-1.2-4")]
    public async Task CookieThenGroup()
    {
        await Context.Configure(new() { IkeSuites = [IkeSuite.Aes256GcmSha256Curve25519, IkeSuite.Aes128GcmSha256Ecp256] });
        var init = await Tester.AwaitInitiation();
        if (init is null)
            Context.Inconclusive("told to initiate, it sent no IKE_SA_INIT request");
        var wanted = init!.Find<KeyExchangePayload>()?.Method == KeyExchangeId.Ecp256 ? KeyExchangeId.Curve25519 : KeyExchangeId.Ecp256;
        var answering = Tester.NewResponder();
        (answering.Local, answering.Remote) = (init.Local, init.Remote);
        var cookie = new NotifyPayload(NotifyType.Cookie, Tester.Random.Bytes(24));
        Tester.SendMessage(answering, init.Header with { Flags = IkeFlags.Response }, [cookie]);
        var second = await Next(init);
        Context.Check("RFC7296-1.2-4", second?.Notify(NotifyType.Cookie)?.Data == cookie.Data, "IKE_SA_INIT with the cookie", Text(second));
        Tester.SendMessage(answering, second!.Header with { Flags = IkeFlags.Response }, [new NotifyPayload(NotifyType.InvalidKePayload, new byte[] { 0, (byte)wanted })]);
        var third = await Next(init, second);
        Context.Check("RFC7296-1.2-4", third?.Find<KeyExchangePayload>()?.Method == wanted, $"IKE_SA_INIT with key exchange data of {wanted}", Text(third));
        if (third!.Notify(NotifyType.Cookie) is null)
        {
            // It does not know the shorter exchange: the cookie is asked for again.
            Tester.SendMessage(answering, third.Header with { Flags = IkeFlags.Response }, [cookie]);
            third = await Next(init, second, third);
        }
        Context.Check("RFC7296-2.6.1-1", third is not null && Tester.AnswerInit(third) is { } session && await Tester.Receive<ReceivedIke>(received => received.IsAuthRequestOf(session), Tester.ResponseTime) is not null,
            "IKE_AUTH in the end", Text(third));
    }

    [Scenario("IKEV2-ANSWER-009", "A responder that asks for a cookie again when it changes the group is no obstacle", Needs = [Capability.EcpGroups])]
    [Covers("RFC7296-2.6.1-1")]
    public async Task CookieAgain()
    {
        await Context.Configure(new() { IkeSuites = [IkeSuite.Aes256GcmSha256Curve25519, IkeSuite.Aes128GcmSha256Ecp256] });
        var init = await Tester.AwaitInitiation();
        if (init is null)
            Context.Inconclusive("told to initiate, it sent no IKE_SA_INIT request");
        var wanted = init!.Find<KeyExchangePayload>()?.Method == KeyExchangeId.Ecp256 ? KeyExchangeId.Curve25519 : KeyExchangeId.Ecp256;
        var answering = Tester.NewResponder();
        (answering.Local, answering.Remote) = (init.Local, init.Remote);
        List<ReceivedIke> seen = [init];
        foreach (var answer in new Payload[]
        {
            new NotifyPayload(NotifyType.Cookie, Tester.Random.Bytes(24)), new NotifyPayload(NotifyType.InvalidKePayload, new byte[] { 0, (byte)wanted }), new NotifyPayload(NotifyType.Cookie, Tester.Random.Bytes(32)),
        })
        {
            Tester.SendMessage(answering, seen[^1].Header with { Flags = IkeFlags.Response }, [answer]);
            var next = await Next([.. seen]);
            Context.Check("RFC7296-2.6.1-1", next is not null, $"another try after {answer.Notation}", "nothing");
            seen.Add(next!);
        }
        Context.Check("RFC7296-2.6.1-1", Tester.AnswerInit(seen[^1]) is { } session && await Tester.Receive<ReceivedIke>(received => received.IsAuthRequestOf(session), Tester.ResponseTime) is not null,
            "IKE_AUTH in the end", seen[^1].Summary);
    }

    public static IEnumerable<ScenarioCase> SpiCases => new[] { NotifyType.Cookie, NotifyType.InvalidKePayload }.Select(type => new ScenarioCase(
        $"IKEV2-ANSWER-SPI-{(type == NotifyType.Cookie ? "COOKIE" : "KE")}", $"Answered with {NotifyPayload.NotifyName(type)} under a responder's SPI other than zero, it tries again as asked, with a responder's SPI of zero", type,
        [type == NotifyType.Cookie ? "RFC7296-2.6-4" : "RFC7296-1.2-4", "RFC7296-3.1-3"], [Capability.EcpGroups]));

    /// <summary>Section 2.6: such an SPI should be zero, and that it is not is no reason to refuse the answer.</summary>
    [Scenarios(nameof(SpiCases))]
    public async Task AnswerWithSpi(NotifyType type)
    {
        await Context.Configure(new() { IkeSuites = [IkeSuite.Aes256GcmSha256Curve25519, IkeSuite.Aes128GcmSha256Ecp256] });
        var init = await Tester.AwaitInitiation();
        if (init is null)
            Context.Inconclusive("told to initiate, it sent no IKE_SA_INIT request");
        var wanted = init!.Find<KeyExchangePayload>()?.Method == KeyExchangeId.Ecp256 ? KeyExchangeId.Curve25519 : KeyExchangeId.Ecp256;
        var answering = Tester.NewSession();
        (answering.Local, answering.Remote) = (init.Local, init.Remote);
        var asked = new NotifyPayload(type, type == NotifyType.Cookie ? Tester.Random.Bytes(24) : new byte[] { 0, (byte)wanted });
        Tester.SendMessage(answering, init.Header with { Flags = IkeFlags.Response, ResponderSpi = Tester.Random.NextUInt64() | 1 }, [asked]);
        var retry = await Next(init);
        var heeded = type == NotifyType.Cookie ? retry?.Notify(type)?.Data == asked.Data : retry?.Find<KeyExchangePayload>()?.Method == wanted;
        Context.Check(type == NotifyType.Cookie ? "RFC7296-2.6-4" : "RFC7296-1.2-4", heeded, $"IKE_SA_INIT with {(type == NotifyType.Cookie ? "the cookie" : $"key exchange data of {wanted}")}", Text(retry));
        Context.Check("RFC7296-3.1-3", retry!.Header.ResponderSpi == 0, "a responder's SPI of zero", $"{retry.Header.ResponderSpi:x16}");
    }

    private Task<ReceivedIke?> Next(params ReceivedIke[] seen) =>
        Tester.Receive<ReceivedIke>(received => Tester.IsInitRequest(received) && seen.All(other => other.Octets != received.Octets), Tester.ResponseTime);

    private async Task WrongInitAnswer(string requirement, Func<ImmutableArray<Payload>, ImmutableArray<Payload>> change)
    {
        await Context.Configure(new());
        var init = await Tester.AwaitInitiation();
        if (init is null)
            Context.Inconclusive("told to initiate, it sent no IKE_SA_INIT request");
        var session = Tester.NewResponder();
        if (session.AnswerInitRequest(init!, out var trouble) is not { } answer)
        {
            Context.Inconclusive($"its request can't be answered: {trouble}");
            return;
        }
        Tester.SendMessage(session, session.Header(ExchangeType.IkeSaInit, 0, isResponse: true), change(answer));
        await Tester.ExpectNone<ReceivedIke>(received => received.Header.ExchangeType == ExchangeType.IkeAuth, requirement, "no IKE_AUTH request");
        await Tester.ProbeLiveness();
    }

    private async Task<IkeSession> WrongAuthAnswer(Func<ImmutableArray<Payload>, ImmutableArray<Payload>> change)
    {
        var auth = await Tester.AwaitAuthRequest();
        if (auth.Session!.AnswerAuthRequest(auth, out _, out var trouble) is { } answer)
            Tester.Respond(auth, change(answer));
        else
            Context.Inconclusive($"IKE_AUTH can't be answered: {trouble}");
        await Pass(Iut.Topology.SilenceTime);
        return auth.Session;
    }
}
