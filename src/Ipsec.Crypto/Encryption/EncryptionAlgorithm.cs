using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>
/// An encryption algorithm of the IANA registry (transform type 1) with its facts. All lengths in octets unless said otherwise.
/// </summary>
public abstract class EncryptionAlgorithm
{
    public abstract EncryptionId Id { get; }

    /// <summary>Allowed key lengths in bits, without the salt; the values of the Key Length attribute.</summary>
    public abstract IReadOnlyList<int> KeyLengths { get; }

    /// <summary>Octets of keying material taken after the key and kept as the nonce's fixed part (RFC 4106 section 8.1).</summary>
    public abstract int SaltLength { get; }

    /// <summary>Octets of IV on the wire.</summary>
    public abstract int IvLength { get; }

    /// <summary>The ciphertext is a multiple of this.</summary>
    public abstract int BlockLength { get; }

    /// <summary>Octets of ICV of a combined-mode algorithm; 0 for one that needs a separate integrity algorithm.</summary>
    public abstract int IcvLength { get; }

    public bool IsAead => IcvLength > 0;

    /// <summary>Whether the IV must be unpredictable (CBC) rather than just unique (counter modes).</summary>
    public abstract bool NeedsRandomIv { get; }

    /// <summary>Octets of keying material for a key of <paramref name="keyBits"/> bits, salt included.</summary>
    public int KeyMaterialLength(int keyBits) => keyBits / 8 + SaltLength;

    /// <summary>Binds a key (with salt at its end). Disposing the cipher zeroes it.</summary>
    public abstract BoundCipher Bind(ReadOnlySpan<byte> keyMaterial);
}

/// <summary>An encryption algorithm with its key. Not thread-safe.</summary>
public abstract class BoundCipher : IDisposable
{
    /// <summary>
    /// Encrypts in place. A combined-mode algorithm authenticates <paramref name="associated"/> and writes <paramref name="icv"/>;
    /// others ignore the former and take an empty latter.
    /// </summary>
    public abstract void Encrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv);

    /// <summary>Decrypts in place; false if a combined-mode ICV doesn't match (the data is then zeroed) or the length is impossible.</summary>
    public abstract bool TryDecrypt(ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv);

    public abstract void Dispose();
}
