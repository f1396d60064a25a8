using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Modes;

namespace Ipsec.Crypto;

/// <summary>What BouncyCastle has.</summary>
internal static class ManagedAlgorithms
{
    private static readonly Func<IBlockCipher> Aes = AesUtilities.CreateEngine;
    private static readonly Func<IBlockCipher> Camellia = () => new CamelliaEngine();
    private static readonly AeadMode AesGcm = new ManagedAead(() => new GcmBlockCipher(Aes()));
    private static readonly AeadMode AesCcm = new ManagedAead(() => new CcmBlockCipher(Aes()));
    private static readonly AeadMode CamelliaCcm = new ManagedAead(() => new CcmBlockCipher(Camellia()));
    private static readonly AeadMode ChaCha20Poly1305 = new ManagedAead(() => new ChaCha20Poly1305());
    private static readonly MacFunction HmacMd5 = new ManagedMac(() => new HMac(new MD5Digest()));
    private static readonly MacFunction HmacSha1 = new ManagedMac(() => new HMac(new Sha1Digest()));
    private static readonly MacFunction HmacSha256 = new ManagedMac(() => new HMac(new Sha256Digest()));
    private static readonly MacFunction HmacSha384 = new ManagedMac(() => new HMac(new Sha384Digest()));
    private static readonly MacFunction HmacSha512 = new ManagedMac(() => new HMac(new Sha512Digest()));
    private static readonly MacFunction Cmac = new ManagedMac(() => new CMac(Aes()));
    private static readonly MacFunction Xcbc = new AesXcbcMac(CbcChain.Managed);

    public static CryptoProvider Provider { get; } = new(
        "BouncyCastle",
        [
            new ManagedCbc(EncryptionFacts.Des, () => new DesEngine()),
            new ManagedCbc(EncryptionFacts.TripleDes, () => new DesEdeEngine()),
            new ManagedCbc(EncryptionFacts.AesCbc, Aes),
            new CounterMode(EncryptionFacts.AesCtr, Aes),
            new AeadEncryption(EncryptionFacts.AesCcm8, AesCcm),
            new AeadEncryption(EncryptionFacts.AesCcm12, AesCcm),
            new AeadEncryption(EncryptionFacts.AesCcm16, AesCcm),
            new AeadEncryption(EncryptionFacts.AesCcm8ImplicitIv, AesCcm),
            new AeadEncryption(EncryptionFacts.AesGcm8, AesGcm),
            new AeadEncryption(EncryptionFacts.AesGcm12, AesGcm),
            new AeadEncryption(EncryptionFacts.AesGcm16, AesGcm),
            new AeadEncryption(EncryptionFacts.AesGcm16ImplicitIv, AesGcm),
            new GmacEncryption(AesGcm),
            new ManagedCbc(EncryptionFacts.CamelliaCbc, Camellia),
            new CounterMode(EncryptionFacts.CamelliaCtr, Camellia),
            new AeadEncryption(EncryptionFacts.CamelliaCcm8, CamelliaCcm),
            new AeadEncryption(EncryptionFacts.CamelliaCcm12, CamelliaCcm),
            new AeadEncryption(EncryptionFacts.CamelliaCcm16, CamelliaCcm),
            new AeadEncryption(EncryptionFacts.ChaCha20Poly1305, ChaCha20Poly1305),
            new AeadEncryption(EncryptionFacts.ChaCha20Poly1305ImplicitIv, ChaCha20Poly1305),
        ],
        [
            new MacIntegrity(IntegrityFacts.HmacMd5, HmacMd5),
            new MacIntegrity(IntegrityFacts.HmacSha1, HmacSha1),
            new MacIntegrity(IntegrityFacts.HmacSha256, HmacSha256),
            new MacIntegrity(IntegrityFacts.HmacSha384, HmacSha384),
            new MacIntegrity(IntegrityFacts.HmacSha512, HmacSha512),
            new MacIntegrity(IntegrityFacts.AesXcbc, Xcbc),
            new MacIntegrity(IntegrityFacts.AesCmac, Cmac),
            new GmacIntegrity(IntegrityFacts.Aes128Gmac),
            new GmacIntegrity(IntegrityFacts.Aes192Gmac),
            new GmacIntegrity(IntegrityFacts.Aes256Gmac),
        ],
        [
            new MacPrf(PrfFacts.HmacMd5, HmacMd5),
            new MacPrf(PrfFacts.HmacSha1, HmacSha1),
            new MacPrf(PrfFacts.HmacSha256, HmacSha256),
            new MacPrf(PrfFacts.HmacSha384, HmacSha384),
            new MacPrf(PrfFacts.HmacSha512, HmacSha512),
            new MacPrf(PrfFacts.AesXcbc, Xcbc),
            new MacPrf(PrfFacts.AesCmac, Cmac),
        ],
        [
            .. ModpGroup.All.Select(group => new ModpMethod(group, ModularPowers.Managed)),
            .. EcpGroup.All.Select(group => new EcpMethod(group, EcpArithmetic.Managed)),
            MontgomeryMethod.Curve25519,
            MontgomeryMethod.Curve448,
            .. MlKemMethod.All,
        ]);
}
