namespace Ipsec.Packets.Ikev1;

/// <summary>ESP transforms (RFC 2407 section 4.4.4).</summary>
public enum EspTransformId : byte
{
    /// <summary>ESP_DES_IV64.</summary>
    DesIv64 = 1,
    /// <summary>ESP_DES.</summary>
    Des = 2,
    /// <summary>ESP_3DES.</summary>
    TripleDes = 3,
    /// <summary>ESP_RC5.</summary>
    Rc5 = 4,
    /// <summary>ESP_IDEA.</summary>
    Idea = 5,
    /// <summary>ESP_CAST.</summary>
    Cast = 6,
    /// <summary>ESP_BLOWFISH.</summary>
    Blowfish = 7,
    /// <summary>ESP_3IDEA.</summary>
    TripleIdea = 8,
    /// <summary>ESP_DES_IV32.</summary>
    DesIv32 = 9,
    /// <summary>ESP_RC4.</summary>
    Rc4 = 10,
    /// <summary>ESP_NULL.</summary>
    Null = 11,
    /// <summary>ESP_AES-CBC.</summary>
    AesCbc = 12,
    /// <summary>ESP_AES-CTR.</summary>
    AesCtr = 13,
    /// <summary>ESP_AES-CCM_8.</summary>
    AesCcm8 = 14,
    /// <summary>ESP_AES-CCM_12.</summary>
    AesCcm12 = 15,
    /// <summary>ESP_AES-CCM_16.</summary>
    AesCcm16 = 16,
    /// <summary>ESP_AES-GCM_8.</summary>
    AesGcm8 = 18,
    /// <summary>ESP_AES-GCM_12.</summary>
    AesGcm12 = 19,
    /// <summary>ESP_AES-GCM_16.</summary>
    AesGcm16 = 20,
    /// <summary>ESP_SEED_CBC.</summary>
    SeedCbc = 21,
    /// <summary>ESP_CAMELLIA.</summary>
    Camellia = 22,
    /// <summary>ESP_NULL_AUTH_AES-GMAC.</summary>
    NullAuthAesGmac = 23,
}
