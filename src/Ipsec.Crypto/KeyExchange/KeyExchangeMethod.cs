using System.Diagnostics.CodeAnalysis;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>A key exchange method of the IANA registry (transform type 4).</summary>
public abstract class KeyExchangeMethod
{
    public abstract KeyExchangeId Id { get; }

    /// <summary>Octets of Key Exchange Data that this method sends.</summary>
    public abstract int PublicValueLength { get; }

    /// <summary>Makes a fresh private value.</summary>
    public abstract PrivateValue Generate(RandomSource random);
}

/// <summary>One side's private value. Disposing it zeroes what can be zeroed.</summary>
public abstract class PrivateValue : IDisposable
{
    public abstract KeyExchangeId Method { get; }

    /// <summary>Key Exchange Data to send.</summary>
    public abstract byte[] PublicValue { get; }

    /// <summary>
    /// The shared secret with a peer's Key Exchange Data, in the form that RFC 7296 section 2.14 calls g^ir. False if the value fails the
    /// checks of RFC 6989 (wrong length, out of range, not on the curve, small order); <paramref name="reason"/> then says which.
    /// </summary>
    public abstract bool TryAgree(ReadOnlySpan<byte> peerValue, [NotNullWhen(true)] out byte[]? secret, [NotNullWhen(false)] out string? reason);

    public abstract void Dispose();
}
