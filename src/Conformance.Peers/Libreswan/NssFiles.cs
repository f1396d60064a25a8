using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Conformance.Implementations;

namespace Conformance.Peers.Libreswan;

/// <summary>Certificates and a key as NSS's own tools take them.</summary>
internal static class NssFiles
{
    public static IEnumerable<KeyValuePair<string, string>> Of(CertificatePolicy certificates) =>
    [
        new("authority.pem", PemEncoding.WriteString("CERTIFICATE", certificates.Authority.Span)),
        new("local.pem", PemEncoding.WriteString("CERTIFICATE", certificates.Local.Chain[0].Span)),
        .. certificates.Local.Chain.Skip(1).Select((certificate, index) => new KeyValuePair<string, string>($"intermediate-{index + 1}.pem", PemEncoding.WriteString("CERTIFICATE", certificate.Span))),
        .. certificates.RevocationLists.Select((list, index) => new KeyValuePair<string, string>($"revoked-{index + 1}.crl", Convert.ToBase64String(list.Span))),
        new("private.p12", Convert.ToBase64String(Pkcs12(certificates.Local))),
    ];

    /// <summary>Key and certificate as PKCS #12 under an empty password; a key by itself NSS does not take.</summary>
    private static byte[] Pkcs12(CertifiedKey local)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(local.Chain[0].Span);
        if (certificate.GetRSAPublicKey() is { } publicKey)
        {
            publicKey.Dispose();
            using var rsa = RSA.Create();
            rsa.ImportPkcs8PrivateKey(local.PrivateKey.Span, out _);
            using var owner = certificate.CopyWithPrivateKey(rsa);
            return owner.ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, "");
        }
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportPkcs8PrivateKey(local.PrivateKey.Span, out _);
        using var ownerOfCurve = certificate.CopyWithPrivateKey(ecdsa);
        return ownerOfCurve.ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, "");
    }
}
