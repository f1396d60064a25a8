using Ipsec.Packets.Ike;

namespace Conformance.KnownAnswers.Published;

/// <summary>What NIST and Wycheproof call things, and what IANA calls them.</summary>
internal static class PublishedNames
{
    /// <summary>PRF and integrity algorithm over an HMAC, with the latter's lengths of key and ICV in octets.</summary>
    public static (string Prf, string Integrity, int Key, int Icv)? Hmac(string hash) => Hash(hash) switch
    {
        HashAlgorithmId.Sha1 => ("PRF_HMAC_SHA1", "AUTH_HMAC_SHA1_96", 20, 12),
        HashAlgorithmId.Sha2256 => ("PRF_HMAC_SHA2_256", "AUTH_HMAC_SHA2_256_128", 32, 16),
        HashAlgorithmId.Sha2384 => ("PRF_HMAC_SHA2_384", "AUTH_HMAC_SHA2_384_192", 48, 24),
        HashAlgorithmId.Sha2512 => ("PRF_HMAC_SHA2_512", "AUTH_HMAC_SHA2_512_256", 64, 32),
        _ => null,
    };

    /// <summary>From SHA-256, SHA2-256, SHA256 alike.</summary>
    public static HashAlgorithmId? Hash(string name) => name.Replace("-", "", StringComparison.Ordinal).ToUpperInvariant() switch
    {
        "SHA1" => HashAlgorithmId.Sha1,
        "SHA256" or "SHA2256" => HashAlgorithmId.Sha2256,
        "SHA384" or "SHA2384" => HashAlgorithmId.Sha2384,
        "SHA512" or "SHA2512" => HashAlgorithmId.Sha2512,
        _ => null,
    };

    /// <summary>The hash in the names of signature algorithms, and its length in octets.</summary>
    public static (string Name, int Length) Described(HashAlgorithmId hash) => hash switch
    {
        HashAlgorithmId.Sha1 => ("SHA1", 20),
        HashAlgorithmId.Sha2256 => ("SHA2-256", 32),
        HashAlgorithmId.Sha2384 => ("SHA2-384", 48),
        _ => ("SHA2-512", 64),
    };

    /// <summary>The group on a curve, and the octets of one coordinate; null for a curve that IKE has no number for.</summary>
    public static (string Group, int Field)? Curve(string name) => name switch
    {
        "P-192" or "secp192r1" => ("ECP-192", 24),
        "P-224" or "secp224r1" => ("ECP-224", 28),
        "P-256" or "secp256r1" => ("ECP-256", 32),
        "P-384" or "secp384r1" => ("ECP-384", 48),
        "P-521" or "secp521r1" => ("ECP-521", 66),
        "brainpoolP224r1" => ("brainpoolP224r1", 28),
        "brainpoolP256r1" => ("brainpoolP256r1", 32),
        "brainpoolP384r1" => ("brainpoolP384r1", 48),
        "brainpoolP512r1" => ("brainpoolP512r1", 64),
        _ => null,
    };

    /// <summary>SubjectPublicKeyInfo of an RSA key around its RSAPublicKey, DER.</summary>
    public static byte[] RsaKey(ReadOnlySpan<byte> rsaPublicKey)
    {
        byte[] identifier = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
        return Der(0x30, [.. identifier, .. Der(0x03, [0, .. rsaPublicKey])]);
    }

    /// <summary>RSAPublicKey of modulus and exponent, DER.</summary>
    public static byte[] RsaPublicKey(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent) =>
        Der(0x30, [.. Integer(modulus), .. Integer(exponent)]);

    private static byte[] Integer(ReadOnlySpan<byte> value)
    {
        var significant = value.TrimStart((byte)0);
        return Der(0x02, significant.IsEmpty || significant[0] >= 0x80 ? [0, .. significant] : significant.ToArray());
    }

    private static byte[] Der(byte tag, byte[] content) => content.Length switch
    {
        < 0x80 => [tag, (byte)content.Length, .. content],
        < 0x100 => [tag, 0x81, (byte)content.Length, .. content],
        _ => [tag, 0x82, (byte)(content.Length >> 8), (byte)content.Length, .. content],
    };
}
