using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;

namespace Conformance.Suites.Ikev2;

/// <summary>What a certificate has to say to be one for IKE, and for the identity that is asserted (RFC 4945 sections 3.1 and 5.1).</summary>
public sealed class CertificateProfile : CertificateScenario
{
    private const string Name = "tester.example";

    private static readonly Lazy<TestCertificates> Authority = new(() => new()), NoAuthority = new(() => new(1, areAuthorities: false));

    public sealed record Presented(CertificateContents Contents, PolicyIdentity Identity, bool IsTaken, string Requirement, bool Initiates);

    private static readonly CertificateContents Usual = new(Name);

    private static readonly PolicyIdentity Mail = PolicyIdentity.Mail("tester@conformance.example"), Address = PolicyIdentity.Address(IPAddress.Parse("198.51.100.7")),
        Address6 = PolicyIdentity.Address(IPAddress.Parse("2001:db8::7"));

    private static DateTimeOffset TestTime(int year, int month) => new(year, month, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>An extension that nobody knows, as 2.999 is there for examples.</summary>
    private static X509Extension Unknown(bool isCritical) => new("2.999.1", [5, 0], isCritical);

    private static X509EnhancedKeyUsageExtension Purposes(bool isCritical, params string[] purposes)
    {
        var identifiers = new OidCollection();
        foreach (var purpose in purposes)
            identifiers.Add(new Oid(purpose));
        return new(identifiers, isCritical);
    }

    private const string ForIke = "1.3.6.1.5.5.7.3.17", ForAnything = "2.5.29.37.0", ForServers = "1.3.6.1.5.5.7.3.1";

    private static readonly ImmutableArray<(string Name, string Title, CertificateContents Contents, PolicyIdentity Identity, bool IsTaken, string Requirement)> All =
    [
        ("USAGE-SIGNATURE", "A certificate for signatures and for encipherment", Usual with { KeyUsage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment }, Name, true, "RFC4945-5.1.3.2-1"),
        ("USAGE-NONREPUDIATION", "A certificate for non-repudiation alone", Usual with { KeyUsage = X509KeyUsageFlags.NonRepudiation }, Name, true, "RFC4945-5.1.3.2-1"),
        ("USAGE-ABSENT", "A certificate without key usage", Usual with { KeyUsage = null }, Name, true, "RFC4945-5.1.3.2-1"),
        ("USAGE-AGREEMENT", "A certificate for key agreement alone", Usual with { KeyUsage = X509KeyUsageFlags.KeyAgreement }, Name, false, "RFC4945-5.1.3.2-1"),
        ("PURPOSE-IKE", "A certificate whose extended key usage is ipsecIKE", Usual with { Extensions = [Purposes(false, ForIke)] }, Name, true, "RFC4945-5.1.3.12-8"),
        ("PURPOSE-ANY", "A certificate whose extended key usage has any beside another", Usual with { Extensions = [Purposes(false, ForServers, ForAnything)] }, Name, true, "RFC4945-5.1.3.12-8"),
        ("PURPOSE-OTHER", "A certificate whose extended key usage is another, and critical,", Usual with { Extensions = [Purposes(true, ForServers)] }, Name, false, "RFC4945-5.1.3.12-8"),
        ("EXTENSION-UNKNOWN", "A certificate with an unknown extension", Usual with { Extensions = [Unknown(false)] }, Name, true, "RFC4945-5.1.3-3"),
        ("EXTENSION-CRITICAL", "A certificate with an unknown extension that is critical", Usual with { Extensions = [Unknown(true)] }, Name, false, "RFC4945-5.1.3-3"),
        ("SUBJECT-EMPTY", "A certificate without a subject, with its names in subjectAltName,", Usual with { HasEmptySubject = true }, Name, true, "RFC4945-5.1.2.1-1"),
        ("FQDN-LETTERS", "A domain name that the certificate has in capitals", Usual with { Names = ["Tester.EXAMPLE"] }, Name, true, "RFC4945-3.1.2-5"),
        ("FQDN-WILDCARD", "A domain name where the certificate has a pattern for it", Usual with { Names = ["*.example"] }, Name, false, "RFC4945-3.1.2-6"),
        ("FQDN-OTHER", "A domain name where the certificate has another one, although its subject ends in that,", Usual with { Names = ["other.example"] }, Name, false, "RFC4945-3.1.2-7"),
        ("RFC822", "A mail address that the certificate has in capitals", Usual with { Names = [PolicyIdentity.Mail("Tester@Conformance.Example")] }, Mail, true, "RFC4945-3.1.3-5"),
        ("RFC822-OTHER", "A mail address where the certificate has another one", Usual with { Names = [PolicyIdentity.Mail("other@conformance.example")] }, Mail, false, "RFC4945-3.1.3-7"),
        ("EXPIRED", "A certificate whose time is over", Usual with { Until = TestTime(2025, 6) }, Name, false, "RFC7296-1.2-2"),
        ("NOTYET", "A certificate whose time has not come", Usual with { From = TestTime(2040, 1) }, Name, false, "RFC7296-1.2-2"),
        ("IPV4", "An address that the certificate has beside another", Usual with { Names = [PolicyIdentity.Address(IPAddress.Parse("198.51.100.6")), Address] }, Address, true, "RFC4945-3.1.1-9"),
        ("IPV4-OTHER", "An address where the certificate has another one", Usual with { Names = [PolicyIdentity.Address(IPAddress.Parse("198.51.100.6"))] }, Address, false, "RFC4945-3.1.1-9"),
        ("IPV6", "An IPv6 address that the certificate has", Usual with { Names = [Address6] }, Address6, true, "RFC4945-3.1.1-9"),
        ("IPV6-OTHER", "An IPv6 address where the certificate has another one", Usual with { Names = [PolicyIdentity.Address(IPAddress.Parse("2001:db8::6"))] }, Address6, false, "RFC4945-3.1.1-9"),
    ];

    public static IEnumerable<ScenarioCase> Cases => All.SelectMany(one => InBothRoles(
        $"IKEV2-PROFILE-{one.Name}", one.Title, initiates => new Presented(one.Contents, one.Identity, one.IsTaken, one.Requirement, initiates), one.IsTaken, [one.Requirement]));

    [Scenarios(nameof(Cases))]
    public async Task CertificateSays(Presented given)
    {
        var certificates = Authority.Value.Policy("P256") with { Remote = Authority.Value.Issue(given.Contents) };
        await Context.Configure(new() { Certificates = certificates, RemoteIdentity = given.Identity });
        await Present(given.Initiates, given.IsTaken, given.Requirement, _ => { });
    }

    public static IEnumerable<ScenarioCase> AuthorityCases => InBothRoles(
        "IKEV2-PROFILE-AUTHORITY", "A certificate that was issued under one which does not say that it is an authority's", initiates => initiates, isTaken: false, ["RFC4945-5.1.3.9-2"]);

    [Scenarios(nameof(AuthorityCases))]
    public async Task IssuerIsNoAuthority(bool initiates)
    {
        var authority = NoAuthority.Value;
        var trusted = Authority.Value.Policy("P256");
        // Its own certificate has another issuer, which the tester does not mind.
        await Context.Configure(new() { Certificates = trusted with { Authority = authority.Root } });
        await Present(initiates, isTaken: false, "RFC4945-5.1.3.9-2", session => session.Credential = authority.Issue(Usual));
    }
}
