using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>CERT and CERTREQ payloads of this end (RFC 7296 sections 3.6 and 3.7).</summary>
internal static class CertificateRequests
{
    /// <summary>Which authorities are trusted: the SHA-1 hash of each one's SubjectPublicKeyInfo. Nothing where the peer has another proof.</summary>
    public static ImmutableArray<Payload> Ask(IkeConnection connection)
    {
        if (connection.TrustAnchors.IsEmpty)
            return [];
        var hashes = new List<byte>();
        foreach (var anchor in connection.TrustAnchors)
        {
            using var certificate = X509CertificateLoader.LoadCertificate(anchor.Span);
            hashes.AddRange(SHA1.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        }
        return
        [
            new CertificateRequestPayload(CertificateEncoding.X509CertificateSignature, Octets.TakeOver([.. hashes])),
            .. connection.LooksUpCertificates ? [new NotifyPayload(NotifyType.HttpCertLookupSupported)] : ImmutableArray<Payload>.Empty,
        ];
    }

    /// <param name="looksUp">Whether the peer has said that it looks certificates up.</param>
    public static ImmutableArray<Payload> Present(IkeConnection connection, bool looksUp) => connection.Certificate is not { } credential ? []
        : !looksUp || credential.Urls.IsEmpty ? [.. credential.Chain.Select(certificate => new CertificatePayload(CertificateEncoding.X509CertificateSignature, certificate))]
        : credential.IsBundle ? [Point(CertificateEncoding.HashAndUrlOfX509Bundle, CertificateBundle.Write(credential.Chain, []), credential.Urls[0])]
        : [.. credential.Chain.Zip(credential.Urls, (certificate, url) => Point(CertificateEncoding.HashAndUrlOfX509Certificate, certificate, url))];

    private static CertificatePayload Point(CertificateEncoding encoding, Octets content, string url) => new(encoding, new HashAndUrl(SHA1.HashData(content.Span), url).Encode());
}
