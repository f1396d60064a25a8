namespace Ipsec.Packets.Ike;

/// <summary>Authentication methods (RFC 7296 section 3.8).</summary>
public enum AuthenticationMethod : byte
{
    /// <summary>RSA Digital Signature (RFC7296).</summary>
    RsaDigitalSignature = 1,
    /// <summary>Shared Key Message Integrity Code (RFC7296).</summary>
    SharedKey = 2,
    /// <summary>DSS Digital Signature (RFC7296).</summary>
    DssDigitalSignature = 3,
    /// <summary>ECDSA with SHA-256 on the P-256 curve (RFC4754).</summary>
    EcdsaWithSha256 = 9,
    /// <summary>ECDSA with SHA-384 on the P-384 curve (RFC4754).</summary>
    EcdsaWithSha384 = 10,
    /// <summary>ECDSA with SHA-512 on the P-521 curve (RFC4754).</summary>
    EcdsaWithSha512 = 11,
    /// <summary>Generic Secure Password Authentication Method (RFC6467).</summary>
    GenericSecurePassword = 12,
    /// <summary>NULL Authentication (RFC7619).</summary>
    NullAuthentication = 13,
    /// <summary>Digital Signature (RFC7427).</summary>
    DigitalSignature = 14,
}
