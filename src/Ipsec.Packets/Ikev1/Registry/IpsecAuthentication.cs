namespace Ipsec.Packets.Ikev1;

/// <summary>Authentication algorithms of phase 2 (RFC 2407 section 4.5): not the numbers of IKEv2.</summary>
public enum IpsecAuthentication : ushort
{
    /// <summary>HMAC-MD5.</summary>
    HmacMd5 = 1,
    /// <summary>HMAC-SHA.</summary>
    HmacSha1 = 2,
    /// <summary>DES-MAC.</summary>
    DesMac = 3,
    /// <summary>KPDK.</summary>
    Kpdk = 4,
    /// <summary>HMAC-SHA2-256.</summary>
    HmacSha256 = 5,
    /// <summary>HMAC-SHA2-384.</summary>
    HmacSha384 = 6,
    /// <summary>HMAC-SHA2-512.</summary>
    HmacSha512 = 7,
    /// <summary>HMAC-RIPEMD (RFC2857).</summary>
    HmacRipemd = 8,
    /// <summary>AES-XCBC-MAC (RFC3566).</summary>
    AesXcbcMac = 9,
    /// <summary>SIG-RSA (RFC4359).</summary>
    SigRsa = 10,
    /// <summary>AES-128-GMAC (RFC4543).</summary>
    Aes128Gmac = 11,
    /// <summary>AES-192-GMAC (RFC4543).</summary>
    Aes192Gmac = 12,
    /// <summary>AES-256-GMAC (RFC4543).</summary>
    Aes256Gmac = 13,
}
