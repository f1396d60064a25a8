using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>What the registry and the defining RFCs say of an integrity algorithm. Lengths in octets.</summary>
/// <param name="Name">IANA's name, such as AUTH_HMAC_SHA2_256_128.</param>
/// <param name="KeyLength">Octets of keying material, salt included.</param>
/// <param name="IcvLength">Octets of tag, without the IV that GMAC sends before it.</param>
/// <param name="SaltLength">Octets at the key's end that are the nonce's fixed part.</param>
/// <param name="IvLength">Octets of IV that the ICV field starts with (RFC 4543 section 4); 0 for all but GMAC.</param>
/// <param name="InIke">RFC 8247 section 2.3.</param>
/// <param name="InEsp">RFC 8221 section 6, for ESP and AH.</param>
public sealed record IntegrityFacts(
    IntegrityId Id, string Name, int KeyLength, int IcvLength, SecurityProtocols Protocols, Recommendation InIke, Recommendation InEsp,
    int SaltLength = 0, int IvLength = 0)
{
    private const SecurityProtocols Everywhere = SecurityProtocols.Ike | SecurityProtocols.Esp | SecurityProtocols.Ah;

    public static IntegrityFacts HmacMd5 { get; } =
        new(IntegrityId.HmacMd5_96, "AUTH_HMAC_MD5_96", 16, 12, Everywhere, Recommendation.MustNot, Recommendation.MustNot);

    public static IntegrityFacts HmacSha1 { get; } =
        new(IntegrityId.HmacSha1_96, "AUTH_HMAC_SHA1_96", 20, 12, Everywhere, Recommendation.MustMinus, Recommendation.MustMinus);

    public static IntegrityFacts HmacSha256 { get; } =
        new(IntegrityId.HmacSha256_128, "AUTH_HMAC_SHA2_256_128", 32, 16, Everywhere, Recommendation.Must, Recommendation.Must);

    public static IntegrityFacts HmacSha384 { get; } =
        new(IntegrityId.HmacSha384_192, "AUTH_HMAC_SHA2_384_192", 48, 24, Everywhere, Recommendation.Unlisted, Recommendation.Unlisted);

    public static IntegrityFacts HmacSha512 { get; } =
        new(IntegrityId.HmacSha512_256, "AUTH_HMAC_SHA2_512_256", 64, 32, Everywhere, Recommendation.Should, Recommendation.Should);

    public static IntegrityFacts AesXcbc { get; } =
        new(IntegrityId.AesXcbc_96, "AUTH_AES_XCBC_96", 16, 12, Everywhere, Recommendation.ShouldForIot, Recommendation.ShouldForIot);

    public static IntegrityFacts AesCmac { get; } =
        new(IntegrityId.AesCmac_96, "AUTH_AES_CMAC_96", 16, 12, Everywhere, Recommendation.Unlisted, Recommendation.Unlisted);

    public static IntegrityFacts Aes128Gmac { get; } = Gmac(IntegrityId.Aes128Gmac, "AUTH_AES_128_GMAC", 16, Recommendation.May);
    public static IntegrityFacts Aes192Gmac { get; } = Gmac(IntegrityId.Aes192Gmac, "AUTH_AES_192_GMAC", 24, Recommendation.Unlisted);
    public static IntegrityFacts Aes256Gmac { get; } = Gmac(IntegrityId.Aes256Gmac, "AUTH_AES_256_GMAC", 32, Recommendation.May);

    private static IntegrityFacts Gmac(IntegrityId id, string name, int keyLength, Recommendation recommendation) =>
        new(id, name, keyLength + 4, 16, SecurityProtocols.Ah, Recommendation.Unlisted, recommendation, SaltLength: 4, IvLength: 8);
}

/// <summary>An integrity algorithm of the IANA registry (transform type 3). Lengths in octets. Immutable and thread-safe.</summary>
public abstract class IntegrityAlgorithm(IntegrityFacts facts)
{
    public IntegrityFacts Facts { get; } = facts;

    public IntegrityId Id => Facts.Id;

    public string Name => Facts.Name;

    public int KeyLength => Facts.KeyLength;

    public int IcvLength => Facts.IcvLength;

    /// <summary>Octets of IV to give to <see cref="BoundIntegrity.Start"/>, sent before the ICV; 0 for all but GMAC.</summary>
    public int IvLength => Facts.IvLength;

    /// <summary>Binds a key. Disposing zeroes it.</summary>
    /// <exception cref="ArgumentException">The length is not this algorithm's.</exception>
    public BoundIntegrity Bind(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyLength)
            throw new ArgumentException($"{Name}: {key.Length} octets of key, not {KeyLength}", nameof(key));
        return BindChecked(key);
    }

    private protected abstract BoundIntegrity BindChecked(ReadOnlySpan<byte> key);
}

/// <summary>An integrity algorithm with its key: append in pieces, then finish. Not thread-safe.</summary>
public abstract class BoundIntegrity : IDisposable
{
    /// <summary>Gives the IV of an algorithm that has one, before the first <see cref="Append"/>. Never the same twice under one key.</summary>
    public virtual void Start(ReadOnlySpan<byte> iv)
    {
    }

    public abstract void Append(ReadOnlySpan<byte> data);

    /// <summary>Writes the truncated ICV and starts over.</summary>
    public abstract void Finish(Span<byte> icv);

    /// <summary>Finishes and compares in constant time.</summary>
    public bool FinishAndVerify(ReadOnlySpan<byte> icv)
    {
        Span<byte> computed = stackalloc byte[icv.Length];
        Finish(computed);
        return CryptographicOperations.FixedTimeEquals(computed, icv);
    }

    public abstract void Dispose();
}
