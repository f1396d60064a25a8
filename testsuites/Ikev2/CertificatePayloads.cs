using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>CERT and CERTREQ payloads in numbers, orders and kinds (RFC 7296 sections 3.6 and 3.7, RFC 4945 sections 3.2.8, 3.3.10 and 4.3.3).</summary>
public sealed class CertificatePayloads : CertificateScenario
{
    private const string Four = "RFC7296-3.6-2";

    private static readonly Lazy<TestCertificates> Deep = new(() => new(3)), Shallow = new(() => new(1)), Foreign = new(() => new(1, name: "another authority"));

    public static IEnumerable<ScenarioCase> ChainCases => InBothRoles(
        "IKEV2-CERT-FOUR", "A certificate with those of three authorities behind it, as its own has,", initiates => initiates, isTaken: true, [Four], Capability.CertificateChains);

    [Scenarios(nameof(ChainCases))]
    public async Task FourCertificates(bool initiates)
    {
        var certificates = Deep.Value.Policy("P256");
        await Context.Configure(new() { Certificates = certificates });
        var message = await Present(initiates, isTaken: true, Four, _ => { });
        var sent = message!.Payloads.OfType<CertificatePayload>().Where(payload => payload.Encoding == CertificateEncoding.X509CertificateSignature).Select(payload => payload.Data).ToImmutableArray();
        Context.Check(
            Four, sent is [{ } first, ..] && first == certificates.Local.Chain[0] && certificates.Local.Chain.All(sent.Contains),
            "four certificates, its own first", $"{sent.Length} certificates");
    }

    public sealed record Arranged(Func<ImmutableArray<Octets>, ImmutableArray<CertificatePayload>> Arrange, string Requirement, bool Initiates);

    private static CertificatePayload X509(Octets certificate) => new(CertificateEncoding.X509CertificateSignature, certificate);

    private static ImmutableArray<CertificatePayload> Whole(ImmutableArray<Octets> chain) => [.. chain.Select(X509)];

    private static readonly ImmutableArray<(string Name, string Title, bool IsDeep, Func<ImmutableArray<Octets>, ImmutableArray<CertificatePayload>> Arrange, ImmutableArray<string> Covers)> Arrangements =
    [
        ("ORDER", "A certificate with those of three authorities behind it, the highest first,", true, chain => Whole([chain[0], .. chain.Skip(1).Reverse()]), ["RFC4945-4.3.3-1"]),
        ("MIXED", "A certificate with those of three authorities behind it in no order", true, chain => Whole([chain[0], chain[2], chain[3], chain[1]]), ["RFC4945-3.3.10.3-1"]),
        ("TWICE", "A certificate, and that of an authority, each sent twice,", false, chain => Whole([chain[0], chain[0], chain[1], chain[1]]), ["RFC4945-3.3.10.4-1"]),
        ("IRRELEVANT", "A certificate among others that have nothing to do with it", false, chain =>
            Whole([chain[0], .. Foreign.Value.Issue("somebody-else.example", "P256").Chain, chain[1]]), ["RFC4945-3.3.10.5-1"]),
        ("UNKNOWN", "A certificate with CERT payloads of types behind it that are unknown or have no form", false, chain =>
            [.. Whole(chain), new(CertificateEncoding.PgpCertificate, new byte[] { 1, 2, 3 }), new((CertificateEncoding)200, chain[0])], ["RFC4945-3.3.10.1-1"]),
    ];

    public static IEnumerable<ScenarioCase> ArrangedCases =>
        from initiates in new[] { false, true }
        from one in Arrangements
        select new ScenarioCase(
            $"IKEV2-CERT-{one.Name}-{(initiates ? "I" : "R")}", $"{one.Title} is believed", (one.IsDeep, new Arranged(one.Arrange, one.Covers[0], initiates)), one.Covers,
            [Capability.CertificateChains, .. initiates ? [Capability.Initiator] : ImmutableArray<Capability>.Empty]);

    [Scenarios(nameof(ArrangedCases))]
    public async Task CertificatesAreArranged((bool IsDeep, Arranged How) given)
    {
        var certificates = (given.IsDeep ? Deep : Shallow).Value.Policy("P256");
        await Context.Configure(new() { Certificates = certificates });
        await Present(given.How.Initiates, isTaken: true, given.How.Requirement, session => session.PresentedCertificates = given.How.Arrange(certificates.Remote.Chain));
    }

    [Scenario("IKEV2-CERT-UNDECODABLE-001", "CERT payloads behind the first that are no certificates are survived: the answer is an IKE SA or AUTHENTICATION_FAILED")]
    [Covers("RFC4945-3.3.10.2-1")]
    public async Task Undecodable()
    {
        var certificates = Shallow.Value.Policy("P256");
        await Context.Configure(new() { Certificates = certificates });
        var session = await HalfOpen(session => session.PresentedCertificates = [.. Whole(certificates.Remote.Chain), X509(new byte[] { 0x30, 0x82, 0xff, 0xff, 1 }), X509(Octets.Empty)]);
        var (response, child) = await Authenticate(session);
        var isRefused = response?.Notify(NotifyType.AuthenticationFailed) is not null;
        Context.Check(
            "RFC4945-3.3.10.2-1", isRefused || (response is not null && session.TakeAuthResponse(response, child) is null), "an IKE SA, or N(AUTHENTICATION_FAILED)", Text(response));
        await Tester.ProbeLiveness();
    }

    private static readonly ImmutableArray<(string Name, string Title, Func<Octets, ImmutableArray<CertificateRequestPayload>> Requests, string Requirement)> Requests =
    [
        ("UNKNOWN", "CERTREQ of a type that is unknown comes before the one for the authority", own => [new((CertificateEncoding)200, new byte[20]), Ask(own)], "RFC4945-3.2.8.1-1"),
        ("UNDECODABLE", "CERTREQ whose authorities are no whole number of hashes comes before the one for the authority", own => [new(CertificateEncoding.X509CertificateSignature, new byte[7]), Ask(own)], "RFC4945-3.2.8.2-1"),
        ("ORDER", "CERTREQ for the authority comes behind one for others", own => [Ask(new byte[40]), Ask(own)], "RFC4945-3.2.8.3-1"),
        ("FOUND", "CERTREQ for the authority has it among others", own => [Ask(new([.. new byte[20], .. own.Span, .. new byte[20]]))], "RFC4945-3.2.7.1-3"),
        ("EMPTY", "CERTREQ for any authority has none", _ => [Ask(Octets.Empty)], "RFC7296-3.7-3"),
    ];

    private static CertificateRequestPayload Ask(Octets authorities) => new(CertificateEncoding.X509CertificateSignature, authorities);

    public static IEnumerable<ScenarioCase> RequestCases => Requests.Select(one => new ScenarioCase(
        $"IKEV2-CERTREQ-{one.Name}-R", $"{one.Title}: the answer has a certificate", (one.Requests, one.Requirement), [one.Requirement], []));

    [Scenarios(nameof(RequestCases))]
    public async Task CertificateIsAskedFor((Func<Octets, ImmutableArray<CertificateRequestPayload>> Requests, string Requirement) given)
    {
        var certificates = Shallow.Value.Policy("P256");
        // Without intermediates of its own: what is asked for is who has issued its certificate.
        var own = new TestCertificates();
        certificates = certificates with { Local = own.Issue("iut.example", "P256"), Authority = own.Root, Remote = own.Issue("tester.example", "P256") };
        await Context.Configure(new() { Certificates = certificates });
        var session = await HalfOpen();
        var right = session.CertificatePayloads().OfType<CertificateRequestPayload>().Single().Authorities;
        session.PresentedRequests = given.Requests(right);
        var (response, child) = await Authenticate(session);
        var trouble = response is null ? "no IKE_AUTH response" : session.TakeAuthResponse(response, child);
        // ISAKMP lets such a CERTREQ be refused for its form (RFC 4945 section 3.2.8.2).
        if (given.Requirement == "RFC4945-3.2.8.2-1" && response?.Notify(NotifyType.InvalidSyntax) is not null)
            await Tester.ProbeLiveness();
        else
            Context.Check(given.Requirement, trouble is null, "its certificate, and AUTH that verifies with it", trouble ?? "");
    }
}
