using System.Diagnostics.CodeAnalysis;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>What the registry and the defining RFCs say of a key exchange method. Lengths in octets.</summary>
/// <param name="Name">IANA's name, such as MODP-2048.</param>
/// <param name="PublicValueLength">Key Exchange Data of the initiator.</param>
/// <param name="ResponseLength">Key Exchange Data of the responder; differs from the initiator's for a KEM only.</param>
/// <param name="InIke">RFC 8247 section 2.4.</param>
public sealed record KeyExchangeFacts(
    KeyExchangeId Id, string Name, int PublicValueLength, int ResponseLength, Recommendation InIke = Recommendation.Unlisted);

/// <summary>A key exchange method of the IANA registry (transform type 4): Diffie-Hellman or a KEM. Immutable and thread-safe.</summary>
public abstract class KeyExchangeMethod(KeyExchangeFacts facts)
{
    public KeyExchangeFacts Facts { get; } = facts;

    public KeyExchangeId Id => Facts.Id;

    public string Name => Facts.Name;

    /// <summary>Octets of Key Exchange Data that this method's initiator sends.</summary>
    public int PublicValueLength => Facts.PublicValueLength;

    /// <summary>Whether the responder encapsulates instead of sending a public value of its own.</summary>
    public virtual bool IsKem => false;

    /// <summary>Makes a fresh private value, for the initiator; with Diffie-Hellman, for either side.</summary>
    public abstract PrivateValue Generate(RandomSource random);

    /// <summary>
    /// Takes a private value from elsewhere: an exponent, or scalar, in network order (little-endian for Curve25519 and Curve448, as RFC 7748 has it);
    /// for ML-KEM the seed d | z of 64 octets. False if there can be no such value.
    /// </summary>
    public abstract bool TryImport(ReadOnlySpan<byte> octets, [NotNullWhen(true)] out PrivateValue? value);

    /// <summary>
    /// The responder's whole part: checks the initiator's Key Exchange Data, makes the data to send back and the shared secret. False if the value
    /// fails the checks of RFC 6989, or of FIPS 203 section 7.2; <paramref name="reason"/> then says which.
    /// </summary>
    public virtual bool TryRespond(
        ReadOnlySpan<byte> initiatorValue, RandomSource random, [NotNullWhen(true)] out byte[]? response, [NotNullWhen(true)] out byte[]? secret,
        [NotNullWhen(false)] out string? reason)
    {
        using var own = Generate(random);
        response = own.TryAgree(initiatorValue, out secret, out reason) ? own.PublicValue : null;
        return response is not null && secret is not null;
    }

    private protected bool HasLength(ReadOnlySpan<byte> value, int length, [NotNullWhen(false)] out string? reason)
    {
        reason = value.Length == length ? null : $"{value.Length} octets, must be {length}";
        return reason is null;
    }
}

/// <summary>One side's private value. Disposing it zeroes what can be zeroed.</summary>
public abstract class PrivateValue : IDisposable
{
    public abstract KeyExchangeId Method { get; }

    /// <summary>Key Exchange Data to send.</summary>
    public abstract byte[] PublicValue { get; }

    /// <summary>
    /// The shared secret with a peer's Key Exchange Data, in the form that RFC 7296 section 2.14 calls g^ir. False if the value fails the
    /// checks of RFC 6989 (wrong length, out of range, not on the curve, small order); <paramref name="reason"/> then says which. For a KEM the peer's
    /// data is its ciphertext, of which only the length can be wrong (FIPS 203 section 7.3).
    /// </summary>
    public abstract bool TryAgree(ReadOnlySpan<byte> peerValue, [NotNullWhen(true)] out byte[]? secret, [NotNullWhen(false)] out string? reason);

    public abstract void Dispose();
}
