namespace Ipsec.Packets.Ikev1;

/// <summary>Authentication methods of phase 1 (RFC 2409 appendix A).</summary>
public enum Phase1Authentication : ushort
{
    /// <summary>pre-shared key.</summary>
    PreSharedKey = 1,
    /// <summary>DSS signatures.</summary>
    DssSignatures = 2,
    /// <summary>RSA signatures.</summary>
    RsaSignatures = 3,
    /// <summary>Encryption with RSA.</summary>
    EncryptionWithRsa = 4,
    /// <summary>Revised encryption with RSA.</summary>
    RevisedEncryptionWithRsa = 5,
    /// <summary>ECDSA P-256 SHA-256 (RFC4754).</summary>
    EcdsaSha256 = 9,
    /// <summary>ECDSA P-384 SHA-384 (RFC4754).</summary>
    EcdsaSha384 = 10,
    /// <summary>ECDSA P-521 SHA-512 (RFC4754).</summary>
    EcdsaSha512 = 11,
    /// <summary>HybridInitRSA.</summary>
    HybridInitRSA = 64221,
    /// <summary>HybridRespRSA.</summary>
    HybridRespRSA = 64222,
    /// <summary>HybridInitDSS.</summary>
    HybridInitDSS = 64223,
    /// <summary>HybridRespDSS.</summary>
    HybridRespDSS = 64224,
    /// <summary>XAUTHInitPreShared.</summary>
    XAUTHInitPreShared = 65001,
    /// <summary>XAUTHRespPreShared.</summary>
    XAUTHRespPreShared = 65002,
    /// <summary>XAUTHInitDSS.</summary>
    XAUTHInitDSS = 65003,
    /// <summary>XAUTHRespDSS.</summary>
    XAUTHRespDSS = 65004,
    /// <summary>XAUTHInitRSA.</summary>
    XAUTHInitRSA = 65005,
    /// <summary>XAUTHRespRSA.</summary>
    XAUTHRespRSA = 65006,
    /// <summary>XAUTHInitRSAEncryption.</summary>
    XAUTHInitRSAEncryption = 65007,
    /// <summary>XAUTHRespRSAEncryption.</summary>
    XAUTHRespRSAEncryption = 65008,
    /// <summary>XAUTHInitRSARevisedEncryption.</summary>
    XAUTHInitRSARevisedEncryption = 65009,
    /// <summary>XAUTHRespRSARevisedEncryption.</summary>
    XAUTHRespRSARevisedEncryption = 65010,
}
