using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>IKE_SA_INIT and IKE_AUTH with the implementation as initiator (RFC 7296 sections 1.2, 2.6, 2.7, 3.1).</summary>
public sealed class InitialExchangesAsInitiator : ScenarioFixture
{
    [Scenario("IKEV2-INITIATOR-001", "Told to initiate, it sends a well-formed IKE_SA_INIT request", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.10-1", "RFC7296-3.1-2", "RFC7296-3.1-3", "RFC7296-3.1-4", "RFC7296-3.1-7", "RFC7296-3.1-9", "RFC7296-3.1-10", "RFC7296-3.1-13", "RFC7296-3.2-4", "RFC7296-3.2-6", "RFC7296-3.3-5", "RFC7296-3.3-6")]
    public async Task InitRequestIsWellFormed()
    {
        await Context.Configure(new() { IkeSuites = [IkeSuite.Aes256GcmSha256Curve25519, IkeSuite.Aes256CbcSha256Modp2048] });
        var request = await Initiation();
        var header = request.Header;
        Context.Check("RFC7296-3.1-2", header.InitiatorSpi != 0, "an initiator's SPI other than zero", "zero");
        Context.Check("RFC7296-3.1-3", header.ResponderSpi == 0, "responder's SPI zero", $"{header.ResponderSpi:x16}");
        Context.Check("RFC7296-3.1-4", header.MajorVersion == 2, "major version 2", $"{header.MajorVersion}");
        Context.Check("RFC7296-3.1-7", header.MinorVersion == 0, "minor version 0", $"{header.MinorVersion}");
        Context.Check("RFC7296-3.1-9", ((byte)header.Flags & 0xc7) == 0, "reserved flags zero", $"flags {(byte)header.Flags:x2}");
        Context.Check("RFC7296-3.1-10", !header.IsResponse, "Response flag clear", $"flags {header.Flags}");
        Context.Check("RFC7296-3.1-13", header.IsFromInitiator, "Initiator flag set", $"flags {header.Flags}");
        Context.Check(
            "RFC7296-3.2-4", request.Payloads.All(payload => !payload.IsCritical || payload.Type is < PayloadType.SecurityAssociation or > PayloadType.ExtensibleAuthentication),
            "critical bit clear on payloads that RFC 7296 defines", request.Message?.Describe() ?? "");
        Context.Check("RFC7296-3.2-6", request.Payloads.All(payload => (payload.Flags & 0x7f) == 0), "reserved bits of generic headers zero", request.Summary);
        Context.Check("RFC7296-2.10-1", request.Find<NoncePayload>() is { Nonce.Length: >= 16 and <= 256 }, "a nonce of 16 to 256 octets", $"{request.Find<NoncePayload>()?.Nonce.Length}");
        var numbers = request.Find<SecurityAssociationPayload>()?.Proposals.Select(proposal => (int)proposal.Number).ToList() ?? [];
        Context.Check("RFC7296-3.3-6", numbers is [1, ..], "first proposal number 1", string.Join(' ', numbers));
        Context.Check("RFC7296-3.3-5", numbers.SequenceEqual(Enumerable.Range(1, numbers.Count)), "proposal numbers 1, 2, 3 …", string.Join(' ', numbers));
    }

    [Scenario("IKEV2-INITIATOR-002", "With a well-behaved responder it establishes an IKE SA and a child SA that carries traffic", Needs = [Capability.Initiator])]
    [Covers("RFC7296-1.2-2", "RFC7296-2.3-2", "RFC7296-3.1-10")]
    public async Task WholeExchangeEstablishes()
    {
        await Context.Configure(new());
        var init = await Initiation();
        var session = Tester.AnswerInit(init);
        Context.Check("RFC7296-3.1-10", session is not null, "a request that the policy's own suite can answer", init.Summary);
        var auth = await Tester.Receive<ReceivedIke>(received => received.Session == session && !received.Header.IsResponse, Tester.ResponseTime);
        Context.Check("RFC7296-2.3-2", auth?.Header is { ExchangeType: ExchangeType.IkeAuth, MessageId: 1 }, "IKE_AUTH request 1 next", auth?.Summary ?? "nothing");
        var trouble = Tester.AnswerAuth(auth!);
        Context.Check("RFC7296-1.2-2", trouble is null, "IDi and an AUTH that verifies", trouble ?? "");
        Context.Check("RFC7296-1.2-2", await Tester.Carries(session!.Children[0]), "traffic over the child SA", "no echo reply in ESP");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-INITIATOR-003", "Answered with INVALID_KE_PAYLOAD for another offered group, it retries with that group and all its suites", Needs = [Capability.Initiator, Capability.EcpGroups])]
    [Covers("RFC7296-1.2-4", "RFC7296-1.2-5")]
    public async Task InvalidKePayloadLeadsToRetry()
    {
        await Context.Configure(new() { IkeSuites = [IkeSuite.Aes256GcmSha256Curve25519, IkeSuite.Aes128GcmSha256Ecp256] });
        var init = await Initiation();
        var wanted = init.Find<KeyExchangePayload>()?.Method == KeyExchangeId.Ecp256 ? KeyExchangeId.Curve25519 : KeyExchangeId.Ecp256;
        var answering = Tester.NewSession();
        (answering.Local, answering.Remote) = (init.Local, init.Remote);
        Tester.SendMessage(answering, init.Header with { Flags = IkeFlags.Response }, [new NotifyPayload(NotifyType.InvalidKePayload, new byte[] { 0, (byte)wanted })]);
        var retry = await Tester.Receive<ReceivedIke>(received => Tester.IsInitRequest(received) && received.Octets != init.Octets, Tester.ResponseTime);
        Context.Check("RFC7296-1.2-4", retry?.Find<KeyExchangePayload>()?.Method == wanted, $"IKE_SA_INIT again, with key exchange data of {wanted}", retry?.Message?.Describe() ?? "nothing new");
        Context.Check(
            "RFC7296-1.2-5", Suites(retry!).SetEquals(Suites(init)), $"all suites again: {string.Join(" | ", Suites(init))}", string.Join(" | ", Suites(retry!)));
    }

    [Scenario("IKEV2-INITIATOR-004", "A responder whose AUTH does not verify gets no SA", Needs = [Capability.Initiator])]
    [Covers("RFC7296-1.2-2")]
    public async Task WrongAuthOfResponderIsRefused()
    {
        await Context.Configure(new());
        var auth = await Tester.AwaitAuthRequest();
        if (auth.Session!.AnswerAuthRequest(auth, out _, out var trouble) is not { } payloads)
        {
            Context.Inconclusive($"IKE_AUTH can't be answered: {trouble}");
            return;
        }
        var authentication = payloads.OfType<AuthenticationPayload>().Single();
        var wrong = authentication.Data.ToArray();
        wrong[^1] ^= 0x80;
        Tester.Respond(auth, payloads.Replace(authentication, authentication with { Data = wrong }));
        await Tester.Receive<ReceivedIke>(_ => false, Iut.Topology.SilenceTime);
        await Tester.ExpectNoChild("RFC7296-1.2-2");
    }

    [Scenario("IKEV2-COOKIE-003", "Asked for a cookie, it repeats its request with the cookie first and all else unchanged", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.6-4")]
    public async Task CookieIsReturned()
    {
        await Context.Configure(new());
        var init = await Initiation();
        var cookie = Tester.Random.Bytes(64);
        var answering = Tester.NewSession();
        (answering.Local, answering.Remote) = (init.Local, init.Remote);
        Tester.SendMessage(answering, init.Header with { Flags = IkeFlags.Response }, [new NotifyPayload(NotifyType.Cookie, cookie)]);
        var retry = await Tester.Receive<ReceivedIke>(received => Tester.IsInitRequest(received) && received.Octets != init.Octets, Tester.ResponseTime);
        Context.Check(
            "RFC7296-2.6-4", retry?.Payloads is [NotifyPayload { NotifyType: NotifyType.Cookie } first, ..] && first.Data == (Ipsec.Packets.Octets)cookie,
            "IKE_SA_INIT again, N(COOKIE) with the very data first", retry?.Summary ?? "nothing new");
        var rest = retry!.Payloads[1..].Select(payload => Convert.ToHexString(payload.EncodeBody())).ToList();
        var before = init.Payloads.Select(payload => Convert.ToHexString(payload.EncodeBody())).ToList();
        Context.Check("RFC7296-2.6-4", rest.SequenceEqual(before), "the other payloads octet by octet as before", $"before: {init.Summary}; now: {retry.Summary}");
        Context.Check("RFC7296-2.6-4", retry.Header.InitiatorSpi == init.Header.InitiatorSpi, "the same initiator's SPI", $"{retry.Header.InitiatorSpi:x16}");
    }

    private async Task<ReceivedIke> Initiation()
    {
        var init = await Tester.AwaitInitiation();
        if (init is null)
            Context.Inconclusive("told to initiate, it sent no IKE_SA_INIT request");
        return init!;
    }

    private static HashSet<string> Suites(ReceivedIke request) =>
        [.. request.Find<SecurityAssociationPayload>()?.Proposals.Select(proposal => string.Join(",", proposal.Transforms.Select(transform => transform.ToString()).Order())) ?? []];
}
