namespace Ipsec.Packets.Ike;

/// <summary>Transform type 2: pseudorandom functions.</summary>
public enum PrfId : ushort
{
    /// <summary>PRF_HMAC_MD5 (RFC2104).</summary>
    HmacMd5 = 1,
    /// <summary>PRF_HMAC_SHA1 (RFC2104).</summary>
    HmacSha1 = 2,
    /// <summary>PRF_HMAC_TIGER (RFC2104).</summary>
    HmacTiger = 3,
    /// <summary>PRF_AES128_XCBC (RFC4434).</summary>
    Aes128Xcbc = 4,
    /// <summary>PRF_HMAC_SHA2_256 (RFC4868).</summary>
    HmacSha256 = 5,
    /// <summary>PRF_HMAC_SHA2_384 (RFC4868).</summary>
    HmacSha384 = 6,
    /// <summary>PRF_HMAC_SHA2_512 (RFC4868).</summary>
    HmacSha512 = 7,
    /// <summary>PRF_AES128_CMAC (RFC4615).</summary>
    Aes128Cmac = 8,
    /// <summary>PRF_HMAC_STREEBOG_512 (RFC9385).</summary>
    HmacStreebog512 = 9,
}
