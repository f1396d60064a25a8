namespace Ipsec.Packets.Ike;

/// <summary>Certificate encodings (RFC 7296 section 3.6).</summary>
public enum CertificateEncoding : byte
{
    /// <summary>PKCS #7 wrapped X.509 certificate (RFC7296).</summary>
    Pkcs7WrappedX509Certificate = 1,
    /// <summary>PGP Certificate (RFC7296).</summary>
    PgpCertificate = 2,
    /// <summary>DNS Signed Key (RFC7296).</summary>
    DnsSignedKey = 3,
    /// <summary>X.509 Certificate - Signature (RFC7296).</summary>
    X509CertificateSignature = 4,
    /// <summary>Kerberos Token (RFC7296).</summary>
    KerberosToken = 6,
    /// <summary>Certificate Revocation List (CRL) (RFC7296).</summary>
    CertificateRevocationList = 7,
    /// <summary>Authority Revocation List (ARL) (RFC7296).</summary>
    AuthorityRevocationList = 8,
    /// <summary>SPKI Certificate (RFC7296).</summary>
    SpkiCertificate = 9,
    /// <summary>X.509 Certificate - Attribute (RFC7296).</summary>
    X509CertificateAttribute = 10,
    /// <summary>Raw RSA Key (RFC7296).</summary>
    RawRsaKey = 11,
    /// <summary>Hash and URL of X.509 certificate (RFC7296).</summary>
    HashAndUrlOfX509Certificate = 12,
    /// <summary>Hash and URL of X.509 bundle (RFC7296).</summary>
    HashAndUrlOfX509Bundle = 13,
    /// <summary>OCSP Content (RFC4806).</summary>
    OcspContent = 14,
    /// <summary>Raw Public Key (RFC7670).</summary>
    RawPublicKey = 15,
}
