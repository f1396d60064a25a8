using System.Diagnostics.CodeAnalysis;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>The algorithms of one IKE SA, as one chosen proposal names them.</summary>
/// <param name="KeyBits">Encryption key length in bits, without salt.</param>
/// <param name="Integrity">Null with a combined-mode cipher (RFC 5282 section 8).</param>
public sealed record IkeAlgorithms(
    EncryptionAlgorithm Encryption, int KeyBits, IntegrityAlgorithm? Integrity, PrfAlgorithm Prf, KeyExchangeMethod KeyExchange)
{
    public static bool TryFrom(Proposal chosen, [NotNullWhen(true)] out IkeAlgorithms? algorithms)
    {
        algorithms = null;
        if (!CipherChoice.TryFrom(chosen, SecurityProtocols.Ike, out var cipher)
            || chosen.OfType(TransformType.PseudorandomFunction).SingleOrDefault() is not { } prfTransform
            || Algorithms.Prf((PrfId)prfTransform.Id) is not { } prf
            || chosen.OfType(TransformType.KeyExchange).SingleOrDefault() is not { } exchangeTransform
            || Algorithms.KeyExchange((KeyExchangeId)exchangeTransform.Id) is not { } exchange)
            return false;
        algorithms = new(cipher.Encryption, cipher.KeyBits, cipher.Integrity, prf, exchange);
        return true;
    }
}

/// <summary>The algorithms of one ESP SA, as one chosen proposal names them.</summary>
/// <param name="KeyBits">Encryption key length in bits, without salt.</param>
/// <param name="Integrity">Null with a combined-mode cipher.</param>
public sealed record EspAlgorithms(EncryptionAlgorithm Encryption, int KeyBits, IntegrityAlgorithm? Integrity, bool ExtendedSequenceNumbers)
{
    public int EncryptionKeyLength => Encryption.KeyMaterialLength(KeyBits);

    public int IntegrityKeyLength => Integrity?.KeyLength ?? 0;

    public static bool TryFrom(Proposal chosen, [NotNullWhen(true)] out EspAlgorithms? algorithms)
    {
        algorithms = null;
        if (!CipherChoice.TryFrom(chosen, SecurityProtocols.Esp, out var cipher))
            return false;
        var sequence = chosen.OfType(TransformType.SequenceNumbers).SingleOrDefault();
        algorithms = new(cipher.Encryption, cipher.KeyBits, cipher.Integrity, sequence?.Id == (ushort)SequenceNumbersId.Extended64);
        return true;
    }
}

/// <summary>Encryption and integrity of a proposal that fit each other.</summary>
internal readonly record struct CipherChoice(EncryptionAlgorithm Encryption, int KeyBits, IntegrityAlgorithm? Integrity)
{
    public static bool TryFrom(Proposal chosen, SecurityProtocols protocol, out CipherChoice choice)
    {
        choice = default;
        // A choice has one transform of each type (RFC 7296 section 2.7).
        if (chosen.Transforms.DistinctBy(transform => transform.Type).Count() != chosen.Transforms.Length)
            return false;
        if (chosen.OfType(TransformType.Encryption).SingleOrDefault() is not { } transform
            || Algorithms.Encryption((EncryptionId)transform.Id) is not { } encryption
            || !encryption.Facts.Protocols.HasFlag(protocol))
            return false;
        // RFC 7296 section 3.3.5: the attribute is required for variable-length keys, forbidden for fixed ones.
        if (transform.KeyLength is null == encryption.HasVariableKeyLength)
            return false;
        var keyBits = transform.KeyLength ?? encryption.KeyLengths[0];
        if (!encryption.KeyLengths.Contains(keyBits))
            return false;
        var integrityTransform = chosen.OfType(TransformType.Integrity).SingleOrDefault();
        var integrity = integrityTransform is { Id: not 0 } ? Algorithms.Integrity((IntegrityId)integrityTransform.Id) : null;
        if (encryption.IsAead ? integrityTransform is { Id: not 0 } : integrity is null || !integrity.Facts.Protocols.HasFlag(protocol))
            return false;
        choice = new(encryption, keyBits, integrity);
        return true;
    }
}
