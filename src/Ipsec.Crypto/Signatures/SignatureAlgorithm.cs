using System.Diagnostics.CodeAnalysis;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>
/// A way to sign AUTH (RFC 7296 section 2.15, RFC 4754, RFC 7427, RFC 8420). Keys are DER: SubjectPublicKeyInfo to verify with, PKCS #8 to sign with.
/// Immutable and thread-safe.
/// </summary>
public sealed class SignatureAlgorithm
{
    private readonly SignatureProvider _signing;

    /// <param name="verifiers">The preferred provider first. The signing one is last in line.</param>
    internal SignatureAlgorithm(
        string name, AuthenticationMethod method, HashAlgorithmId hash, Octets identifier, SignatureProvider signing, params SignatureProvider[] verifiers)
    {
        Name = name;
        Method = method;
        Hash = hash;
        Identifier = identifier;
        _signing = signing;
        Verifiers = [.. verifiers, signing];
    }

    /// <summary>All with parameters that are common; <see cref="TryFromIdentifier"/> makes others.</summary>
    public static IReadOnlyList<SignatureAlgorithm> All { get; } = [.. RsaSignatures.Pkcs1, .. RsaSignatures.Pss, .. EcdsaSignatures.All, .. EdwardsSignatures.All];

    /// <summary>Such as RSASSA-PSS-SHA2-256 or ECDSA-P256-SHA2-256.</summary>
    public string Name { get; }

    /// <summary>9 to 11 for ECDSA as RFC 4754 has it, 14 (Digital Signature) for all others.</summary>
    public AuthenticationMethod Method { get; }

    /// <summary>What the peer must have listed in SIGNATURE_HASH_ALGORITHMS (RFC 7427 section 4).</summary>
    public HashAlgorithmId Hash { get; }

    /// <summary>The ASN.1 AlgorithmIdentifier of RFC 7427 section 3, DER; empty for methods that have none.</summary>
    public Octets Identifier { get; }

    /// <summary>Every provider that can verify, the preferred one first; they must agree.</summary>
    public IReadOnlyList<SignatureProvider> Verifiers { get; }

    /// <summary>The algorithm that an AlgorithmIdentifier names; false if it is malformed or none of ours.</summary>
    public static bool TryFromIdentifier(ReadOnlySpan<byte> identifier, [NotNullWhen(true)] out SignatureAlgorithm? algorithm)
    {
        algorithm = null;
        foreach (var known in All)
        {
            if (!known.Identifier.IsEmpty && known.Identifier.Span.SequenceEqual(identifier))
                algorithm = known;
        }
        return algorithm is not null || RsaSignatures.TryPssFromIdentifier(identifier, out algorithm);
    }

    /// <summary>The AlgorithmIdentifier of RSASSA-PSS with MGF1 (RFC 7427 appendix A.4), DER.</summary>
    /// <param name="saltLength">Octets.</param>
    /// <exception cref="ArgumentException">A hash that IKE doesn't sign with.</exception>
    public static Octets PssIdentifier(HashAlgorithmId hash, HashAlgorithmId mask, int saltLength) =>
        RsaSignatures.PssIdentifier(SignatureHash.Of(hash), SignatureHash.Of(mask), saltLength);

    /// <summary>Whether the signature is one of the message under the key. A malformed key or signature is no signature: false.</summary>
    /// <param name="publicKey">SubjectPublicKeyInfo, DER.</param>
    public bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Verifiers[0].Verify(publicKey, message, signature);

    /// <summary>
    /// Signs. ECDSA takes its nonce from key and message (RFC 6979), PSS its salt from <paramref name="random"/>; the others are deterministic. False if the
    /// key is malformed, or of another kind.
    /// </summary>
    /// <param name="privateKey">PrivateKeyInfo (PKCS #8), DER; the caller zeroes it.</param>
    public bool TrySign(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message, RandomSource random, [NotNullWhen(true)] out byte[]? signature) =>
        _signing.TrySign(privateKey, message, random, out signature);

    public override string ToString() => Name;
}

/// <summary>One provider's implementation of a signature algorithm.</summary>
public abstract class SignatureProvider(string name)
{
    public string Name { get; } = name;

    /// <summary>See <see cref="SignatureAlgorithm.Verify"/>.</summary>
    public abstract bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    internal virtual bool TrySign(
        ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message, RandomSource random, [NotNullWhen(true)] out byte[]? signature)
    {
        signature = null;
        return false;
    }
}
