using System.Collections.Frozen;

namespace Ipsec.Crypto;

/// <summary>One cipher and mode of libcrypto, for all its key lengths. Fetched once and kept. Immutable and thread-safe.</summary>
internal sealed class EvpCipher
{
    private readonly FrozenDictionary<int, nint> _byKeyLength;

    private EvpCipher(FrozenDictionary<int, nint> byKeyLength) => _byKeyLength = byKeyLength;

    /// <summary>Whether libcrypto, as it is built and configured here, has the cipher with every key length.</summary>
    public bool IsComplete => _byKeyLength.Values.All(cipher => cipher != 0);

    /// <param name="name">Such as AES.</param>
    /// <param name="mode">Such as GCM.</param>
    public static EvpCipher OfThreeKeyLengths(string name, string mode) =>
        new(new[] { 128, 192, 256 }.ToFrozenDictionary(bits => bits / 8, bits => LibCrypto.EVP_CIPHER_fetch(0, $"{name}-{bits}-{mode}", 0)));

    public static EvpCipher ChaCha20Poly1305() => Of("ChaCha20-Poly1305", keyLength: 32);

    public static EvpCipher TripleDesCbc() => Of("DES-EDE3-CBC", keyLength: 24);

    /// <exception cref="ArgumentException">The cipher has no keys of that length.</exception>
    public EvpCipherContext Bind(ReadOnlySpan<byte> key, bool encrypts) =>
        _byKeyLength.TryGetValue(key.Length, out var cipher)
            ? new(cipher, key, encrypts)
            : throw new ArgumentException($"{key.Length} octets of key", nameof(key));

    /// <summary>CCM, whose key schedule depends on the direction and on both lengths.</summary>
    /// <exception cref="ArgumentException">The cipher has no keys of that length.</exception>
    public EvpCipherContext BindCcm(ReadOnlySpan<byte> key, bool encrypts, int nonceLength, int tagLength) =>
        _byKeyLength.TryGetValue(key.Length, out var cipher)
            ? new(cipher, key, encrypts, nonceLength, tagLength)
            : throw new ArgumentException($"{key.Length} octets of key", nameof(key));

    private static EvpCipher Of(string name, int keyLength) =>
        new(new[] { keyLength }.ToFrozenDictionary(length => length, _ => LibCrypto.EVP_CIPHER_fetch(0, name, 0)));
}
