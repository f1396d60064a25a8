using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>What .NET has.</summary>
internal static class PlatformAlgorithms
{
    private static readonly MacFunction HmacMd5 = new PlatformHmac(HashAlgorithmName.MD5);
    private static readonly MacFunction HmacSha1 = new PlatformHmac(HashAlgorithmName.SHA1);
    private static readonly MacFunction HmacSha256 = new PlatformHmac(HashAlgorithmName.SHA256);
    private static readonly MacFunction HmacSha384 = new PlatformHmac(HashAlgorithmName.SHA384);
    private static readonly MacFunction HmacSha512 = new PlatformHmac(HashAlgorithmName.SHA512);
    private static readonly MacFunction Xcbc = new AesXcbcMac(CbcChain.OfPlatform);

    public static CryptoProvider Provider { get; } = new(
        ".NET",
        [
            new NullEncryption(),
            new PlatformCbc(EncryptionFacts.AesCbc, Aes.Create),
            new AeadEncryption(EncryptionFacts.AesCcm8, PlatformAead.AesCcm),
            new AeadEncryption(EncryptionFacts.AesCcm12, PlatformAead.AesCcm),
            new AeadEncryption(EncryptionFacts.AesCcm16, PlatformAead.AesCcm),
            new AeadEncryption(EncryptionFacts.AesCcm8ImplicitIv, PlatformAead.AesCcm),
            // Not AES-GCM-8: the platform wants 12 octets of tag at least.
            new AeadEncryption(EncryptionFacts.AesGcm12, PlatformAead.AesGcm),
            new AeadEncryption(EncryptionFacts.AesGcm16, PlatformAead.AesGcm),
            new AeadEncryption(EncryptionFacts.AesGcm16ImplicitIv, PlatformAead.AesGcm),
            new GmacEncryption(PlatformAead.AesGcm),
            new AeadEncryption(EncryptionFacts.ChaCha20Poly1305, PlatformAead.ChaCha20Poly1305),
            new AeadEncryption(EncryptionFacts.ChaCha20Poly1305ImplicitIv, PlatformAead.ChaCha20Poly1305),
        ],
        [
            new MacIntegrity(IntegrityFacts.HmacMd5, HmacMd5),
            new MacIntegrity(IntegrityFacts.HmacSha1, HmacSha1),
            new MacIntegrity(IntegrityFacts.HmacSha256, HmacSha256),
            new MacIntegrity(IntegrityFacts.HmacSha384, HmacSha384),
            new MacIntegrity(IntegrityFacts.HmacSha512, HmacSha512),
            new MacIntegrity(IntegrityFacts.AesXcbc, Xcbc),
        ],
        [
            new MacPrf(PrfFacts.HmacMd5, HmacMd5),
            new MacPrf(PrfFacts.HmacSha1, HmacSha1),
            new MacPrf(PrfFacts.HmacSha256, HmacSha256),
            new MacPrf(PrfFacts.HmacSha384, HmacSha384),
            new MacPrf(PrfFacts.HmacSha512, HmacSha512),
            new MacPrf(PrfFacts.AesXcbc, Xcbc),
        ],
        [
            .. EcpGroup.All.Where(group => Curve(group.Facts.Id) is not null)
                .Select(group => new EcpMethod(group, EcpArithmetic.OfPlatform(Curve(group.Facts.Id)!.Value))),
        ]);

    public static CryptoProvider SecondChoice { get; } = new(
        ".NET (second choice)",
        [new PlatformCbc(EncryptionFacts.Des, DES.Create), new PlatformCbc(EncryptionFacts.TripleDes, TripleDES.Create)],
        [], [],
        [.. ModpGroup.All.Select(group => new ModpMethod(group, ModularPowers.OfPlatform))]);

    /// <summary>The curves that every platform has; Brainpool depends on how its OpenSSL was built.</summary>
    private static ECCurve? Curve(KeyExchangeId id) => id switch
    {
        KeyExchangeId.Ecp256 => ECCurve.NamedCurves.nistP256,
        KeyExchangeId.Ecp384 => ECCurve.NamedCurves.nistP384,
        KeyExchangeId.Ecp521 => ECCurve.NamedCurves.nistP521,
        _ => null,
    };
}
