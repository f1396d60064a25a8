using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>What the registry and the defining RFCs say of a pseudorandom function. Lengths in octets.</summary>
/// <param name="Name">IANA's name, such as PRF_HMAC_SHA2_256.</param>
/// <param name="Length">Of the output and of the preferred key, which are the same for all that exist.</param>
/// <param name="HasFixedKey">AES-XCBC and AES-CMAC: longer and shorter keys are brought to 16 octets (RFC 4434 section 2, RFC 4615 section 3).</param>
/// <param name="InIke">RFC 8247 section 2.2.</param>
public sealed record PrfFacts(PrfId Id, string Name, int Length, bool HasFixedKey, Recommendation InIke)
{
    public static PrfFacts HmacMd5 { get; } = new(PrfId.HmacMd5, "PRF_HMAC_MD5", 16, false, Recommendation.MustNot);
    public static PrfFacts HmacSha1 { get; } = new(PrfId.HmacSha1, "PRF_HMAC_SHA1", 20, false, Recommendation.MustMinus);
    public static PrfFacts HmacSha256 { get; } = new(PrfId.HmacSha256, "PRF_HMAC_SHA2_256", 32, false, Recommendation.Must);
    public static PrfFacts HmacSha384 { get; } = new(PrfId.HmacSha384, "PRF_HMAC_SHA2_384", 48, false, Recommendation.Unlisted);
    public static PrfFacts HmacSha512 { get; } = new(PrfId.HmacSha512, "PRF_HMAC_SHA2_512", 64, false, Recommendation.ShouldPlus);
    public static PrfFacts AesXcbc { get; } = new(PrfId.Aes128Xcbc, "PRF_AES128_XCBC", 16, true, Recommendation.ShouldForIot);
    public static PrfFacts AesCmac { get; } = new(PrfId.Aes128Cmac, "PRF_AES128_CMAC", 16, true, Recommendation.Unlisted);
}

/// <summary>A pseudorandom function of the IANA registry (transform type 2). Lengths in octets. Immutable and thread-safe.</summary>
public abstract class PrfAlgorithm(PrfFacts facts)
{
    public PrfFacts Facts { get; } = facts;

    public PrfId Id => Facts.Id;

    public string Name => Facts.Name;

    /// <summary>Preferred key length: what SK_d, SK_pi and SK_pr get (RFC 7296 section 2.13).</summary>
    public int KeyLength => Facts.Length;

    public int OutputLength => Facts.Length;

    /// <summary>prf(key, data), where data is the concatenation of the parts.</summary>
    public abstract byte[] Compute(ReadOnlySpan<byte> key, params ReadOnlySpan<byte[]> parts);

    /// <summary>
    /// prf+ (RFC 7296 section 2.13): T1 | T2 | … with T(n) = prf(key, T(n-1) | seed | n).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">More than 255 times the output length was asked for.</exception>
    public byte[] Expand(ReadOnlySpan<byte> key, byte[] seed, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 255 * OutputLength);
        var stream = new byte[length];
        byte[] block = [];
        byte counter = 1;
        for (var done = 0; done < length; counter++)
        {
            var next = Compute(key, block, seed, [counter]);
            CryptographicOperations.ZeroMemory(block);
            block = next;
            var count = Math.Min(block.Length, length - done);
            block.AsSpan(0, count).CopyTo(stream.AsSpan(done));
            done += count;
        }
        CryptographicOperations.ZeroMemory(block);
        return stream;
    }

    /// <summary>
    /// The key of SKEYSEED's prf: Ni | Nr, of which the AES-based functions take the first 8 octets each (RFC 7296 section 2.14).
    /// </summary>
    public byte[] NonceKey(ReadOnlySpan<byte> initiatorNonce, ReadOnlySpan<byte> responderNonce)
    {
        const int taken = 8;
        return Facts.HasFixedKey
            ? [.. initiatorNonce[..Math.Min(taken, initiatorNonce.Length)], .. responderNonce[..Math.Min(taken, responderNonce.Length)]]
            : [.. initiatorNonce, .. responderNonce];
    }
}
