using System.Collections.Immutable;
using Conformance.Implementations;
using Ipsec.Ike;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Defects;

/// <summary>Faults in certificates, in lists of those that were revoked, and in looking them up (RFC 7296 sections 3.6 and 3.7, RFC 4945).</summary>
internal static class CertificateDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        // What certificates say.
        Unchecked("key-usage-ignored", "A certificate for key agreement alone is taken", "RFC4945-5.1.3.2-1", CertificateChecks.KeyUsage),
        Unchecked("extended-key-usage-ignored", "A certificate for servers alone is taken", "RFC4945-5.1.3.12-8", CertificateChecks.ExtendedKeyUsage),
        Unchecked("critical-extensions-ignored", "Critical extensions that are unknown are ignored", "RFC4945-5.1.3-3", CertificateChecks.CriticalExtensions),
        Unchecked("anybody-issues-certificates", "Certificates are taken that were issued by no authority", "RFC4945-5.1.3.9-2", CertificateChecks.Authorities),
        Unchecked("certificate-times-ignored", "Certificates are taken before and after their time", "RFC7296-1.2-2", CertificateChecks.Validity),
        Misreading("domain-names-not-compared", "A certificate proves any domain name", "RFC4945-3.1.2-7", AnyName(IdentificationType.Fqdn)),
        Misreading("domain-names-as-patterns", "A pattern in a certificate proves what fits it", "RFC4945-3.1.2-6", AnyName(IdentificationType.Fqdn)),
        Misreading("mail-addresses-not-compared", "A certificate proves any mail address", "RFC4945-3.1.3-7", AnyName(IdentificationType.Rfc822Addr)),
        Misreading("addresses-not-compared", "A certificate proves any address", "RFC4945-3.1.1-9", AnyName(IdentificationType.Ipv4Addr)),
        Misreading("domain-names-in-other-letters", "Domain names in capitals are others", "RFC4945-3.1.2-5", Strange("Tester.EXAMPLE"u8)),
        Misreading("mail-addresses-in-other-letters", "Mail addresses in capitals are others", "RFC4945-3.1.3-5", Strange("Tester@Conformance.Example"u8)),
        Misreading("subject-demanded", "Certificates without a subject are refused", "RFC4945-5.1.2.1-1", policy =>
            policy.Certificates is { } certificates && HasNoSubject(certificates.Remote.Chain[0]) ? WithoutTrust(policy) : policy),

        // Revocation.
        Certificates("revocation-ignored", "Lists of revoked certificates are ignored", "RFC4945-5.2-1", certificates => certificates with { RevocationLists = [], RequiresRevocationLists = false }),
        Certificates("revocation-lists-not-demanded", "Certificates are taken without a current list where one is demanded", "RFC4945-5.2-1", certificates => certificates with { RequiresRevocationLists = false }),
        Certificates("last-list-replaces-others", "A list of differences is taken for the whole one", "RFC4945-5.2.2.4.1-1", certificates => certificates with { RevocationLists = [.. certificates.RevocationLists.TakeLast(1)] }),
        Reading("lists-from-peers-ignored", "What a peer's own lists say counts nothing", "RFC4945-5.2.1-1", (_, payload) => payload.Encoding != CertificateEncoding.CertificateRevocationList),

        // Numbers and orders.
        Reading("one-certificate-read", "CERT payloads behind the first are not looked at", "RFC7296-3.6-2", (index, _) => index == 0),
        Reading("two-certificates-read", "CERT payloads behind the second are not looked at", "RFC4945-4.3.3-1", (index, _) => index < 2),
        Reading("three-certificates-read", "CERT payloads behind the third are not looked at", "RFC4945-3.3.10.3-1", (index, _) => index < 3),
        Sending("one-certificate-sent", "Certificates behind the first are not sent", "RFC7296-3.6-2", message => Thinned(message, index => index == 0)),
        Refusing("certificates-twice-refused", "The same CERT twice is refused", "RFC4945-3.3.10.4-1", certificates => certificates.Distinct().Count() != certificates.Length),
        Refusing("irrelevant-certificates-refused", "More than two CERT payloads are refused", "RFC4945-3.3.10.5-1", certificates => certificates.Length > 2),
        Refusing("unknown-certificates-refused", "CERT of an unknown type is refused", "RFC4945-3.3.10.1-1", certificates => certificates.Any(certificate => (byte)certificate.Encoding > 100)),
        Options("malformed-certificates-unanswered", "An AUTH beside CERT without octets is not answered as it should", "RFC4945-3.3.10.2-1", new(onRead: payloads =>
            payloads.OfType<CertificatePayload>().Any(certificate => certificate.Data.IsEmpty) ? [.. payloads.Where(payload => payload is not SecurityAssociationPayload), new UnknownPayload((PayloadType)200, Octets.Empty) { Flags = 0x80 }] : payloads)),
        AskedBadly("unknown-requests-refused", "CERTREQ of an unknown type is refused", "RFC4945-3.2.8.1-1", request => (byte)request.Encoding > 100),
        AskedBadly("malformed-requests-refused", "CERTREQ with part of a hash is refused", "RFC4945-3.2.8.2-1", request => request.Authorities.Length % 20 != 0),
        AskedBadly("requests-for-others-refused", "CERTREQ for unknown authorities is refused whatever comes behind it", "RFC4945-3.2.8.3-1", request => request.Authorities.Length == 40),
        AskedBadly("requests-with-others-refused", "CERTREQ for more than one authority is refused", "RFC4945-3.2.7.1-3", request => request.Authorities.Length > 20),
        AskedBadly("empty-requests-refused", "CERTREQ for any authority is refused", "RFC7296-3.7-3", request => request.Authorities.IsEmpty),

        // Hash and URL.
        Certificates("certificates-not-looked-up", "URLs of certificates are not looked up", "RFC7296-3.6-4", certificates => certificates with { HashAndUrl = certificates.HashAndUrl is { } places ? places with { IsAccepted = false } : null }),
        Options("hash-taken-from-url", "The hash of what is looked up is believed to be what the URL says", "RFC7296-3.6-2", new(onRead: payloads => [.. payloads.Select(HashOfUrl)])),
        Options("urls-not-sent", "Certificates are always sent whole", "RFC7296-3.6-2", new(onRead: payloads => [.. payloads.Where(payload => payload is not NotifyPayload { NotifyType: NotifyType.HttpCertLookupSupported })])),
        Sending("lookup-always-announced", "HTTP_CERT_LOOKUP_SUPPORTED is sent wherever CERTREQ is", "RFC4945-4.2.1.1-2", message =>
            message.Find<CertificateRequestPayload>() is not null && message.Notify(NotifyType.HttpCertLookupSupported) is null ? message with { Payloads = message.Payloads.Add(new NotifyPayload(NotifyType.HttpCertLookupSupported)) } : message),
        Options("urls-without-query-only", "URLs with a query are not understood", "RFC4945-4.3.1-1", new(onRead: payloads =>
            [.. payloads.Where(payload => payload is not CertificatePayload { Encoding: CertificateEncoding.HashAndUrlOfX509Certificate } certificate || !certificate.Data.Contains((byte)'?'))])),
    ];

    private static Defect Unchecked(string name, string effect, string requirement, CertificateChecks check) => IkeFault.Options(
        name, effect, requirement, options => options with { Ike = options.Ike with { CertificateChecks = options.Ike.CertificateChecks & ~check } });

    private static Defect Misreading(string name, string effect, string requirement, Func<ConnectionPolicy, ConnectionPolicy> change) => new(name, effect, requirement) { MisreadPolicy = change };

    private static Defect Certificates(string name, string effect, string requirement, Func<CertificatePolicy, CertificatePolicy> change) => Misreading(
        name, effect, requirement, policy => policy.Certificates is { } certificates ? policy with { Certificates = change(certificates) } : policy);

    private static Defect Options(string name, string effect, string requirement, DefectiveCodec codec) => IkeFault.Options(name, effect, requirement, options => options with { IkeCodec = codec });

    private static Defect Sending(string name, string effect, string requirement, Func<IkeMessage, IkeMessage> change) => IkeFault.Sending(name, effect, requirement, change);

    /// <param name="keeps">Which CERT payloads, by number and content, are read.</param>
    private static Defect Reading(string name, string effect, string requirement, Func<int, CertificatePayload, bool> keeps) => Options(name, effect, requirement, new(onRead: payloads =>
    {
        var index = 0;
        return [.. payloads.Where(payload => payload is not CertificatePayload certificate || keeps(index++, certificate))];
    }));

    /// <summary>Messages with such CERT payloads lose them.</summary>
    private static Defect Refusing(string name, string effect, string requirement, Predicate<CertificatePayload[]> refuses) => Options(name, effect, requirement, new(onRead: payloads =>
        refuses([.. payloads.OfType<CertificatePayload>()]) ? [.. payloads.Where(payload => payload is not CertificatePayload)] : payloads));

    /// <summary>Messages with such CERTREQ lose AUTH.</summary>
    private static Defect AskedBadly(string name, string effect, string requirement, Predicate<CertificateRequestPayload> refuses) => Options(name, effect, requirement, new(onRead: payloads =>
        payloads.OfType<CertificateRequestPayload>().Any(request => refuses(request)) ? [.. payloads.Where(payload => payload is not AuthenticationPayload)] : payloads));

    private static IkeMessage Thinned(IkeMessage message, Predicate<int> keeps)
    {
        var index = 0;
        return message with { Payloads = [.. message.Payloads.Where(payload => payload is not CertificatePayload || keeps(index++))] };
    }

    /// <summary>The peer may assert this kind of identity, whatever its certificate has.</summary>
    private static Func<ConnectionPolicy, ConnectionPolicy> AnyName(IdentificationType type) => policy =>
        policy.Certificates is not null && policy.AuthorizedPeers.IsEmpty && policy.RemoteIdentity.Type == type
            ? policy with { AuthorizedPeers = [new(type, policy.RemoteIdentity.ToString()) { IdentityInCertificate = false }] }
            : policy;

    /// <summary>Nothing that leads to a certificate with this name is trusted.</summary>
    private static Func<ConnectionPolicy, ConnectionPolicy> Strange(ReadOnlySpan<byte> name)
    {
        var octets = name.ToArray();
        return policy => policy.Certificates is { } certificates && certificates.Remote.Chain[0].Span.IndexOf(octets) >= 0 ? WithoutTrust(policy) : policy;
    }

    private static bool HasNoSubject(Octets certificate)
    {
        using var parsed = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(certificate.Span);
        return parsed.Subject == "";
    }

    private static ConnectionPolicy WithoutTrust(ConnectionPolicy policy) => policy with { Certificates = policy.Certificates! with { Authority = new Testing.TestCertificates().Root } };

    /// <summary>As if what a URL of the tester's server ends with were the hash.</summary>
    private static Payload HashOfUrl(Payload payload)
    {
        const int digits = 40;
        return payload is CertificatePayload { Encoding: CertificateEncoding.HashAndUrlOfX509Certificate } certificate && HashAndUrl.TryParse(certificate.Data, out var place)
            ? certificate with { Data = (place with { Hash = Octets.FromHex(place.Url[^digits..]) }).Encode() }
            : payload;
    }
}
