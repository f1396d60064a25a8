namespace Ipsec.Packets.Ike;

/// <summary>Hash algorithms of SIGNATURE_HASH_ALGORITHMS (RFC 7427 section 7).</summary>
public enum HashAlgorithmId : ushort
{
    /// <summary>SHA1 (RFC7427).</summary>
    Sha1 = 1,
    /// <summary>SHA2-256 (RFC7427).</summary>
    Sha2256 = 2,
    /// <summary>SHA2-384 (RFC7427).</summary>
    Sha2384 = 3,
    /// <summary>SHA2-512 (RFC7427).</summary>
    Sha2512 = 4,
    /// <summary>Identity (RFC8420).</summary>
    Identity = 5,
    /// <summary>STREEBOG_256 (RFC9385).</summary>
    Streebog256 = 6,
    /// <summary>STREEBOG_512 (RFC9385).</summary>
    Streebog512 = 7,
}
