using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Dataplane;

/// <summary>The algorithms of the matrix, with the words for them in scenario ids.</summary>
internal static class MatrixAlgorithms
{
    public static ImmutableArray<EncryptionId> Ciphers { get; } =
    [
        EncryptionId.AesCbc, EncryptionId.AesCtr, EncryptionId.TripleDes, EncryptionId.CamelliaCbc, EncryptionId.Null,
        EncryptionId.AesGcm8, EncryptionId.AesGcm12, EncryptionId.AesGcm16, EncryptionId.AesCcm8, EncryptionId.AesCcm12, EncryptionId.AesCcm16,
        EncryptionId.NullAuthAesGmac, EncryptionId.ChaCha20Poly1305,
    ];

    public static ImmutableArray<IntegrityId> Integrities { get; } =
    [
        IntegrityId.HmacMd5_96, IntegrityId.HmacSha1_96, IntegrityId.HmacSha256_128, IntegrityId.HmacSha384_192, IntegrityId.HmacSha512_256,
        IntegrityId.AesXcbc_96, IntegrityId.AesCmac_96,
    ];

    /// <summary>With an IV that is not sent (RFC 8750).</summary>
    public static ImmutableArray<EncryptionId> ImplicitIvCiphers { get; } = [EncryptionId.AesCcm8Iiv, EncryptionId.AesGcm16Iiv, EncryptionId.ChaCha20Poly1305Iiv];

    /// <summary>Of AH alone (RFC 4543): in ESP they are a combined mode cipher.</summary>
    public static ImmutableArray<IntegrityId> Gmacs { get; } = [IntegrityId.Aes128Gmac, IntegrityId.Aes192Gmac, IntegrityId.Aes256Gmac];

    public static bool IsCombined(EncryptionId cipher) => Algorithms.Encryption(cipher)!.IcvLength > 0;

    /// <summary>Bits, shortest first; at most three.</summary>
    public static IReadOnlyList<int> KeyLengths(EncryptionId cipher) => Algorithms.Encryption(cipher)!.KeyLengths;

    public static int KeyOctets(IntegrityId integrity) => Algorithms.Integrity(integrity)!.KeyLength;

    public static string Word(EncryptionId cipher) => cipher switch
    {
        EncryptionId.AesCbc => "CBC",
        EncryptionId.AesCtr => "CTR",
        EncryptionId.TripleDes => "3DES",
        EncryptionId.CamelliaCbc => "CAMELLIA",
        EncryptionId.Null => "NULL",
        EncryptionId.AesGcm8 => "GCM8",
        EncryptionId.AesGcm12 => "GCM12",
        EncryptionId.AesGcm16 => "GCM16",
        EncryptionId.AesCcm8 => "CCM8",
        EncryptionId.AesCcm12 => "CCM12",
        EncryptionId.AesCcm16 => "CCM16",
        EncryptionId.NullAuthAesGmac => "GMAC",
        EncryptionId.ChaCha20Poly1305 => "CHACHA20",
        EncryptionId.AesCcm8Iiv => "CCM8IIV",
        EncryptionId.AesGcm16Iiv => "GCM16IIV",
        EncryptionId.ChaCha20Poly1305Iiv => "CHACHA20IIV",
        _ => throw new ArgumentOutOfRangeException(nameof(cipher), cipher, "no word for it"),
    };

    public static string Word(IntegrityId integrity) => integrity switch
    {
        IntegrityId.HmacMd5_96 => "MD5",
        IntegrityId.HmacSha1_96 => "SHA1",
        IntegrityId.HmacSha256_128 => "SHA256",
        IntegrityId.HmacSha384_192 => "SHA384",
        IntegrityId.HmacSha512_256 => "SHA512",
        IntegrityId.AesXcbc_96 => "XCBC",
        IntegrityId.AesCmac_96 => "CMAC",
        IntegrityId.Aes128Gmac => "GMAC128",
        IntegrityId.Aes192Gmac => "GMAC192",
        IntegrityId.Aes256Gmac => "GMAC256",
        _ => throw new ArgumentOutOfRangeException(nameof(integrity), integrity, "no word for it"),
    };
}
