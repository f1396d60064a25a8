using System.Collections.Concurrent;
using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>AUTH by certificate (RFC 7296 sections 1.2, 2.15, 3.6, 3.8; RFC 7427; RFC 8247 section 3).</summary>
[Needs(Capability.CertificateAuthentication)]
public sealed class Authentication : Ikev2Scenario
{
    private static readonly Lazy<TestCertificates> Authority = new(() => new());
    private static readonly ConcurrentDictionary<string, Lazy<CertificatePolicy>> Issued = new();

    public sealed record Signed(string Key, string? Signature, bool Initiates, ImmutableArray<string> Covers)
    {
        public AuthenticationMethod Method { get; init; } = AuthenticationMethod.DigitalSignature;
    }

    private static readonly ImmutableArray<(string Name, string Key, string? Signature, ImmutableArray<string> Covers)> Accepted8247 =
    [
        ("RSA-PSS256", "RSA", "RSASSA-PSS-SHA2-256", ["RFC8247-3.1-7", "RFC8247-3.2-6", "RFC8247-3.2-5", "RFC8247-3.2-2", "RFC8247-3.1-1", "RFC8247-3.1.1-1", "RFC7427-3-2", "RFC7296-4-13"]),
        ("RSA-PSS384", "RSA", "RSASSA-PSS-SHA2-384", ["RFC8247-3.2-5", "RFC8247-3.1.1-1"]),
        ("RSA-PSS512", "RSA", "RSASSA-PSS-SHA2-512", ["RFC8247-3.2-4", "RFC8247-3.2-5", "RFC8247-3.1.1-1"]),
        ("RSA-PKCS1256", "RSA", "RSASSA-PKCS1-SHA2-256", ["RFC8247-3.1-1", "RFC8247-3.2-2"]),
        ("RSA3072", "RSA3072", "RSASSA-PSS-SHA2-256", ["RFC8247-3.1.1-2"]),
        ("RSA4096", "RSA4096", "RSASSA-PSS-SHA2-256", ["RFC8247-3.1.1-2"]),
        ("P256-SHA256", "P256", "ECDSA-SHA2-256", ["RFC8247-3.2-7", "RFC8247-3.2-2", "RFC7427-3-2"]),
        ("P384-SHA384", "P384", "ECDSA-SHA2-384", ["RFC7427-3-2"]),
        ("P521-SHA512", "P521", "ECDSA-SHA2-512", ["RFC7427-3-2"]),
        ("P256-SHA512", "P256", "ECDSA-SHA2-512", ["RFC7427-3-3"]),
        ("ED25519", "ED25519", "Ed25519", ["RFC7427-3-2"]),
        ("ED448", "ED448", "Ed448", ["RFC7427-3-2"]),
    ];

    /// <summary>Methods with a hash and a curve of their own, for peers that announce no hashes (RFC 4754).</summary>
    private static readonly ImmutableArray<(string Key, AuthenticationMethod Method, string Requirement)> Curves =
    [
        ("P256", AuthenticationMethod.EcdsaWithSha256, "RFC8247-3.1-4"),
        ("P384", AuthenticationMethod.EcdsaWithSha384, "RFC8247-3.1-5"),
        ("P521", AuthenticationMethod.EcdsaWithSha512, "RFC8247-3.1-6"),
    ];

    public static IEnumerable<ScenarioCase> CurveCases =>
        from initiates in new[] { false, true }
        from one in Curves
        select new ScenarioCase(
            $"IKEV2-SIGNED-CURVE-{one.Key}-{(initiates ? "I" : "R")}", $"Where no hashes are announced, an AUTH by {one.Method} is believed, and the implementation's own is of that method",
            new Signed(one.Key, SignatureAlgorithm.All.Single(algorithm => algorithm.Method == one.Method).Name, initiates, [one.Requirement]) { Method = one.Method },
            [one.Requirement, .. OfCertificates(initiates)], initiates ? [Capability.Initiator] : []);

    [Scenarios(nameof(CurveCases))]
    public Task CurveIsBelieved(Signed signed) => Believed(signed, session =>
    {
        session.SignatureName = signed.Signature;
        session.AnnouncedHashes = [];
    });

    public static IEnumerable<ScenarioCase> AcceptedCases =>
        from initiates in new[] { false, true }
        from one in Accepted8247
        select new ScenarioCase(
            $"IKEV2-SIGNED-{one.Name}-{(initiates ? "I" : "R")}", $"An AUTH by {one.Signature} is believed, and the implementation's own is a Digital Signature under its first certificate",
            new Signed(one.Key, one.Signature, initiates, one.Covers), [.. one.Covers, .. OfCertificates(initiates)], initiates ? [Capability.Initiator] : []);

    [Scenarios(nameof(AcceptedCases))]
    public Task SignatureIsBelieved(Signed signed) => Believed(signed, session => session.SignatureName = signed.Signature);

    private static ImmutableArray<string> OfCertificates(bool initiates) => ["RFC7296-1.2-1", "RFC7296-3.6-3", "RFC7296-3.6-1", .. initiates ? [] : new[] { "RFC7296-3.7-3" }];

    /// <param name="sign">How the tester will sign, and what it announces.</param>
    private async Task Believed(Signed signed, Action<IkeSession> sign)
    {
        await Context.Configure(new() { Certificates = Certificates(signed.Key) });
        IkeSession session;
        ReceivedIke? message;
        string? trouble;
        if (signed.Initiates)
        {
            message = await Tester.AwaitAuthRequest(sign);
            session = message.Session!;
            trouble = Tester.AnswerAuth(message);
        }
        else
        {
            session = await HalfOpen(sign);
            (message, var child) = await Authenticate(session);
            trouble = message is null ? "no IKE_AUTH response" : session.TakeAuthResponse(message, child);
        }
        var proof = message?.Find<AuthenticationPayload>();
        var hasCertificate = proof is null || message!.Find<CertificatePayload>() is not null;
        Context.Check("RFC7296-3.6-1", hasCertificate, "its certificate beside AUTH", "none");
        if (!signed.Initiates)
            Context.Check("RFC7296-3.7-3", hasCertificate, "a certificate of the authority in the tester's CERTREQ", "none");
        Context.Check("RFC7296-3.6-3", trouble is null || proof is null, "AUTH that verifies with the key of the first certificate", trouble ?? "");
        var flows = trouble is null && await Tester.Carries(session.Children[0]);
        foreach (var requirement in signed.Covers)
            Context.Check(requirement, flows && proof?.Method == signed.Method, $"method {signed.Method}, and traffic over the child SA", trouble ?? (flows ? $"{proof?.Method}" : "no traffic"));
        if (trouble is not null)
            return;
        var own = message!.Find<CertificatePayload>()?.Data;
        Context.Check("RFC7296-1.2-1", own == Context.Policy.Certificates!.Local.Chain[0], "its own certificate first", $"{own?.Length} octets");
    }

    public static IEnumerable<ScenarioCase> HashCases =>
        from key in new[] { "RSA", "P256", "P384" }
        from hash in new[] { HashAlgorithmId.Sha2256, HashAlgorithmId.Sha2384, HashAlgorithmId.Sha2512 }
        select new ScenarioCase(
            $"IKEV2-SIGNED-HASH-{key}-{(ushort)hash}", $"Its signature by {key} has the one hash that the tester announced, {hash}", (key, hash),
            ["RFC7427-4-1", .. key == "P256" && hash == HashAlgorithmId.Sha2512 ? ["RFC7427-3-3"] : ImmutableArray<string>.Empty], []);

    [Scenarios(nameof(HashCases))]
    public async Task HashIsOneThatWasAnnounced((string Key, HashAlgorithmId Hash) given)
    {
        await Context.Configure(new() { Certificates = Certificates(given.Key) });
        var session = await HalfOpen(session => session.AnnouncedHashes = [given.Hash]);
        var (response, child) = await Authenticate(session);
        var trouble = response is null ? "no IKE_AUTH response" : session.TakeAuthResponse(response, child);
        // Nobody has to sign with a hash that is weaker than his key: then there is no common one.
        if (given is { Key: "P384", Hash: HashAlgorithmId.Sha2256 } && response?.Notify(NotifyType.AuthenticationFailed) is not null)
            return;
        Context.Check("RFC7427-4-1", trouble is null, "AUTH that verifies", trouble ?? "");
        var named = DigitalSignatureData.TryParse(response!.Find<AuthenticationPayload>()!.Data.Span, out var algorithm, out _) ? algorithm : null;
        Context.Check("RFC7427-4-1", named?.Hash == given.Hash, $"a signature with {given.Hash}", $"{named}");
        if (given is { Key: "P256", Hash: HashAlgorithmId.Sha2512 })
            Context.Check("RFC7427-3-3", trouble is null, "the hash cut to the order of the curve", trouble ?? "");
    }

    public static IEnumerable<ScenarioCase> SchemeCases =>
        from pss in new[] { true, false }
        let scheme = pss ? "RSASSA-PSS" : "RSASSA-PKCS1"
        select new ScenarioCase(
            $"IKEV2-SIGNED-SCHEME-{(pss ? "PSS" : "PKCS1")}", $"Told to, and met in the same way, it signs by {scheme} with an RSA key", pss,
            ["RFC7427-3-2", .. pss ? ["RFC8247-3.2-5"] : ImmutableArray<string>.Empty], []);

    [Scenarios(nameof(SchemeCases))]
    public async Task SchemeIsTheOneConfigured(bool pss)
    {
        await Context.Configure(new() { Certificates = Certificates("RSA") with { PrefersPss = pss } });
        var session = await HalfOpen(session => session.SignatureName = pss ? "RSASSA-PSS-SHA2-256" : "RSASSA-PKCS1-SHA2-256");
        var (response, child) = await Authenticate(session);
        var trouble = response is null ? "no IKE_AUTH response" : session.TakeAuthResponse(response, child);
        Context.Check("RFC7427-3-2", trouble is null, "AUTH that verifies", trouble ?? "");
        var named = DigitalSignatureData.TryParse(response!.Find<AuthenticationPayload>()!.Data.Span, out var algorithm, out _) ? algorithm : null;
        foreach (var requirement in Context.Scenario.Covers)
            Context.Check(requirement.Id, named?.Name.StartsWith(pss ? "RSASSA-PSS" : "RSASSA-PKCS1", StringComparison.Ordinal) is true, pss ? "RSASSA-PSS" : "RSASSA-PKCS1-v1_5", $"{named?.Name}");
    }

    private static readonly Octets PssEmptyParameters = Convert.FromHexString("300d06092a864886f70d01010a3000"), DsaSha1 = Convert.FromHexString("300906072a8648ce380403");

    private static readonly ImmutableArray<(string Name, string Key, string Signature, Octets Identifier, ImmutableArray<string> Covers)> Refused8247 =
    [
        ("PKCS1SHA1", "RSA", "RSASSA-PKCS1-SHA1", default, ["RFC8247-3.2-1", "RFC8247-3.2-8"]),
        ("PSSDEFAULT", "RSA", "RSASSA-PSS-SHA1", default, ["RFC8247-3.2-12", "RFC8247-3.2-1"]),
        ("PSSEMPTY", "RSA", "RSASSA-PSS-SHA1", PssEmptyParameters, ["RFC8247-3.2-11"]),
        ("ECDSASHA1", "P256", "ECDSA-SHA1", default, ["RFC8247-3.2-10", "RFC8247-3.2-1"]),
        ("DSASHA1", "RSA", "RSASSA-PKCS1-SHA1", DsaSha1, ["RFC8247-3.2-9"]),
    ];

    public static IEnumerable<ScenarioCase> RefusedCases => Refused8247.Select(one => new ScenarioCase(
        $"IKEV2-SIGNED-REFUSED-{one.Name}", $"A Digital Signature by {one.Name} is answered with AUTHENTICATION_FAILED",
        (one.Key, one.Signature, one.Identifier, one.Covers), [.. one.Covers, "RFC7296-2.21.2-1"], []));

    [Scenarios(nameof(RefusedCases))]
    public async Task WeakSignature((string Key, string Signature, Octets Identifier, ImmutableArray<string> Covers) given)
    {
        await Context.Configure(new() { Certificates = Certificates(given.Key) });
        await Refused(given.Covers, (session, payloads) =>
        {
            var algorithm = SignatureAlgorithm.All.Single(candidate => candidate.Name == given.Signature);
            algorithm.TrySign(Context.Policy.Certificates!.Remote.PrivateKey.Span, session.OwnSignedOctets(session.OwnIdentity()), Tester.Random, out var signature);
            var identifier = given.Identifier.IsEmpty ? algorithm.Identifier : given.Identifier;
            return WithAuth(payloads, new(AuthenticationMethod.DigitalSignature, DigitalSignatureData.Write(identifier.Span, signature!)));
        });
    }

    [Scenario("IKEV2-SIGNED-WRONG-001", "A signature with one bit changed is answered with AUTHENTICATION_FAILED")]
    [Covers("RFC7296-1.2-2", "RFC7296-2.21.2-1")]
    public async Task ChangedSignature()
    {
        await Context.Configure(new() { Certificates = Certificates("RSA") });
        await Refused(["RFC7296-1.2-2"], (session, payloads) =>
        {
            var authentication = session.Authenticate(session.OwnIdentity());
            var octets = authentication.Data.ToArray();
            octets[^1] ^= 1;
            return WithAuth(payloads, authentication with { Data = octets });
        });
    }

    [Scenario("IKEV2-SIGNED-WRONG-002", "A signature by the key of a second certificate, which has another name than the first, is answered with AUTHENTICATION_FAILED")]
    [Covers("RFC7296-1.2-2", "RFC7296-2.21.2-1")]
    public Task SecondCertificateSigns() => WithCertificates("RFC7296-1.2-2", certificates =>
    {
        var other = Authority.Value.Issue("somebody-else.example", "P256");
        return certificates with { Remote = other with { Chain = [certificates.Remote.Chain[0], other.Chain[0]] } };
    });

    [Scenario("IKEV2-SIGNED-WRONG-003", "A certificate of another authority is answered with AUTHENTICATION_FAILED")]
    [Covers("RFC7296-1.2-2", "RFC7296-2.21.2-1")]
    public Task ForeignAuthority() => WithCertificates("RFC7296-1.2-2", certificates => certificates with { Remote = new TestCertificates().Issue("tester.example", "P256") });

    [Scenario("IKEV2-SIGNED-WRONG-004", "An expired certificate is answered with AUTHENTICATION_FAILED")]
    [Covers("RFC7296-1.2-2", "RFC7296-2.21.2-1")]
    public Task Expired() => WithCertificates("RFC7296-1.2-2", certificates => certificates with
    {
        Remote = Authority.Value.Issue("tester.example", "P256", new DateTimeOffset(2025, 6, 1, 0, 0, 0, TimeSpan.Zero)),
    });

    [Scenario("IKEV2-SIGNED-WRONG-005", "A certificate of another name is answered with AUTHENTICATION_FAILED")]
    [Covers("RFC7296-1.2-2", "RFC7296-2.21.2-1")]
    public Task AnotherName() => WithCertificates("RFC7296-1.2-2", certificates => certificates with { Remote = Authority.Value.Issue("somebody-else.example", "P256") });

    [Scenario("IKEV2-SIGNED-WRONG-006", "A shared key where a signature is asked for is answered with AUTHENTICATION_FAILED")]
    [Covers("RFC7296-1.2-2", "RFC7296-2.21.2-1")]
    public async Task SharedKey()
    {
        await Context.Configure(new() { Certificates = Certificates("P256") });
        await Refused(["RFC7296-1.2-2"], (session, payloads) => WithAuth(payloads, new(
            AuthenticationMethod.SharedKey, session.Algorithms!.Prf.Compute(session.Keys!.SkPi, session.OwnInit.ToArray()))));
    }

    /// <summary>The implementation has the right policy; the tester has what was made of it.</summary>
    private async Task WithCertificates(string requirement, Func<CertificatePolicy, CertificatePolicy> change)
    {
        var right = Certificates("P256");
        await Context.Configure(new() { Certificates = right });
        await Refused([requirement], (session, payloads) =>
        {
            var other = change(right);
            var identity = session.OwnIdentity();
            var algorithm = SignatureAlgorithm.All.Single(candidate => candidate.Name == "ECDSA-SHA2-256");
            algorithm.TrySign(other.Remote.PrivateKey.Span, session.OwnSignedOctets(identity), Tester.Random, out var signature);
            var certificates = other.Remote.Chain.Select(certificate => new CertificatePayload(CertificateEncoding.X509CertificateSignature, certificate));
            return WithAuth(
                [payloads[0], .. certificates, .. payloads.Skip(1).Where(payload => payload is not CertificatePayload)],
                new(AuthenticationMethod.DigitalSignature, DigitalSignatureData.Write(algorithm.Identifier.Span, signature!)));
        });
    }

    private async Task Refused(ImmutableArray<string> requirements, Func<IkeSession, ImmutableArray<Payload>, ImmutableArray<Payload>> change)
    {
        var session = await HalfOpen();
        var (response, _) = await Authenticate(session, payloads => change(session, payloads));
        foreach (var requirement in requirements)
            Context.Check(requirement, response?.Find<SecurityAssociationPayload>() is null && response?.Find<AuthenticationPayload>() is null, "no AUTH and no SA", Text(response));
        Context.Check("RFC7296-2.21.2-1", response?.Notify(NotifyType.AuthenticationFailed) is not null, "N(AUTHENTICATION_FAILED)", Text(response));
        await Tester.ExpectNoChild(requirements[0]);
        await Tester.ProbeLiveness();
    }

    private static ImmutableArray<Payload> WithAuth(ImmutableArray<Payload> payloads, AuthenticationPayload authentication) =>
        [.. payloads.Select(payload => payload is AuthenticationPayload ? authentication : payload)];

    /// <summary>Issued when first asked for: long RSA keys take their time.</summary>
    private static CertificatePolicy Certificates(string kind) => Issued.GetOrAdd(kind, key => new(() => Authority.Value.Policy(key))).Value;
}
