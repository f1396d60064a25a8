namespace Ipsec.Packets.Ike;

/// <summary>Transform type 1: encryption algorithms.</summary>
public enum EncryptionId : ushort
{
    /// <summary>ENCR_DES_IV64.</summary>
    DesIv64 = 1,
    /// <summary>ENCR_DES (RFC2405).</summary>
    Des = 2,
    /// <summary>ENCR_3DES (RFC2451).</summary>
    TripleDes = 3,
    /// <summary>ENCR_RC5 (RFC2451).</summary>
    Rc5 = 4,
    /// <summary>ENCR_IDEA (RFC2451).</summary>
    Idea = 5,
    /// <summary>ENCR_CAST (RFC2451).</summary>
    Cast = 6,
    /// <summary>ENCR_BLOWFISH (RFC2451).</summary>
    Blowfish = 7,
    /// <summary>ENCR_3IDEA.</summary>
    TripleIdea = 8,
    /// <summary>ENCR_DES_IV32.</summary>
    DesIv32 = 9,
    /// <summary>ENCR_NULL (RFC2410).</summary>
    Null = 11,
    /// <summary>ENCR_AES_CBC (RFC3602).</summary>
    AesCbc = 12,
    /// <summary>ENCR_AES_CTR (RFC3686,5930).</summary>
    AesCtr = 13,
    /// <summary>ENCR_AES_CCM_8 (RFC4309).</summary>
    AesCcm8 = 14,
    /// <summary>ENCR_AES_CCM_12 (RFC4309).</summary>
    AesCcm12 = 15,
    /// <summary>ENCR_AES_CCM_16 (RFC4309).</summary>
    AesCcm16 = 16,
    /// <summary>ENCR_AES_GCM_8 (RFC4106).</summary>
    AesGcm8 = 18,
    /// <summary>ENCR_AES_GCM_12 (RFC4106).</summary>
    AesGcm12 = 19,
    /// <summary>ENCR_AES_GCM_16 (RFC4106).</summary>
    AesGcm16 = 20,
    /// <summary>ENCR_NULL_AUTH_AES_GMAC (RFC4543).</summary>
    NullAuthAesGmac = 21,
    /// <summary>ENCR_CAMELLIA_CBC (RFC5529).</summary>
    CamelliaCbc = 23,
    /// <summary>ENCR_CAMELLIA_CTR (RFC5529).</summary>
    CamelliaCtr = 24,
    /// <summary>ENCR_CAMELLIA_CCM_8 (RFC5529).</summary>
    CamelliaCcm8 = 25,
    /// <summary>ENCR_CAMELLIA_CCM_12 (RFC5529).</summary>
    CamelliaCcm12 = 26,
    /// <summary>ENCR_CAMELLIA_CCM_16 (RFC5529).</summary>
    CamelliaCcm16 = 27,
    /// <summary>ENCR_CHACHA20_POLY1305 (RFC7634).</summary>
    ChaCha20Poly1305 = 28,
    /// <summary>ENCR_AES_CCM_8_IIV (RFC8750).</summary>
    AesCcm8Iiv = 29,
    /// <summary>ENCR_AES_GCM_16_IIV (RFC8750).</summary>
    AesGcm16Iiv = 30,
    /// <summary>ENCR_CHACHA20_POLY1305_IIV (RFC8750).</summary>
    ChaCha20Poly1305Iiv = 31,
    /// <summary>ENCR_KUZNYECHIK_MGM_KTREE (RFC9227).</summary>
    KuznyechikMgmKtree = 32,
    /// <summary>ENCR_MAGMA_MGM_KTREE (RFC9227).</summary>
    MagmaMgmKtree = 33,
    /// <summary>ENCR_KUZNYECHIK_MGM_MAC_KTREE (RFC9227).</summary>
    KuznyechikMgmMacKtree = 34,
    /// <summary>ENCR_MAGMA_MGM_MAC_KTREE (RFC9227).</summary>
    MagmaMgmMacKtree = 35,
}
