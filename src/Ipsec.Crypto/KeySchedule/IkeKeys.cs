using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>The seven keys of an IKE SA (RFC 7296 section 2.14). Disposing zeroes them.</summary>
public sealed class IkeKeys : IDisposable
{
    private IkeKeys(byte[] stream, IkeAlgorithms algorithms)
    {
        var position = 0;
        byte[] Take(int length)
        {
            var key = stream.AsSpan(position, length).ToArray();
            position += length;
            return key;
        }

        var integrity = algorithms.Integrity?.KeyLength ?? 0;
        var encryption = algorithms.Encryption.KeyMaterialLength(algorithms.KeyBits);
        SkD = Take(algorithms.Prf.KeyLength);
        SkAi = Take(integrity);
        SkAr = Take(integrity);
        SkEi = Take(encryption);
        SkEr = Take(encryption);
        SkPi = Take(algorithms.Prf.KeyLength);
        SkPr = Take(algorithms.Prf.KeyLength);
        CryptographicOperations.ZeroMemory(stream);
    }

    private IkeKeys(byte[] skD, byte[] skAi, byte[] skAr, byte[] skEi, byte[] skEr, byte[] skPi, byte[] skPr) =>
        (SkD, SkAi, SkAr, SkEi, SkEr, SkPi, SkPr) = (skD, skAi, skAr, skEi, skEr, skPi, skPr);

    public byte[] SkD { get; }
    public byte[] SkAi { get; }
    public byte[] SkAr { get; }

    /// <summary>With the salt of a combined-mode cipher at its end (RFC 5282 section 7.1), as is <see cref="SkEr"/>.</summary>
    public byte[] SkEi { get; }
    public byte[] SkEr { get; }
    public byte[] SkPi { get; }
    public byte[] SkPr { get; }

    /// <summary>SKEYSEED = prf(Ni | Nr, g^ir), then prf+(SKEYSEED, Ni | Nr | SPIi | SPIr).</summary>
    /// <param name="sharedSecret">g^ir; the caller zeroes it.</param>
    public static IkeKeys Derive(IkeAlgorithms algorithms, byte[] sharedSecret, byte[] initiatorNonce, byte[] responderNonce, ulong initiatorSpi, ulong responderSpi) =>
        Expand(algorithms, InitialSeed(algorithms.Prf, sharedSecret, initiatorNonce, responderNonce), [.. initiatorNonce, .. responderNonce], initiatorSpi, responderSpi);

    /// <summary>
    /// Rekeyed IKE SA (RFC 7296 section 2.18): SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr), with the old SA's prf for the seed and the
    /// new one's for the expansion.
    /// </summary>
    /// <param name="additionalSecrets">SK(1), SK(2) … of RFC 9370 section 2.2.4, in order; they follow the nonces.</param>
    public static IkeKeys DeriveRekeyed(
        IkeAlgorithms algorithms, PrfAlgorithm oldPrf, byte[] oldSkD, byte[] sharedSecret,
        byte[] initiatorNonce, byte[] responderNonce, ulong initiatorSpi, ulong responderSpi, params ReadOnlySpan<byte[]> additionalSecrets) =>
        Expand(
            algorithms, RekeyedSeed(oldPrf, oldSkD, sharedSecret, initiatorNonce, responderNonce, additionalSecrets),
            [.. initiatorNonce, .. responderNonce], initiatorSpi, responderSpi);

    /// <summary>
    /// Keys after an additional key exchange in IKE_INTERMEDIATE (RFC 9370 section 2.2.2): SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr), with the
    /// nonces and SPIs of IKE_SA_INIT.
    /// </summary>
    public static IkeKeys DeriveAfterIntermediate(
        IkeAlgorithms algorithms, byte[] previousSkD, byte[] additionalSecret,
        byte[] initiatorNonce, byte[] responderNonce, ulong initiatorSpi, ulong responderSpi) =>
        DeriveRekeyed(algorithms, algorithms.Prf, previousSkD, additionalSecret, initiatorNonce, responderNonce, initiatorSpi, responderSpi);

    /// <summary>
    /// These keys with a post-quantum preshared key (RFC 8784 section 3): SK_d = prf+(PPK, SK_d'), and SK_pi and SK_pr likewise. The others are copied.
    /// </summary>
    public IkeKeys WithPostQuantumPresharedKey(PrfAlgorithm prf, ReadOnlySpan<byte> ppk)
    {
        byte[] Mixed(ReadOnlySpan<byte> ppk, byte[] key) => prf.Expand(ppk, key, key.Length);
        return new(Mixed(ppk, SkD), [.. SkAi], [.. SkAr], [.. SkEi], [.. SkEr], Mixed(ppk, SkPi), Mixed(ppk, SkPr));
    }

    /// <summary>SKEYSEED of a new IKE SA (RFC 7296 section 2.14). The caller zeroes it.</summary>
    public static byte[] InitialSeed(PrfAlgorithm prf, byte[] sharedSecret, ReadOnlySpan<byte> initiatorNonce, ReadOnlySpan<byte> responderNonce) =>
        prf.Compute(prf.NonceKey(initiatorNonce, responderNonce), sharedSecret);

    /// <summary>SKEYSEED of a rekeyed IKE SA (RFC 7296 section 2.18, RFC 9370 section 2.2.4). The caller zeroes it.</summary>
    public static byte[] RekeyedSeed(
        PrfAlgorithm oldPrf, ReadOnlySpan<byte> oldSkD, byte[] sharedSecret, byte[] initiatorNonce, byte[] responderNonce,
        params ReadOnlySpan<byte[]> additionalSecrets) =>
        oldPrf.Compute(oldSkD, [sharedSecret, initiatorNonce, responderNonce, .. additionalSecrets]);

    public void Dispose()
    {
        foreach (var key in new[] { SkD, SkAi, SkAr, SkEi, SkEr, SkPi, SkPr })
            CryptographicOperations.ZeroMemory(key);
    }

    private static IkeKeys Expand(IkeAlgorithms algorithms, byte[] skeyseed, byte[] nonces, ulong initiatorSpi, ulong responderSpi)
    {
        var seed = new byte[nonces.Length + 16];
        nonces.CopyTo(seed, 0);
        BinaryPrimitives.WriteUInt64BigEndian(seed.AsSpan(nonces.Length), initiatorSpi);
        BinaryPrimitives.WriteUInt64BigEndian(seed.AsSpan(nonces.Length + 8), responderSpi);
        var length = 3 * algorithms.Prf.KeyLength + 2 * (algorithms.Integrity?.KeyLength ?? 0)
            + 2 * algorithms.Encryption.KeyMaterialLength(algorithms.KeyBits);
        var stream = algorithms.Prf.Expand(skeyseed, seed, length);
        CryptographicOperations.ZeroMemory(skeyseed);
        return new(stream, algorithms);
    }
}
