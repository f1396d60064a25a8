using System.Collections.Immutable;
using System.Security.Cryptography;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Certificates that are looked up over HTTP (RFC 7296 section 3.6, RFC 4945 sections 4.2.1.1 and 4.3.1), at the tester's own address.</summary>
[Needs(Capability.HashAndUrl)]
public sealed class HashAndUrl : CertificateScenario
{
    private const string BothForms = "RFC7296-3.6-2", OverHttp = "RFC7296-3.6-4", AnyPath = "RFC4945-4.3.1-1", Announced = "RFC4945-4.2.1.1-2";

    private static readonly Lazy<TestCertificates> Authority = new(() => new()), Deep = new(() => new(2));

    private CertificatePolicy Policy(TestCertificates authority, bool isBundle = false, bool isAccepted = true) => authority.Policy("P256") with
    {
        HashAndUrl = new(Tester.CertificateServer.Base) { IsBundle = isBundle, IsAccepted = isAccepted },
    };

    public static IEnumerable<ScenarioCase> SingleCases => InBothRoles(
        "IKEV2-URL-SINGLE", "A certificate that stands at the URL with the hash that was sent", initiates => initiates, isTaken: true, [BothForms, OverHttp]);

    [Scenarios(nameof(SingleCases))]
    public async Task CertificateStandsThere(bool initiates)
    {
        var certificates = Policy(Authority.Value);
        await Context.Configure(new() { Certificates = certificates });
        Publish(certificates.Remote.Chain);
        await Present(initiates, isTaken: true, OverHttp, session => session.PresentedCertificates = [Point(certificates.Remote.Chain[0])]);
        Context.Check(OverHttp, Tester.CertificateServer.WasAskedFor(certificates.Remote.Chain[0]), "a GET request for the certificate", "none");
    }

    public static IEnumerable<ScenarioCase> ChainCases => InBothRoles(
        "IKEV2-URL-CHAIN", "A certificate with those of two authorities, each at its URL,", initiates => initiates, isTaken: true, [BothForms], Capability.CertificateChains);

    [Scenarios(nameof(ChainCases))]
    public async Task ChainStandsThere(bool initiates)
    {
        var certificates = Policy(Deep.Value);
        await Context.Configure(new() { Certificates = certificates });
        Publish(certificates.Remote.Chain);
        await Present(initiates, isTaken: true, BothForms, session => session.PresentedCertificates = [.. certificates.Remote.Chain.Select(Point)]);
    }

    public static IEnumerable<ScenarioCase> BundleCases => InBothRoles(
        "IKEV2-URL-BUNDLE", "A bundle of a certificate and those of two authorities at one URL", initiates => initiates, isTaken: true, [BothForms]);

    [Scenarios(nameof(BundleCases))]
    public async Task BundleStandsThere(bool initiates)
    {
        var certificates = Policy(Deep.Value) with { Local = Deep.Value.Issue("iut.example", "P256") };
        await Context.Configure(new() { Certificates = certificates });
        Octets bundle = CertificateBundle.Write(certificates.Remote.Chain, [Deep.Value.Revoke()]);
        Publish([bundle]);
        await Present(initiates, isTaken: true, BothForms, session => session.PresentedCertificates = [Point(bundle, CertificateEncoding.HashAndUrlOfX509Bundle)]);
    }

    public static IEnumerable<ScenarioCase> WrongCases => InBothRoles(
        "IKEV2-URL-WRONG", "A certificate at a URL that was sent with the hash of another", initiates => initiates, isTaken: false, [BothForms], Capability.LookupHash);

    [Scenarios(nameof(WrongCases))]
    public async Task HashIsAnother(bool initiates)
    {
        var certificates = Policy(Authority.Value);
        await Context.Configure(new() { Certificates = certificates });
        Publish(certificates.Remote.Chain);
        var certificate = certificates.Remote.Chain[0];
        await Present(initiates, isTaken: false, BothForms, session => session.PresentedCertificates =
            [new(CertificateEncoding.HashAndUrlOfX509Certificate, new Ipsec.Packets.Ike.HashAndUrl(new byte[20], Context.Policy.Certificates!.HashAndUrl!.UrlOf(certificate)).Encode())]);
    }

    public static IEnumerable<ScenarioCase> AbsentCases =>
        from answers in new[] { true, false }
        from one in InBothRoles(
            $"IKEV2-URL-{(answers ? "ABSENT" : "SILENT")}", answers ? "A certificate whose URL leads to nothing" : "A certificate whose URL leads to a server that never answers",
            initiates => (initiates, answers), isTaken: false, [OverHttp], answers ? [] : [Capability.SkipsTime])
        select one;

    [Scenarios(nameof(AbsentCases))]
    public async Task NothingStandsThere((bool Initiates, bool Answers) given)
    {
        var certificates = Policy(Authority.Value);
        await Context.Configure(new() { Certificates = certificates });
        Tester.CertificateServer.Answers = given.Answers;
        if (given.Initiates)
        {
            await Present(true, isTaken: false, OverHttp, session => session.PresentedCertificates = [Point(certificates.Remote.Chain[0])]);
            return;
        }
        var session = await HalfOpen(session => session.PresentedCertificates = [Point(certificates.Remote.Chain[0])]);
        var sent = Tester.Send(session, ExchangeType.IkeAuth, session.AuthRequestPayloads(out _));
        // The implementation may wait for the server longer than it takes over anything else.
        var response = await Tester.ResponseTo(sent, TimeSpan.FromSeconds(25));
        await ExpectRefusal(response, OverHttp);
    }

    public static IEnumerable<ScenarioCase> OwnCases =>
        from isBundle in new[] { false, true }
        from initiates in new[] { false, true }
        select new ScenarioCase(
            $"IKEV2-URL-OWN-{(isBundle ? "BUNDLE" : "SINGLE")}-{(initiates ? "I" : "R")}",
            $"Asked for certificates by who looks them up, it sends {(isBundle ? "the URL of a bundle" : "a URL for each")}, with the hash of what is there",
            (isBundle, initiates), [BothForms], [.. isBundle ? [Capability.CertificateBundles] : ImmutableArray.Create(Capability.CertificateChains), .. initiates ? [Capability.Initiator] : ImmutableArray<Capability>.Empty]);

    [Scenarios(nameof(OwnCases))]
    public async Task ItsOwnStandsThere((bool IsBundle, bool Initiates) given)
    {
        var certificates = Policy(Deep.Value, given.IsBundle);
        await Context.Configure(new() { Certificates = certificates });
        Publish([.. certificates.Local.Chain, CertificateBundle.Write(certificates.Local.Chain, [])]);
        ReceivedIke message;
        IkeSession session;
        if (given.Initiates)
        {
            var init = await Tester.AwaitInitiation();
            if (init is null || Tester.AnswerInit(init, responder => responder.LooksUpAt = Tester.CertificateServer) is not { } answered)
            {
                Context.Inconclusive("preamble: told to initiate, it sent no IKE_SA_INIT request that can be answered");
                return;
            }
            session = answered;
            message = await Tester.Receive<ReceivedIke>(received => received.IsAuthRequestOf(session), Tester.ResponseTime) ?? init;
            var trouble = message == init ? "no IKE_AUTH request" : Tester.AnswerAuth(message);
            Context.Check(BothForms, trouble is null, "AUTH that verifies with the first certificate", trouble ?? "");
        }
        else
        {
            session = await HalfOpen(session => session.LooksUpAt = Tester.CertificateServer);
            var (response, child) = await Authenticate(session);
            var trouble = response is null ? "no IKE_AUTH response" : session.TakeAuthResponse(response, child);
            Context.Check(BothForms, trouble is null, "AUTH that verifies with the first certificate", trouble ?? "");
            message = response!;
        }
        var encoding = given.IsBundle ? CertificateEncoding.HashAndUrlOfX509Bundle : CertificateEncoding.HashAndUrlOfX509Certificate;
        var sent = message.Payloads.OfType<CertificatePayload>().ToArray();
        Context.Check(BothForms, sent.Length > 0 && sent.All(payload => payload.Encoding == encoding), $"CERT payloads of encoding {encoding} alone", string.Join(", ", sent.Select(payload => payload.Encoding)));
        var found = session.Certificates(message);
        Context.Check(BothForms, certificates.Local.Chain.All(found.Contains), "all its certificates, each with the hash that was sent", $"{found.Length} of {certificates.Local.Chain.Length}");
    }

    [Scenario("IKEV2-URL-UNASKED-001", "To who has not said that he looks certificates up it sends them whole")]
    [Covers(BothForms)]
    public async Task SentWhole()
    {
        await Context.Configure(new() { Certificates = Policy(Authority.Value) });
        var session = await HalfOpen();
        var (response, child) = await Authenticate(session);
        var trouble = response is null ? "no IKE_AUTH response" : session.TakeAuthResponse(response, child);
        Context.Check(BothForms, trouble is null, "a certificate in CERT, and AUTH that verifies with it", trouble ?? "");
    }

    public static IEnumerable<ScenarioCase> NotifyCases =>
        from isAccepted in new[] { true, false }
        select new ScenarioCase(
            $"IKEV2-URL-NOTIFY-{(isAccepted ? "YES" : "NO")}-R", $"HTTP_CERT_LOOKUP_SUPPORTED stands beside CERTREQ {(isAccepted ? "where" : "only where")} it looks certificates up", isAccepted, [Announced], []);

    [Scenarios(nameof(NotifyCases))]
    public async Task LookupIsAnnounced(bool isAccepted)
    {
        await Context.Configure(new() { Certificates = Policy(Authority.Value, isAccepted: isAccepted) });
        var response = await Tester.ExchangeInit(Tester.NewSession());
        Context.Check(Announced, response.Notify(NotifyType.HttpCertLookupSupported) is not null == isAccepted, isAccepted ? "N(HTTP_CERT_LOOKUP_SUPPORTED)" : "none", Text(response));
    }

    [Scenario("IKEV2-URL-PATH-001", "A certificate whose URL has a query and an escaped octet is believed")]
    [Covers(AnyPath)]
    public async Task PathIsOfAnyForm()
    {
        var certificates = Policy(Authority.Value);
        await Context.Configure(new() { Certificates = certificates });
        var certificate = certificates.Remote.Chain[0];
        var url = Tester.CertificateServer.PublishAt("certs/%0a/cert.pl?u=foo;a=pw;valid-to=+86400", certificate);
        await Present(initiates: false, isTaken: true, AnyPath, session => session.PresentedCertificates =
            [new(CertificateEncoding.HashAndUrlOfX509Certificate, new Ipsec.Packets.Ike.HashAndUrl(SHA1.HashData(certificate.Span), url).Encode())]);
    }

    private void Publish(ImmutableArray<Octets> contents)
    {
        foreach (var content in contents)
            Tester.CertificateServer.Publish(content);
    }

    /// <summary>CERT with the hash of something, and its URL on the tester's server.</summary>
    private CertificatePayload Point(Octets content, CertificateEncoding encoding) =>
        new(encoding, new Ipsec.Packets.Ike.HashAndUrl(SHA1.HashData(content.Span), Context.Policy.Certificates!.HashAndUrl!.UrlOf(content)).Encode());

    private CertificatePayload Point(Octets certificate) => Point(certificate, CertificateEncoding.HashAndUrlOfX509Certificate);
}
