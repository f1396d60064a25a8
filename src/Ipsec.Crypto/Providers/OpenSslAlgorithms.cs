namespace Ipsec.Crypto;

/// <summary>What OpenSSL's libcrypto has, called directly and with contexts that are used again: less work per packet than by way of .NET.</summary>
internal static class OpenSslAlgorithms
{
    private const string Name = "OpenSSL";

    private static EvpCipher AesGcm => Gcm.Value;

    private static EvpCipher AesCbc => Cbc.Value;

    // Fetched when first needed: the library may be missing.
    private static readonly Lazy<EvpCipher> Gcm = new(() => EvpCipher.OfThreeKeyLengths("AES", "GCM"));
    private static readonly Lazy<EvpCipher> Cbc = new(() => EvpCipher.OfThreeKeyLengths("AES", "CBC"));

    /// <param name="isAvailable">Whether libcrypto is there; without it the provider is empty.</param>
    public static CryptoProvider Provider(bool isAvailable) =>
        isAvailable ? new(Name, [.. Encryption()], [.. Integrity()], [.. Prf()], [.. KeyExchange()]) : new(Name, [], [], [], []);

    private static IEnumerable<EncryptionAlgorithm> Encryption()
    {
        if (AesCbc.IsComplete)
            yield return new OpenSslCbc(EncryptionFacts.AesCbc, AesCbc);
        if (EvpCipher.OfThreeKeyLengths("AES", "CTR") is { IsComplete: true } ctr)
            yield return new OpenSslCounterMode(EncryptionFacts.AesCtr, ctr);
        if (EvpCipher.OfThreeKeyLengths("CAMELLIA", "CBC") is { IsComplete: true } camelliaCbc)
            yield return new OpenSslCbc(EncryptionFacts.CamelliaCbc, camelliaCbc);
        if (EvpCipher.OfThreeKeyLengths("CAMELLIA", "CTR") is { IsComplete: true } camelliaCtr)
            yield return new OpenSslCounterMode(EncryptionFacts.CamelliaCtr, camelliaCtr);
        if (EvpCipher.TripleDesCbc() is { IsComplete: true } tripleDes)
            yield return new OpenSslCbc(EncryptionFacts.TripleDes, tripleDes);
        if (EvpCipher.OfThreeKeyLengths("AES", "CCM") is { IsComplete: true } ccm)
        {
            var mode = new OpenSslCcm(ccm);
            yield return new AeadEncryption(EncryptionFacts.AesCcm8, mode);
            yield return new AeadEncryption(EncryptionFacts.AesCcm12, mode);
            yield return new AeadEncryption(EncryptionFacts.AesCcm16, mode);
            yield return new AeadEncryption(EncryptionFacts.AesCcm8ImplicitIv, mode);
        }
        if (AesGcm.IsComplete)
        {
            var mode = new OpenSslAead(AesGcm);
            yield return new AeadEncryption(EncryptionFacts.AesGcm8, mode);
            yield return new AeadEncryption(EncryptionFacts.AesGcm12, mode);
            yield return new AeadEncryption(EncryptionFacts.AesGcm16, mode);
            yield return new AeadEncryption(EncryptionFacts.AesGcm16ImplicitIv, mode);
            yield return new GmacEncryption(mode);
        }
        if (EvpCipher.ChaCha20Poly1305() is { IsComplete: true } chaCha)
        {
            var mode = new OpenSslAead(chaCha);
            yield return new AeadEncryption(EncryptionFacts.ChaCha20Poly1305, mode);
            yield return new AeadEncryption(EncryptionFacts.ChaCha20Poly1305ImplicitIv, mode);
        }
    }

    private static IEnumerable<IntegrityAlgorithm> Integrity()
    {
        foreach (var (integrity, _, mac) in Macs())
            yield return new MacIntegrity(integrity, mac);
        if (!AesGcm.IsComplete)
            yield break;
        foreach (var facts in new[] { IntegrityFacts.Aes128Gmac, IntegrityFacts.Aes192Gmac, IntegrityFacts.Aes256Gmac })
            yield return new OpenSslGmac(facts, AesGcm);
    }

    private static IEnumerable<PrfAlgorithm> Prf() => Macs().Select(entry => new MacPrf(entry.Prf, entry.Mac));

    private static IEnumerable<(IntegrityFacts Integrity, PrfFacts Prf, MacFunction Mac)> Macs()
    {
        foreach (var (integrity, prf, mac) in EvpMacs())
            if (mac.Works())
                yield return (integrity, prf, mac);
        if (AesCbc.IsComplete)
            yield return (IntegrityFacts.AesXcbc, PrfFacts.AesXcbc, new AesXcbcMac(key => OpenSslCbcChain.Create(AesCbc, key)));
    }

    private static IEnumerable<(IntegrityFacts Integrity, PrfFacts Prf, OpenSslMac Mac)> EvpMacs() =>
    [
        (IntegrityFacts.HmacMd5, PrfFacts.HmacMd5, OpenSslMac.Hmac("MD5", 16)),
        (IntegrityFacts.HmacSha1, PrfFacts.HmacSha1, OpenSslMac.Hmac("SHA1", 20)),
        (IntegrityFacts.HmacSha256, PrfFacts.HmacSha256, OpenSslMac.Hmac("SHA2-256", 32)),
        (IntegrityFacts.HmacSha384, PrfFacts.HmacSha384, OpenSslMac.Hmac("SHA2-384", 48)),
        (IntegrityFacts.HmacSha512, PrfFacts.HmacSha512, OpenSslMac.Hmac("SHA2-512", 64)),
        (IntegrityFacts.AesCmac, PrfFacts.AesCmac, OpenSslMac.AesCmac()),
    ];

    private static IEnumerable<KeyExchangeMethod> KeyExchange() => ModpGroup.All.Select(group => new ModpMethod(group, OpenSslModularPower.Raise));
}
