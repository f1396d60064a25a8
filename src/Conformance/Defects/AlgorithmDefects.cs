using System.Collections.Immutable;
using Conformance.Implementations;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using static Conformance.Defects.IkeFault;

namespace Conformance.Defects;

/// <summary>Stacks without algorithms that everyone should have (RFC 8221, RFC 8247).</summary>
internal static class AlgorithmDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        Ike("ike-without-chacha20", "IKE has no ChaCha20-Poly1305", "RFC8247-2.1-3", suite => suite.Encryption == (ushort)EncryptionId.ChaCha20Poly1305),
        Ike("ike-without-gcm", "IKE has no AES-GCM", "RFC8247-2.1-4", suite => suite is { Encryption: (ushort)EncryptionId.AesGcm16, KeyLength: 128 }),
        Ike("ike-without-ccm-8", "IKE has no AES-CCM with the short ICV", "RFC8247-2.1-5", suite => suite.Encryption == (ushort)EncryptionId.AesCcm8),
        Ike("prf-sha512-unknown", "The PRF HMAC-SHA2-512 is not there", "RFC8247-2.2-2", suite => suite.Prf == (ushort)PrfId.HmacSha512),
        Ike("prf-xcbc-unknown", "The PRF AES-XCBC is not there", "RFC8247-2.2-4", suite => suite.Prf == (ushort)PrfId.Aes128Xcbc),
        Ike("ike-without-integrity-sha512", "IKE has no integrity HMAC-SHA2-512-256", "RFC8247-2.3-2", suite => suite.Integrity == (ushort)IntegrityId.HmacSha512_256),
        Ike("ike-without-integrity-xcbc", "IKE has no integrity AES-XCBC-96", "RFC8247-2.3-4", suite => suite.Integrity == (ushort)IntegrityId.AesXcbc_96),
        Ike("group-19-unknown", "The 256-bit ECP group is not there", "RFC8247-2.4-2", suite => suite.KeyExchange == (ushort)KeyExchangeId.Ecp256),
        Esp("esp-without-chacha20", "ESP has no ChaCha20-Poly1305", "RFC8221-5-11", suite => suite.Encryption == (ushort)EncryptionId.ChaCha20Poly1305),
        Esp("esp-without-ccm-8", "ESP has no AES-CCM with the short ICV", "RFC8221-5-9", suite => suite.Encryption == (ushort)EncryptionId.AesCcm8),
        Esp("esp-without-integrity-sha512", "ESP has no HMAC-SHA2-512-256", "RFC8221-6-12", suite => suite.Integrity == (ushort)IntegrityId.HmacSha512_256),
        Esp("esp-without-integrity-xcbc", "ESP has no AES-XCBC-96", "RFC8221-6-8", suite => suite.Integrity == (ushort)IntegrityId.AesXcbc_96),
        Esp("esp-without-extended-numbers", "ESP has no extended sequence numbers", "RFC4303-2.2.1-1", suite => suite.ExtendedSequenceNumbers),

        Ike("optional-ike-algorithms-unknown", "IKE has no algorithms beyond those that are demanded or recommended", "RFC7296-3.3.4-5", suite => suite.KeyLength == 192
            || (EncryptionId)suite.Encryption is EncryptionId.AesCtr or EncryptionId.AesGcm12 or EncryptionId.AesCcm16 or EncryptionId.CamelliaCbc or EncryptionId.TripleDes
            || (PrfId)suite.Prf is PrfId.Aes128Cmac || (IntegrityId)suite.Integrity is IntegrityId.HmacSha384_192 or IntegrityId.AesCmac_96
            || suite.Encryption == (ushort)EncryptionId.AesCbc && (KeyExchangeId)suite.KeyExchange is not (KeyExchangeId.Modp2048 or KeyExchangeId.Ecp256)),
        Esp("optional-esp-algorithms-unknown", "ESP has no algorithms beyond those that are demanded or recommended", "RFC7296-3.3.4-5", suite => suite.KeyLength == 192
            || (EncryptionId)suite.Encryption is EncryptionId.AesCtr or EncryptionId.AesGcm12 or EncryptionId.AesCcm16 or EncryptionId.CamelliaCbc or EncryptionId.NullAuthAesGmac
            || (IntegrityId)suite.Integrity is IntegrityId.HmacSha384_192 or IntegrityId.AesCmac_96 || suite is { ExtendedSequenceNumbers: true, Encryption: (ushort)EncryptionId.AesCbc }),

        // Signatures that are not understood.
        Reading("ecdsa-p256-unknown", "ECDSA with SHA-256 on P-256 is not understood", "RFC8247-3.1-4", WithoutMethod(AuthenticationMethod.EcdsaWithSha256)),
        Reading("ecdsa-p384-unknown", "ECDSA with SHA-384 on P-384 is not understood", "RFC8247-3.1-5", WithoutMethod(AuthenticationMethod.EcdsaWithSha384)),
        Reading("ecdsa-p521-unknown", "ECDSA with SHA-512 on P-521 is not understood", "RFC8247-3.1-6", WithoutMethod(AuthenticationMethod.EcdsaWithSha512)),
        Reading("digital-signature-unknown", "The method Digital Signature is not understood", "RFC8247-3.1-7", WithoutMethod(AuthenticationMethod.DigitalSignature)),
        Reading("long-rsa-keys-unknown", "Signatures of more than 256 octets are not understood", "RFC8247-3.1.1-2", Spoilt(data => data.Length >= 384)),
        Reading("rsa-with-sha-512-unknown", "RSASSA-PSS with SHA2-512 is not understood", "RFC8247-3.2-4", Spoilt(Names("RSASSA-PSS-SHA2-512"))),
        Reading("ecdsa-with-sha-256-unknown", "ecdsa-with-sha256 is not understood", "RFC8247-3.2-7", Spoilt(Names("ECDSA-SHA2-256"))),
    ];

    /// <summary>What it has instead of the suite is none that the tester was told of.</summary>
    private static Defect Ike(string name, string effect, string requirement, Predicate<IkeSuite> lacking) => new(name, effect, requirement)
    {
        MisreadPolicy = policy => policy with { IkeSuites = [.. policy.IkeSuites.Select(suite => lacking(suite) ? IkeSuite.Aes256CbcSha384Ecp384 : suite)] },
    };

    private static Defect Esp(string name, string effect, string requirement, Predicate<EspSuite> lacking) => new(name, effect, requirement)
    {
        MisreadPolicy = policy => policy with { EspSuites = [.. policy.EspSuites.Select(suite => lacking(suite) ? EspSuite.Aes256CbcSha384 : suite)] },
    };

    private static Func<Payload, Payload> WithoutMethod(AuthenticationMethod method) => payload =>
        payload is AuthenticationPayload proof && proof.Method == method ? proof with { Method = (AuthenticationMethod)201 } : payload;

    /// <summary>What is not understood is as good as a signature that does not verify.</summary>
    private static Func<Payload, Payload> Spoilt(Predicate<Octets> which) => payload =>
        payload is AuthenticationPayload proof && which(proof.Data) ? proof with { Data = new Octets([.. proof.Data.Span[..^1], (byte)(proof.Data[proof.Data.Length - 1] ^ 1)]) } : payload;

    private static Predicate<Octets> Names(string algorithm)
    {
        var identifier = Ipsec.Crypto.SignatureAlgorithm.All.Single(one => one.Name == algorithm).Identifier;
        return data => data.Length > 1 + identifier.Length && data.Span[1..(1 + identifier.Length)].SequenceEqual(identifier.Span);
    }
}
