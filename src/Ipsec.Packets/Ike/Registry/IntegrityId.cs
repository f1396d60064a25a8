namespace Ipsec.Packets.Ike;

/// <summary>Transform type 3: integrity algorithms.</summary>
public enum IntegrityId : ushort
{
    /// <summary>NONE (RFC7296).</summary>
    None = 0,
    /// <summary>AUTH_HMAC_MD5_96 (RFC2403).</summary>
    HmacMd5_96 = 1,
    /// <summary>AUTH_HMAC_SHA1_96 (RFC2404).</summary>
    HmacSha1_96 = 2,
    /// <summary>AUTH_DES_MAC.</summary>
    DesMac = 3,
    /// <summary>AUTH_KPDK_MD5.</summary>
    KpdkMd5 = 4,
    /// <summary>AUTH_AES_XCBC_96 (RFC3566).</summary>
    AesXcbc_96 = 5,
    /// <summary>AUTH_HMAC_MD5_128 (RFC4595).</summary>
    HmacMd5_128 = 6,
    /// <summary>AUTH_HMAC_SHA1_160 (RFC4595).</summary>
    HmacSha1_160 = 7,
    /// <summary>AUTH_AES_CMAC_96 (RFC4494).</summary>
    AesCmac_96 = 8,
    /// <summary>AUTH_AES_128_GMAC (RFC4543).</summary>
    Aes128Gmac = 9,
    /// <summary>AUTH_AES_192_GMAC (RFC4543).</summary>
    Aes192Gmac = 10,
    /// <summary>AUTH_AES_256_GMAC (RFC4543).</summary>
    Aes256Gmac = 11,
    /// <summary>AUTH_HMAC_SHA2_256_128 (RFC4868).</summary>
    HmacSha256_128 = 12,
    /// <summary>AUTH_HMAC_SHA2_384_192 (RFC4868).</summary>
    HmacSha384_192 = 13,
    /// <summary>AUTH_HMAC_SHA2_512_256 (RFC4868).</summary>
    HmacSha512_256 = 14,
}
