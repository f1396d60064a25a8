using System.Collections.Immutable;
using Ipsec.Packets;

namespace Conformance.KnownAnswers;

/// <summary>What a known answer is about, and so which fields it has; see <see cref="KnownAnswerChecks"/>.</summary>
public enum KnownAnswerKind
{
    /// <summary>key, salt (counter mode), iv, plaintext, ciphertext.</summary>
    Cipher,
    /// <summary>key, nonce, associated, plaintext, ciphertext, icv.</summary>
    Aead,
    /// <summary>key, nonce (GMAC), message, tag; a tag longer than the ICV is cut to it.</summary>
    Mac,
    /// <summary>key, data, output; the output may be cut.</summary>
    Prf,
    /// <summary>prime, generator, subgroup (where there is one).</summary>
    ModpGroup,
    /// <summary>private, peer, shared, public (optional).</summary>
    Agreement,
    /// <summary>peer.</summary>
    PublicValue,
    /// <summary>seed, ek.</summary>
    KemKeys,
    /// <summary>ek, m, c, k.</summary>
    Encapsulation,
    /// <summary>seed, c, k.</summary>
    Decapsulation,
    /// <summary>key (SubjectPublicKeyInfo), message, signature.</summary>
    Verification,
    /// <summary>private (PKCS #8), message, signature; for deterministic algorithms.</summary>
    Signing,
    /// <summary>der.</summary>
    Identifier,
    /// <summary>key, salt, plaintext with trailer, packet.</summary>
    EspPacket,
    /// <summary>key with salt, message, inner payloads.</summary>
    IkeMessage,
    /// <summary>ni, nr, shared, new-shared, spii, spir, skeyseed, dkm, child, child-ke, rekeyed.</summary>
    Ikev2Keys,
    /// <summary>cookiei, cookier, ni, nr, shared, psk, skeyid, skeyid-d, skeyid-a, skeyid-e.</summary>
    Ikev1PresharedKeys,
    /// <summary>As above, without psk.</summary>
    Ikev1SignatureKeys,
}

/// <summary>One published vector.</summary>
/// <param name="Source">Who published it: RFC 3602, Wycheproof, ACVP.</param>
/// <param name="Section">Where in the source; a file's name for sets of files.</param>
/// <param name="Id">The source's own number or name, unique in its section.</param>
/// <param name="Algorithm">IANA's name, or <see cref="Ipsec.Crypto.SignatureAlgorithm.Name"/>.</param>
/// <param name="IsValid">False: the algorithm must refuse it.</param>
public sealed record KnownAnswer(
    string Source, string Section, string Id, string Algorithm, KnownAnswerKind Kind, bool IsValid, ImmutableDictionary<string, Octets> Fields)
{
    public bool Has(string field) => Fields.ContainsKey(field);

    /// <summary>A field's octets; empty if there is no such field.</summary>
    public byte[] this[string field] => Fields.GetValueOrDefault(field).ToArray();

    public override string ToString() => $"{Source}, {Section}, {Id}";
}
