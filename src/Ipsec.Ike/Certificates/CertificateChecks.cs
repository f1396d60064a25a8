namespace Ipsec.Ike;

/// <summary>Checks of a peer's certificates beyond signatures and revocation. RFC 4945 section 5.1: each may be given up for authorities that leave no choice; by default all are made.</summary>
[Flags]
public enum CertificateChecks
{
    None = 0,
    /// <summary>Neither expired nor not yet valid.</summary>
    Validity = 1,
    /// <summary>Key usage, if it is limited, has digitalSignature or nonRepudiation (RFC 4945 section 5.1.3.2).</summary>
    KeyUsage = 2,
    /// <summary>Extended key usage, if it is limited, has ipsecIKE or any (RFC 4945 section 5.1.3.12).</summary>
    ExtendedKeyUsage = 4,
    /// <summary>Who issues certificates has basicConstraints that say so (RFC 4945 section 5.1.3.9).</summary>
    Authorities = 8,
    /// <summary>No critical extension that is unknown here (RFC 4945 section 5.1.3).</summary>
    CriticalExtensions = 16,
    All = Validity | KeyUsage | ExtendedKeyUsage | Authorities | CriticalExtensions,
}
