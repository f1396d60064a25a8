using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Algorithms that everyone has, those that everyone should have, and those that nobody may have, even if told to (RFC 8247, RFC 8221).</summary>
public sealed class AlgorithmPolicy : Ikev2Scenario
{
    private const ushort Cbc = (ushort)EncryptionId.AesCbc, Gcm = (ushort)EncryptionId.AesGcm16, Sha256 = (ushort)IntegrityId.HmacSha256_128, Sha1 = (ushort)IntegrityId.HmacSha1_96;
    private const ushort PrfSha256 = (ushort)PrfId.HmacSha256, Modp2048 = (ushort)KeyExchangeId.Modp2048;

    private static readonly ImmutableArray<(string Name, IkeSuite Suite, ImmutableArray<string> Covers)> MandatoryIke =
    [
        ("AESCBC128", new(Cbc, 128, Sha256, PrfSha256, Modp2048), ["RFC8247-2.1-2", "RFC8247-2.3-1", "RFC8247-2.2-1", "RFC8247-2.4-1", "RFC7296-2.13-1"]),
        ("AESCBC256", new(Cbc, 256, Sha256, PrfSha256, Modp2048), ["RFC8247-2.1-2", "RFC8247-2.3-1", "RFC8247-2.2-1", "RFC8247-2.4-1", "RFC7296-2.13-1"]),
        ("PRFSHA1", new(Cbc, 128, Sha256, (ushort)PrfId.HmacSha1, Modp2048), ["RFC8247-2.2-3", "RFC7296-2.13-3", "RFC7296-2.14-1"]),
        ("INTEGSHA1", new(Cbc, 128, Sha1, PrfSha256, Modp2048), ["RFC8247-2.3-3"]),
        ("PRFSHA384", new(Gcm, 256, 0, (ushort)PrfId.HmacSha384, Modp2048), ["RFC7296-2.13-3", "RFC7296-2.14-1"]),
        ("PRFSHA512", new(Gcm, 256, 0, (ushort)PrfId.HmacSha512, Modp2048), ["RFC7296-2.13-3", "RFC7296-2.14-1"]),
    ];

    private static readonly ImmutableArray<(string Name, IkeSuite Suite, ImmutableArray<string> Covers)> RecommendedIke =
    [
        ("CHACHA20", new((ushort)EncryptionId.ChaCha20Poly1305, 0, 0, PrfSha256, Modp2048), ["RFC8247-2.1-3"]),
        ("AESGCM", new(Gcm, 128, 0, PrfSha256, Modp2048), ["RFC8247-2.1-4"]),
        ("AESCCM8", new((ushort)EncryptionId.AesCcm8, 128, 0, PrfSha256, Modp2048), ["RFC8247-2.1-5"]),
        ("PRFSHA512", new(Cbc, 128, Sha256, (ushort)PrfId.HmacSha512, Modp2048), ["RFC8247-2.2-2"]),
        ("PRFXCBC", new(Cbc, 128, Sha256, (ushort)PrfId.Aes128Xcbc, Modp2048), ["RFC8247-2.2-4"]),
        ("INTEGSHA512", new(Cbc, 128, (ushort)IntegrityId.HmacSha512_256, PrfSha256, Modp2048), ["RFC8247-2.3-2"]),
        ("INTEGXCBC", new(Cbc, 128, (ushort)IntegrityId.AesXcbc_96, PrfSha256, Modp2048), ["RFC8247-2.3-4"]),
        ("ECP256", new(Cbc, 128, Sha256, PrfSha256, (ushort)KeyExchangeId.Ecp256), ["RFC8247-2.4-2"]),
    ];

    private static readonly ImmutableArray<(string Name, EspSuite Suite, ImmutableArray<string> Covers)> MandatoryEsp =
    [
        ("AESGCM128", new(Gcm, 128, 0, false), ["RFC8221-5-10", "RFC8221-5-13", "RFC8221-6-2"]),
        ("AESGCM256", new(Gcm, 256, 0, false), ["RFC8221-5-10", "RFC8221-5-13", "RFC8221-5-14", "RFC8221-6-2"]),
        ("AESCBC128", new(Cbc, 128, Sha256, false), ["RFC8221-5-8", "RFC8221-5-13", "RFC8221-6-11"]),
        ("AESCBC256", new(Cbc, 256, Sha256, false), ["RFC8221-5-8", "RFC8221-5-14", "RFC8221-6-11"]),
        ("NULL", new((ushort)EncryptionId.Null, 0, Sha256, false), ["RFC8221-5-7", "RFC8221-6-11"]),
        ("INTEGSHA1", new(Cbc, 128, Sha1, false), ["RFC8221-6-5"]),
    ];

    private static readonly ImmutableArray<(string Name, EspSuite Suite, ImmutableArray<string> Covers)> RecommendedEsp =
    [
        ("CHACHA20", new((ushort)EncryptionId.ChaCha20Poly1305, 0, 0, false), ["RFC8221-5-11"]),
        ("AESCCM8", new((ushort)EncryptionId.AesCcm8, 128, 0, false), ["RFC8221-5-9"]),
        ("INTEGSHA512", new(Cbc, 128, (ushort)IntegrityId.HmacSha512_256, false), ["RFC8221-6-12"]),
        ("INTEGXCBC", new(Cbc, 128, (ushort)IntegrityId.AesXcbc_96, false), ["RFC8221-6-8"]),
        ("ESN", new(Gcm, 256, 0, true), ["RFC4303-2.2.1-1"]),
    ];

    private const string Configured = "RFC7296-3.3.4-5";

    /// <summary>Algorithms that are neither demanded nor forbidden.</summary>
    private static readonly ImmutableArray<(string Name, IkeSuite Suite, ImmutableArray<string> Covers)> OptionalIke =
    [
        ("AESCBC192", new(Cbc, 192, Sha256, PrfSha256, Modp2048), [Configured]),
        ("AESCTR", new((ushort)EncryptionId.AesCtr, 128, Sha256, PrfSha256, Modp2048), [Configured]),
        ("AESGCM12", new((ushort)EncryptionId.AesGcm12, 256, 0, PrfSha256, Modp2048), [Configured]),
        ("AESCCM16", new((ushort)EncryptionId.AesCcm16, 256, 0, PrfSha256, Modp2048), [Configured]),
        ("CAMELLIA", new((ushort)EncryptionId.CamelliaCbc, 256, Sha256, PrfSha256, Modp2048), [Configured]),
        ("3DES", new((ushort)EncryptionId.TripleDes, 0, Sha1, PrfSha256, Modp2048), [Configured]),
        ("PRFCMAC", new(Cbc, 128, Sha256, (ushort)PrfId.Aes128Cmac, Modp2048), [Configured]),
        ("INTEGSHA384", new(Cbc, 128, (ushort)IntegrityId.HmacSha384_192, PrfSha256, Modp2048), [Configured]),
        ("INTEGCMAC", new(Cbc, 128, (ushort)IntegrityId.AesCmac_96, PrfSha256, Modp2048), [Configured]),
        .. new[]
        {
            KeyExchangeId.Modp3072, KeyExchangeId.Modp4096, KeyExchangeId.Ecp384, KeyExchangeId.Ecp521, KeyExchangeId.Ecp224, KeyExchangeId.BrainpoolP256r1, KeyExchangeId.BrainpoolP384r1,
            KeyExchangeId.BrainpoolP512r1, KeyExchangeId.Curve25519, KeyExchangeId.Curve448,
        }.Select(method => ($"GROUP{(ushort)method}", new IkeSuite(Cbc, 128, Sha256, PrfSha256, (ushort)method), ImmutableArray.Create(Configured))),
    ];

    private static readonly ImmutableArray<(string Name, EspSuite Suite, ImmutableArray<string> Covers)> OptionalEsp =
    [
        ("AESCBC192", new(Cbc, 192, Sha256, false), [Configured]),
        ("AESCTR", new((ushort)EncryptionId.AesCtr, 128, Sha256, false), [Configured]),
        ("AESGCM192", new(Gcm, 192, 0, false), [Configured]),
        ("AESGCM12", new((ushort)EncryptionId.AesGcm12, 256, 0, false), [Configured]),
        ("AESCCM16", new((ushort)EncryptionId.AesCcm16, 256, 0, false), [Configured]),
        ("CAMELLIA", new((ushort)EncryptionId.CamelliaCbc, 256, Sha256, false), [Configured]),
        ("GMAC", new((ushort)EncryptionId.NullAuthAesGmac, 256, 0, false), [Configured]),
        ("INTEGSHA384", new(Cbc, 128, (ushort)IntegrityId.HmacSha384_192, false), [Configured]),
        ("INTEGCMAC", new(Cbc, 128, (ushort)IntegrityId.AesCmac_96, false), [Configured]),
        ("ESNCBC", new(Cbc, 128, Sha256, true), [Configured]),
    ];

    private static readonly IkeSuite UsualIke = new(Cbc, 256, Sha256, PrfSha256, Modp2048);

    private static readonly ImmutableArray<(string Name, IkeSuite Suite, ImmutableArray<string> Covers)> ForbiddenIke =
    [
        ("DES", UsualIke with { Encryption = (ushort)EncryptionId.Des, KeyLength = 0 }, ["RFC8247-2.1-7"]),
        ("NULL", UsualIke with { Encryption = (ushort)EncryptionId.Null, KeyLength = 0 }, ["RFC8247-2.1-8", "RFC7296-5-2"]),
        ("NOINTEG", UsualIke with { Integrity = 0 }, ["RFC8247-2.1-1", "RFC7296-5-2"]),
        ("PRFMD5", UsualIke with { Prf = (ushort)PrfId.HmacMd5 }, ["RFC8247-2.2-5"]),
        ("INTEGMD5", UsualIke with { Integrity = (ushort)IntegrityId.HmacMd5_96 }, ["RFC8247-2.3-5"]),
        ("INTEGDES", UsualIke with { Integrity = (ushort)IntegrityId.DesMac }, ["RFC8247-2.3-6"]),
        ("INTEGKPDK", UsualIke with { Integrity = (ushort)IntegrityId.KpdkMd5 }, ["RFC8247-2.3-7"]),
        ("MODP768", UsualIke with { KeyExchange = (ushort)KeyExchangeId.Modp768 }, ["RFC8247-2.4-5"]),
        ("GROUP22", UsualIke with { KeyExchange = (ushort)KeyExchangeId.Modp1024_160 }, ["RFC8247-2.4-6"]),
    ];

    private static readonly EspSuite UsualEsp = new(Cbc, 256, Sha256, false);

    private static readonly ImmutableArray<(string Name, EspSuite Suite, ImmutableArray<string> Covers)> ForbiddenEsp =
    [
        ("DESIV64", Cipher(EncryptionId.DesIv64), ["RFC8221-5-1", "RFC8221-5-15"]),
        ("DES", Cipher(EncryptionId.Des), ["RFC8221-5-2"]),
        ("BLOWFISH", Cipher(EncryptionId.Blowfish) with { KeyLength = 128 }, ["RFC8221-5-4"]),
        ("3IDEA", Cipher(EncryptionId.TripleIdea), ["RFC8221-5-5", "RFC8221-5-15"]),
        ("DESIV32", Cipher(EncryptionId.DesIv32), ["RFC8221-5-6", "RFC8221-5-15"]),
        ("NOINTEG", UsualEsp with { Integrity = 0 }, ["RFC8221-4-1", "RFC8221-6-1", "RFC8221-6-3", "RFC8221-6-14"]),
        ("NULLNOINTEG", new((ushort)EncryptionId.Null, 0, 0, false), ["RFC8221-4-1", "RFC8221-6-14"]),
        ("INTEGMD5", UsualEsp with { Integrity = (ushort)IntegrityId.HmacMd5_96 }, ["RFC8221-6-4", "RFC8221-6-16"]),
        ("INTEGDES", UsualEsp with { Integrity = (ushort)IntegrityId.DesMac }, ["RFC8221-6-6", "RFC8221-6-18"]),
        ("INTEGKPDK", UsualEsp with { Integrity = (ushort)IntegrityId.KpdkMd5 }, ["RFC8221-6-7", "RFC8221-6-16"]),
        ("GCMINTEG", new(Gcm, 256, Sha256, false), ["RFC8221-6-2"]),
    ];

    public static IEnumerable<ScenarioCase> MandatoryCases => Cases("MANDATORY", MandatoryIke, MandatoryEsp);

    public static IEnumerable<ScenarioCase> RecommendedCases => Cases("RECOMMENDED", RecommendedIke, RecommendedEsp);

    public static IEnumerable<ScenarioCase> OptionalCases => Cases("OPTIONAL", OptionalIke, OptionalEsp);

    private static IEnumerable<ScenarioCase> Cases(
        string subject, ImmutableArray<(string Name, IkeSuite Suite, ImmutableArray<string> Covers)> ikeSuites, ImmutableArray<(string Name, EspSuite Suite, ImmutableArray<string> Covers)> espSuites) =>
        from initiates in new[] { false, true }
        from one in ikeSuites.Select(ike => (Topic: "IKE", ike.Name, Policy: new ConnectionPolicy { IkeSuites = [ike.Suite] }, ike.Covers))
            .Concat(espSuites.Select(esp => (Topic: "ESP", esp.Name, Policy: new ConnectionPolicy { EspSuites = [esp.Suite] }, esp.Covers)))
        select new ScenarioCase(
            $"IKEV2-{subject}-{one.Topic}-{one.Name}-{(initiates ? "I" : "R")}",
            $"{one.Topic} with {one.Name} is {(initiates ? "offered" : "accepted")}, and traffic flows", (one.Policy, initiates, one.Covers), one.Covers,
            [Capability.MandatoryAlgorithms, .. initiates ? [Capability.Initiator] : ImmutableArray<Capability>.Empty]);

    [Scenarios(nameof(MandatoryCases))]
    public Task MandatoryAlgorithm((ConnectionPolicy Policy, bool Initiates, ImmutableArray<string> Covers) given) => AlgorithmIsThere(given.Policy, given.Initiates, given.Covers);

    [Scenarios(nameof(RecommendedCases))]
    public Task RecommendedAlgorithm((ConnectionPolicy Policy, bool Initiates, ImmutableArray<string> Covers) given) => AlgorithmIsThere(given.Policy, given.Initiates, given.Covers);

    [Scenarios(nameof(OptionalCases))]
    public Task OptionalAlgorithm((ConnectionPolicy Policy, bool Initiates, ImmutableArray<string> Covers) given) => AlgorithmIsThere(given.Policy, given.Initiates, given.Covers);

    private async Task AlgorithmIsThere(ConnectionPolicy policy, bool initiates, ImmutableArray<string> covers)
    {
        await Context.Configure(policy);
        var (session, trouble) = initiates ? await Answered() : await Asked();
        foreach (var requirement in covers)
            Context.Check(requirement, trouble is null, "an IKE SA and a child SA, AUTH verified", trouble ?? "");
        if (trouble is null)
            Context.Check(covers[0], await Tester.Carries(session!.Children[0]), "traffic", "no echo reply in ESP");
    }

    /// <summary>The implementation initiates; what went wrong, null if nothing.</summary>
    private async Task<(IkeSession? Session, string? Trouble)> Answered()
    {
        var init = await Tester.AwaitInitiation();
        if ((init is null ? null : Tester.AnswerInit(init)) is not { } session)
            return (null, $"no IKE_SA_INIT request with the suite: {Text(init)}");
        var auth = await Tester.Receive<ReceivedIke>(received => received.IsAuthRequestOf(session), Tester.ResponseTime);
        return (session, auth is null ? "no IKE_AUTH request" : Tester.AnswerAuth(auth));
    }

    /// <summary>The tester initiates; what went wrong, null if nothing.</summary>
    private async Task<(IkeSession? Session, string? Trouble)> Asked()
    {
        var session = Tester.NewSession();
        if (session.TakeInitResponse(await Tester.ExchangeInit(session)) is { } refusal)
            return (session, refusal);
        var (response, child) = await Authenticate(session);
        return (session, response is null ? "no IKE_AUTH response" : session.TakeAuthResponse(response, child));
    }

    public static IEnumerable<ScenarioCase> ForbiddenCases =>
        from initiates in new[] { false, true }
        from one in ForbiddenIke.Select(ike => (Topic: "IKE", ike.Name, Policy: new ConnectionPolicy { IkeSuites = [UsualIke, ike.Suite] }, ike.Covers))
            .Concat(ForbiddenEsp.Select(esp => (Topic: "ESP", esp.Name, Policy: new ConnectionPolicy { EspSuites = [UsualEsp, esp.Suite] }, esp.Covers)))
        // That an encryption goes without integrity can't be said by leaving it out of an offer alone.
        where !initiates || !one.Name.EndsWith("INTEG", StringComparison.Ordinal)
        select new ScenarioCase(
            $"IKEV2-FORBIDDEN-{one.Topic}-{one.Name}-{(initiates ? "I" : "R")}",
            $"{one.Topic} with {one.Name} is {(initiates ? "not offered" : "refused")}, even where the configuration has it", (one.Topic, one.Policy, initiates, one.Covers), one.Covers,
            initiates ? [Capability.Initiator] : []);

    [Scenarios(nameof(ForbiddenCases))]
    public async Task ForbiddenAlgorithm((string Topic, ConnectionPolicy Policy, bool Initiates, ImmutableArray<string> Covers) given)
    {
        await Context.Configure(given.Policy);
        var inIke = given.Topic == "IKE";
        var proposals = inIke ? PolicyProposals.ForIke(given.Policy) : PolicyProposals.ForEsp(given.Policy);
        var foreign = proposals[1].Transforms.Where(transform => !proposals[0].Transforms.Any(transform.Matches)).ToList();
        ReceivedIke? seen;
        if (given.Initiates)
        {
            seen = inIke ? await Tester.AwaitInitiation() : await Tester.AwaitAuthRequest();
            if (seen is null)
                Context.Inconclusive("told to initiate, it sent no IKE_SA_INIT request");
            var offered = seen!.Find<SecurityAssociationPayload>()?.Proposals.SelectMany(proposal => proposal.Transforms).ToList() ?? [];
            foreach (var requirement in given.Covers)
                Context.Check(requirement, !foreign.Any(transform => offered.Any(transform.Matches)), $"no {string.Join(", ", foreign)}", string.Join(", ", offered));
            return;
        }
        if (inIke)
        {
            var session = Tester.NewSession();
            var method = (KeyExchangeId)given.Policy.IkeSuites[1].KeyExchange;
            var payloads = WithOffer(session.InitRequestPayloads(method), _ => new([proposals[1] with { Number = 1 }]));
            seen = await Tester.ResponseTo(Tester.SendInit(session, payloads));
        }
        else
        {
            var session = await HalfOpen();
            (seen, _) = await Authenticate(session, payloads => WithOffer(payloads, offer => new([proposals[1] with { Number = 1, Spi = offer.Proposals[0].Spi }])));
        }
        foreach (var requirement in given.Covers)
            Context.Check(requirement, seen is not null && seen.Find<SecurityAssociationPayload>() is null, "an error notification, no SA payload", Text(seen));
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-FORBIDDEN-SUBGROUP-001", "A public value outside the subgroup of group 24 is refused, where the group is taken at all", Needs = [Capability.MandatoryAlgorithms], Despite = ["RULE-IKE-ALGORITHM-012"])]
    [Covers("RFC8247-2.4-18")]
    public async Task PublicValueOutsideTheSubgroup()
    {
        await Context.Configure(new() { IkeSuites = [UsualIke with { KeyExchange = (ushort)KeyExchangeId.Modp2048_256 }] });
        var session = Tester.NewSession();
        var payloads = session.InitRequestPayloads();
        if ((await Tester.ResponseTo(Tester.SendInit(session, payloads)))?.Find<KeyExchangePayload>() is null)
            Context.Inconclusive("it does not take group 24");
        // 2 generates a group that is larger than the subgroup of prime order.
        var value = new byte[256];
        value[^1] = 2;
        var other = Tester.NewSession();
        ImmutableArray<Payload> wrong =
            [.. other.InitRequestPayloads().Select(payload => payload is KeyExchangePayload ? new KeyExchangePayload(KeyExchangeId.Modp2048_256, value) : payload)];
        var response = await Tester.ResponseTo(Tester.SendInit(other, wrong));
        Context.Check("RFC8247-2.4-18", response?.Find<KeyExchangePayload>() is null, "no KE payload in whatever is answered", Text(response));
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-MODP-001", "The public value of a MODP group is as long as its prime", Needs = [Capability.ModpGroups])]
    [Covers("RFC7296-3.4-1")]
    public async Task PublicValueLength()
    {
        await Context.Configure(new() { IkeSuites = [IkeSuite.Aes256CbcSha256Modp2048] });
        for (var round = 0; round < 3; round++)
        {
            var session = Tester.NewSession();
            var response = await Tester.ResponseTo(Tester.SendInit(session, session.InitRequestPayloads()));
            Context.Check("RFC7296-3.4-1", response?.Find<KeyExchangePayload>()?.Data.Length == 256, "256 octets of key exchange data", $"{response?.Find<KeyExchangePayload>()?.Data.Length}");
        }
    }

    private static EspSuite Cipher(EncryptionId encryption) => UsualEsp with { Encryption = (ushort)encryption, KeyLength = 0 };
}
