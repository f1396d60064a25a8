namespace Ipsec.Crypto;

/// <summary>What OpenSSL's libcrypto has, called directly and with contexts that are used again: less work per packet than by way of .NET.</summary>
internal static class OpenSslAlgorithms
{
    private const string Name = "OpenSSL";

    /// <param name="isAvailable">Whether libcrypto is there; without it the provider is empty.</param>
    public static CryptoProvider Provider(bool isAvailable) =>
        isAvailable ? new(Name, [.. Encryption()], [.. Integrity()], [.. Prf()], [.. KeyExchange()]) : new(Name, [], [], [], []);

    private static IEnumerable<EncryptionAlgorithm> Encryption()
    {
        if (EvpCipher.Aes("CBC") is { IsComplete: true } cbc)
            yield return new OpenSslCbc(EncryptionFacts.AesCbc, cbc);
        if (EvpCipher.Aes("CTR") is { IsComplete: true } ctr)
            yield return new OpenSslCounterMode(EncryptionFacts.AesCtr, ctr);
        if (EvpCipher.Aes("GCM") is { IsComplete: true } gcm)
        {
            var mode = new OpenSslAead(gcm);
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

    private static IEnumerable<IntegrityAlgorithm> Integrity() =>
        Macs().Where(entry => entry.Mac.Works()).Select(entry => new MacIntegrity(entry.Integrity, entry.Mac));

    private static IEnumerable<PrfAlgorithm> Prf() => Macs().Where(entry => entry.Mac.Works()).Select(entry => new MacPrf(entry.Prf, entry.Mac));

    private static IEnumerable<(IntegrityFacts Integrity, PrfFacts Prf, OpenSslMac Mac)> Macs() =>
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
