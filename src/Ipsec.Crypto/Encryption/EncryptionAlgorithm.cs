using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>
/// An encryption algorithm of the IANA registry (transform type 1) with its facts. All lengths in octets unless said otherwise. Immutable and thread-safe.
/// </summary>
public abstract class EncryptionAlgorithm(EncryptionFacts facts)
{
    /// <summary>Octets of IV that a cipher with implicit IV is given: the sequence number, 64 bits in network order (RFC 8750 section 4).</summary>
    public const int ImplicitIvLength = 8;

    public EncryptionFacts Facts { get; } = facts;

    public EncryptionId Id => Facts.Id;

    public string Name => Facts.Name;

    /// <summary>Allowed key lengths in bits, without the salt; the values of the Key Length attribute.</summary>
    public IReadOnlyList<int> KeyLengths => Facts.KeyLengths;

    /// <summary>Octets of keying material taken after the key and kept as the nonce's fixed part (RFC 4106 section 8.1).</summary>
    public int SaltLength => Facts.SaltLength;

    /// <summary>Octets of IV on the wire.</summary>
    public int IvLength => Facts.IvLength;

    /// <summary>The ciphertext is a multiple of this.</summary>
    public int BlockLength => Facts.BlockLength;

    /// <summary>Octets of ICV of a combined-mode algorithm; 0 for one that needs a separate integrity algorithm.</summary>
    public int IcvLength => Facts.IcvLength;

    public bool IsAead => IcvLength > 0;

    /// <summary>Whether the IV is the sequence number and not sent (RFC 8750); the cipher is then given <see cref="ImplicitIvLength"/> octets.</summary>
    public bool HasImplicitIv => IvLength == 0 && IsAead;

    /// <summary>Whether the Key Length attribute is sent (RFC 7296 section 3.3.5: not with a fixed length).</summary>
    public bool HasVariableKeyLength => KeyLengths.Count > 1;

    /// <summary>Whether the IV must be unpredictable (CBC) rather than just unique (counter modes).</summary>
    public virtual bool NeedsRandomIv => false;

    /// <summary>The mode under a combined-mode algorithm, for nonces that this algorithm does not form itself; null without one.</summary>
    public virtual AeadMode? Mode => null;

    /// <summary>Octets of keying material for a key of <paramref name="keyBits"/> bits, salt included.</summary>
    public int KeyMaterialLength(int keyBits) => keyBits / 8 + SaltLength;

    /// <summary>Binds a key (with salt at its end). Disposing the cipher zeroes it.</summary>
    /// <exception cref="ArgumentException">The length is none that this algorithm has.</exception>
    public BoundCipher Bind(ReadOnlySpan<byte> keyMaterial)
    {
        if (!KeyLengths.Contains((keyMaterial.Length - SaltLength) * 8))
            throw new ArgumentException($"{Name}: {keyMaterial.Length} octets of keying material", nameof(keyMaterial));
        return BindChecked(keyMaterial);
    }

    private protected abstract BoundCipher BindChecked(ReadOnlySpan<byte> keyMaterial);
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
