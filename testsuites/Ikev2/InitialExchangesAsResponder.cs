using Conformance.Implementations;
using Conformance.Scenarios;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>IKE_SA_INIT and IKE_AUTH with the implementation as responder (RFC 7296 sections 1.2, 2.7, 2.15, 3.1).</summary>
public sealed class InitialExchangesAsResponder : Ikev2Scenario
{
    [Scenario("IKEV2-INIT-001", "A well-formed IKE_SA_INIT request is answered with SA, KE and Nonce under a well-formed header")]
    [Covers("RFC7296-2.7-1", "RFC7296-2.10-1", "RFC7296-3.1-2", "RFC7296-3.1-4", "RFC7296-3.1-7", "RFC7296-3.1-9", "RFC7296-3.1-10", "RFC7296-3.1-13", "RFC7296-2.5-10")]
    public async Task WellFormedInitRequestIsAnswered()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        var response = await Tester.ExpectResponse(Tester.SendInit(session, session.InitRequestPayloads()), "RFC7296-3.1-10");
        var header = response.Header;
        Context.Check("RFC7296-3.1-13", !header.IsFromInitiator, "Initiator flag clear in the responder's message", $"flags {header.Flags}");
        Context.Check("RFC7296-3.1-9", ((byte)header.Flags & 0xc7) == 0, "reserved flags zero", $"flags {(byte)header.Flags:x2}");
        Context.Check("RFC7296-3.1-4", header.MajorVersion == 2, "major version 2", $"{header.MajorVersion}");
        Context.Check("RFC7296-3.1-7", header.MinorVersion == 0, "minor version 0", $"{header.MinorVersion}");
        Context.Check("RFC7296-3.1-2", header.InitiatorSpi == session.InitiatorSpi && header.InitiatorSpi != 0, "the initiator's SPI, as it was sent", $"{header.InitiatorSpi:x16}");
        Context.Check("RFC7296-2.5-10", response.Payloads.All(payload => !payload.IsCritical), "no critical bit in a response", response.Summary);
        Context.Check(
            "RFC7296-2.7-1", response.Find<SecurityAssociationPayload>() is { Proposals.Length: 1 } && header.ResponderSpi != 0,
            "SA payload with a single proposal, and a responder's SPI", response.Summary);
        Context.Check(
            "RFC7296-2.10-1", response.Find<NoncePayload>() is { Nonce.Length: >= 16 and <= 256 }, "a nonce of 16 to 256 octets",
            $"{response.Find<NoncePayload>()?.Nonce.Length} octets");
        var trouble = session.TakeInitResponse(response);
        Context.Check("RFC7296-2.7-1", trouble is null, "an answer from which keys follow", trouble ?? "");
    }

    [Scenario("IKEV2-INIT-002", "Of two proposals, the one that the responder's policy allows is chosen, with one transform of each type")]
    [Covers("RFC7296-2.7-1", "RFC7296-2.7-2", "RFC7296-2.7-4")]
    public async Task AcceptableProposalIsChosen()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        var payloads = session.InitRequestPayloads();
        var good = payloads.OfType<SecurityAssociationPayload>().Single().Proposals[0];
        var foreign = good with
        {
            Transforms = [Transform.Encryption(EncryptionId.Blowfish, 448), Transform.Integrity(IntegrityId.HmacMd5_96), Transform.Prf(PrfId.HmacMd5), Transform.KeyExchange(KeyExchangeId.Curve25519)],
        };
        var offer = new SecurityAssociationPayload([foreign, good with { Number = 2 }]);
        var response = await Tester.ExpectResponse(Tester.SendInit(session, payloads.Replace(payloads[0], offer)), "RFC7296-2.7-1");
        var chosen = response.Find<SecurityAssociationPayload>()?.Proposals;
        Context.Check("RFC7296-2.7-1", chosen is [{ Number: 2 }], "proposal 2", chosen is [var other, ..] ? $"proposal {other.Number}" : response.Summary);
        Context.Check("RFC7296-2.7-2", chosen!.Value[0].Protocol == ProtocolId.Ike, "protocol IKE", $"{chosen.Value[0].Protocol}");
        var types = chosen.Value[0].Transforms.Select(transform => transform.Type).ToList();
        Context.Check(
            "RFC7296-2.7-4", types.Count == 3 && types.Distinct().Count() == 3, "one ENCR, one PRF and one KE transform", string.Join(", ", chosen.Value[0].Transforms));
    }

    [Scenario("IKEV2-INIT-003", "A request without any acceptable proposal is refused with NO_PROPOSAL_CHOSEN")]
    [Covers("RFC7296-2.7-3")]
    public async Task NoAcceptableProposalIsRefused()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        var payloads = session.InitRequestPayloads();
        var offer = payloads.OfType<SecurityAssociationPayload>().Single();
        var foreign = offer with
        {
            Proposals = [offer.Proposals[0] with { Transforms = [Transform.Encryption(EncryptionId.Blowfish, 448), Transform.Integrity(IntegrityId.HmacMd5_96), Transform.Prf(PrfId.HmacMd5), Transform.KeyExchange(KeyExchangeId.Curve25519)] }],
        };
        var response = await Tester.ExpectResponse(Tester.SendInit(session, payloads.Replace(payloads[0], foreign)), "RFC7296-2.7-3");
        Context.Check("RFC7296-2.7-3", response.Notify(NotifyType.NoProposalChosen) is not null, "N(NO_PROPOSAL_CHOSEN)", response.Summary);
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-INIT-004", "Key exchange data of another group than the chosen one is refused with INVALID_KE_PAYLOAD, which names the group", Needs = [Capability.ModpGroups])]
    [Covers("RFC7296-3.4-4", "RFC7296-2.7-1")]
    public async Task WrongGroupIsCorrected()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        var payloads = session.InitRequestPayloads(KeyExchangeId.Modp2048);
        var offer = payloads.OfType<SecurityAssociationPayload>().Single();
        var both = offer with { Proposals = [offer.Proposals[0] with { Transforms = [.. offer.Proposals[0].Transforms, Transform.KeyExchange(KeyExchangeId.Modp2048)] }] };
        var response = await Tester.ExpectResponse(Tester.SendInit(session, payloads.Replace(payloads[0], both)), "RFC7296-2.7-1");
        Context.Check(
            "RFC7296-3.4-4", response.Notify(NotifyType.InvalidKePayload) is { Data.Length: 2 } notify && notify.Data[1] == (byte)KeyExchangeId.Curve25519,
            "N(INVALID_KE_PAYLOAD) with group 31 in two octets", response.Summary);
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-AUTH-001", "IKE_AUTH with the right shared key establishes IKE SA and child SA, and the responder proves its identity")]
    [Covers("RFC7296-1.2-2", "RFC7296-1.2-3", "RFC7296-2.7-4", "RFC7296-3.1-10", "RFC8247-3.1-2")]
    public async Task RightSharedKeyEstablishes()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.IkeAuth, session.AuthRequestPayloads(out var child)), "RFC7296-3.1-10");
        var trouble = session.TakeAuthResponse(response, child);
        Context.Check("RFC7296-1.2-2", trouble is null, "IDr, AUTH that verifies, SA, TSi, TSr", trouble ?? "");
        Context.Check("RFC8247-3.1-2", response.Find<AuthenticationPayload>()?.Method == AuthenticationMethod.SharedKey, "AUTH by shared key", $"{response.Find<AuthenticationPayload>()?.Method}");
        Context.Check("RFC7296-1.2-3", response.Find<IdentificationPayload>() is { } named && Context.Policy.LocalIdentity.IsIn(named), Context.Policy.LocalIdentity.ToString(), response.Find<IdentificationPayload>()?.Identity ?? "");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-AUTH-002", "IKE_AUTH with a wrong shared key is answered with AUTHENTICATION_FAILED, and no SA comes of it")]
    [Covers("RFC7296-1.2-2", "RFC7296-2.21.2-1")]
    public async Task WrongSharedKeyIsRefused()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        var payloads = session.AuthRequestPayloads(out _);
        var authentication = payloads.OfType<AuthenticationPayload>().Single();
        var wrong = authentication.Data.ToArray();
        wrong[0] ^= 1;
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, payloads.Replace(authentication, authentication with { Data = wrong })));
        Context.Check("RFC7296-2.21.2-1", response?.Notify(NotifyType.AuthenticationFailed) is not null, "SK{N(AUTHENTICATION_FAILED)}", response?.Summary ?? "nothing");
        Context.Check("RFC7296-1.2-2", response?.Find<SecurityAssociationPayload>() is null, "no SA payload in the response", response?.Summary ?? "");
        await Tester.ExpectNoChild("RFC7296-1.2-2");
        await Tester.ProbeLiveness();
    }

    public static IEnumerable<ScenarioCase> KeyLengths => new[] { 1, 64, 65, 200 }.Select(length => new ScenarioCase(
        $"IKEV2-AUTH-KEY{length}", $"A shared key of {length} characters is taken as it is, and one that differs in the last is refused", length, ["RFC7296-1.2-2", "RFC7296-2.15-2"], []));

    [Scenarios(nameof(KeyLengths))]
    public async Task SharedKeyOfAnyLength(int length)
    {
        var key = string.Concat(Enumerable.Range(0, length).Select(index => (char)('a' + index % 26)));
        await Context.Configure(new() { PreSharedKey = key });
        var session = await HalfOpen();
        var (established, child) = await Authenticate(session);
        var refusal = established is null ? "no IKE_AUTH response" : session.TakeAuthResponse(established, child);
        foreach (var requirement in new[] { "RFC7296-1.2-2", "RFC7296-2.15-2" })
            Context.Check(requirement, refusal is null, "an IKE SA and a child SA, AUTH verified", refusal ?? "");
        var other = await HalfOpen(one => one.Policy = one.Policy with { PreSharedKey = $"{key[..^1]}!" });
        var (response, _) = await Authenticate(other);
        Context.Check("RFC7296-1.2-2", response?.Find<SecurityAssociationPayload>() is null, "no SA with another key", Text(response));
    }

    [Scenario("IKEV2-AUTH-HEX-001", "A shared key of octets that are no text, given in hex, is taken as it is, and one that differs in the last is refused")]
    [Covers("RFC7296-1.2-2", "RFC7296-2.15-3")]
    public async Task SharedKeyInHex()
    {
        byte[] key = [0, 0xff, 0x80, 0x0a, .. Tester.Random.Bytes(27), 0];
        await Context.Configure(new() { PreSharedOctets = key });
        var session = await HalfOpen();
        var (established, child) = await Authenticate(session);
        var refusal = established is null ? "no IKE_AUTH response" : session.TakeAuthResponse(established, child);
        Context.Check("RFC7296-2.15-3", refusal is null, "an IKE SA and a child SA, AUTH verified", refusal ?? "");
        var other = await HalfOpen(one => one.Policy = one.Policy with { PreSharedOctets = (byte[])[.. key[..^1], 1] });
        var (response, _) = await Authenticate(other);
        Context.Check("RFC7296-1.2-2", response?.Find<SecurityAssociationPayload>() is null, "no SA with another key", Text(response));
    }

    [Scenario("IKEV2-AUTH-003", "An identity that the shared key does not belong to is answered with AUTHENTICATION_FAILED")]
    [Covers("RFC7296-1.2-3", "RFC7296-2.21.2-1")]
    public async Task WrongIdentityIsRefused()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        var payloads = session.AuthRequestPayloads(out _);
        var identity = IdentificationPayload.Fqdn(PayloadType.IdentificationInitiator, "somebody-else.example");
        var mine = payloads.OfType<IdentificationPayload>().First();
        var authentication = payloads.OfType<AuthenticationPayload>().Single();
        var response = await Tester.ResponseTo(Tester.Send(
            session, ExchangeType.IkeAuth, payloads.Replace(mine, identity).Replace(authentication, session.Authenticate(identity))));
        Context.Check("RFC7296-2.21.2-1", response?.Notify(NotifyType.AuthenticationFailed) is not null, "SK{N(AUTHENTICATION_FAILED)}", response?.Summary ?? "nothing");
        await Tester.ExpectNoChild("RFC7296-1.2-3");
        await Tester.ProbeLiveness();
    }
}
