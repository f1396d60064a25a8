using Ipsec.Packets.Ike;

namespace Conformance.Decoding;

/// <summary>Wireshark's names of algorithms, exactly as its tables have them. Lengths in octets unless they say bits.</summary>
internal static class AlgorithmNames
{
    public readonly record struct IkeCipher(EncryptionId Id, int Bits, int Salt, bool Combined);

    public readonly record struct EspCipher(EncryptionId Id, int[] KeyBits, int Salt, bool Combined);

    /// <param name="UncheckedLength">Length of an ICV that can't be or is not to be checked.</param>
    public readonly record struct Integrity(IntegrityId Id, int KeyLength, int? UncheckedLength = null);

    public static Dictionary<string, IkeCipher> IkeEncryption { get; } = IkeCiphers();

    public static Dictionary<string, Integrity> IkeIntegrity { get; } = new()
    {
        ["NONE [RFC4306]"] = new(IntegrityId.None, 0),
        ["HMAC_MD5_96 [RFC2403]"] = new(IntegrityId.HmacMd5_96, 16),
        ["HMAC_SHA1_96 [RFC2404]"] = new(IntegrityId.HmacSha1_96, 20),
        ["HMAC_MD5_128 [RFC4595]"] = new(IntegrityId.HmacMd5_128, 16),
        ["HMAC_SHA1_160 [RFC4595]"] = new(IntegrityId.HmacSha1_160, 20),
        ["HMAC_SHA2_256_96 [draft-ietf-ipsec-ciph-sha-256-00]"] = new(IntegrityId.None, 32, 12),
        ["HMAC_SHA2_256_128 [RFC4868]"] = new(IntegrityId.HmacSha256_128, 32),
        ["HMAC_SHA2_384_192 [RFC4868]"] = new(IntegrityId.HmacSha384_192, 48),
        ["HMAC_SHA2_512_256 [RFC4868]"] = new(IntegrityId.HmacSha512_256, 64),
    };

    public static Dictionary<string, EspCipher> EspEncryption { get; } = new()
    {
        ["NULL"] = new(EncryptionId.Null, [0], 0, false),
        ["TripleDES-CBC [RFC2451]"] = new(EncryptionId.TripleDes, [192], 0, false),
        ["AES-CBC [RFC3602]"] = new(EncryptionId.AesCbc, [128, 192, 256], 0, false),
        ["AES-CTR [RFC3686]"] = new(EncryptionId.AesCtr, [128, 192, 256], 4, false),
        ["DES-CBC [RFC2405]"] = new(EncryptionId.Des, [64], 0, false),
        ["CAST5-CBC [RFC2144]"] = new(EncryptionId.Cast, [.. Enumerable.Range(5, 12).Select(octets => 8 * octets)], 0, false),
        ["BLOWFISH-CBC [RFC2451]"] = new(EncryptionId.Blowfish, [.. Enumerable.Range(5, 52).Select(octets => 8 * octets)], 0, false),
        // Wireshark takes this older name for GCM without any ICV, which no ESP has; its packets have one of 16 octets as a rule.
        ["AES-GCM [RFC4106]"] = new(EncryptionId.AesGcm16, [128, 192, 256], 4, true),
        ["AES-GCM with 8 octet ICV [RFC4106]"] = new(EncryptionId.AesGcm8, [128, 192, 256], 4, true),
        ["AES-GCM with 12 octet ICV [RFC4106]"] = new(EncryptionId.AesGcm12, [128, 192, 256], 4, true),
        ["AES-GCM with 16 octet ICV [RFC4106]"] = new(EncryptionId.AesGcm16, [128, 192, 256], 4, true),
        ["ChaCha20 with Poly1305 [RFC7634]"] = new(EncryptionId.ChaCha20Poly1305, [256], 4, true),
    };

    public static Dictionary<string, Integrity> EspIntegrity { get; } = new()
    {
        ["NULL"] = new(IntegrityId.None, 0),
        ["HMAC-MD5-96 [RFC2403]"] = new(IntegrityId.HmacMd5_96, 16),
        ["HMAC-SHA-1-96 [RFC2404]"] = new(IntegrityId.HmacSha1_96, 20),
        ["HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]"] = new(IntegrityId.None, 0, 12),
        ["HMAC-SHA-256-128 [RFC4868]"] = new(IntegrityId.HmacSha256_128, 32),
        ["HMAC-SHA-384-192 [RFC4868]"] = new(IntegrityId.HmacSha384_192, 48),
        ["HMAC-SHA-512-256 [RFC4868]"] = new(IntegrityId.HmacSha512_256, 64),
        ["MAC-RIPEMD-160-96 [RFC2857]"] = new(IntegrityId.None, 0, 12),
        // Wireshark has no names for these, and ESP or AH may use them all the same.
        ["AES-XCBC-96 [RFC3566]"] = new(IntegrityId.AesXcbc_96, 16),
        ["AES-CMAC-96 [RFC4494]"] = new(IntegrityId.AesCmac_96, 16),
        ["AES-128-GMAC [RFC4543]"] = new(IntegrityId.Aes128Gmac, 20),
        ["AES-192-GMAC [RFC4543]"] = new(IntegrityId.Aes192Gmac, 28),
        ["AES-256-GMAC [RFC4543]"] = new(IntegrityId.Aes256Gmac, 36),
        ["ANY 64 bit authentication [no checking]"] = new(IntegrityId.None, 0, 8),
        ["ANY 96 bit authentication [no checking]"] = new(IntegrityId.None, 0, 12),
        ["ANY 128 bit authentication [no checking]"] = new(IntegrityId.None, 0, 16),
        ["ANY 192 bit authentication [no checking]"] = new(IntegrityId.None, 0, 24),
        ["ANY 256 bit authentication [no checking]"] = new(IntegrityId.None, 0, 32),
    };

    private static Dictionary<string, IkeCipher> IkeCiphers()
    {
        var names = new Dictionary<string, IkeCipher>
        {
            ["NULL [RFC2410]"] = new(EncryptionId.Null, 0, 0, false),
            ["3DES [RFC2451]"] = new(EncryptionId.TripleDes, 192, 0, false),
        };
        foreach (var bits in new[] { 128, 192, 256 })
        {
            names[$"AES-CBC-{bits} [RFC3602]"] = new(EncryptionId.AesCbc, bits, 0, false);
            names[$"AES-CTR-{bits} [RFC5930]"] = new(EncryptionId.AesCtr, bits, 4, false);
            foreach (var (icv, ccm, gcm) in new[]
            {
                (8, EncryptionId.AesCcm8, EncryptionId.AesGcm8),
                (12, EncryptionId.AesCcm12, EncryptionId.AesGcm12),
                (16, EncryptionId.AesCcm16, EncryptionId.AesGcm16),
            })
            {
                names[$"AES-CCM-{bits} with {icv} octet ICV [RFC5282]"] = new(ccm, bits, 3, true);
                names[$"AES-GCM-{bits} with {icv} octet ICV [RFC5282]"] = new(gcm, bits, 4, true);
            }
        }
        return names;
    }
}
