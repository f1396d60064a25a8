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
        return [new CertificateRequestPayload(CertificateEncoding.X509CertificateSignature, Octets.TakeOver([.. hashes]))];
    }

    public static ImmutableArray<Payload> Present(IkeConnection connection) => connection.Certificate is { } credential
        ? [.. credential.Chain.Select(certificate => new CertificatePayload(CertificateEncoding.X509CertificateSignature, certificate))]
        : [];
}
