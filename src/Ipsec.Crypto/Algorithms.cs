using System.Collections.Frozen;
using System.Security.Cryptography;
using Ipsec.Packets.Ike;
using Org.BouncyCastle.Asn1.Sec;
using Org.BouncyCastle.Crypto.Agreement;

namespace Ipsec.Crypto;

/// <summary>The registry: every algorithm this library has, by transform type and IANA number. Null for those it hasn't.</summary>
public static class Algorithms
{
    public static EncryptionAlgorithm? Encryption(EncryptionId id) => EncryptionById.GetValueOrDefault(id);

    public static IntegrityAlgorithm? Integrity(IntegrityId id) => IntegrityById.GetValueOrDefault(id);

    public static PrfAlgorithm? Prf(PrfId id) => PrfById.GetValueOrDefault(id);

    public static KeyExchangeMethod? KeyExchange(KeyExchangeId id) => KeyExchangeById.GetValueOrDefault(id);

    public static IEnumerable<EncryptionAlgorithm> AllEncryption => EncryptionById.Values.OrderBy(algorithm => algorithm.Id);

    public static IEnumerable<IntegrityAlgorithm> AllIntegrity => IntegrityById.Values.OrderBy(algorithm => algorithm.Id);

    public static IEnumerable<PrfAlgorithm> AllPrf => PrfById.Values.OrderBy(algorithm => algorithm.Id);

    public static IEnumerable<KeyExchangeMethod> AllKeyExchange => KeyExchangeById.Values.OrderBy(method => method.Id);

    private static readonly FrozenDictionary<EncryptionId, EncryptionAlgorithm> EncryptionById =
        new EncryptionAlgorithm[] { new AesCbc(), new AesGcm16() }.ToFrozenDictionary(algorithm => algorithm.Id);

    private static readonly FrozenDictionary<IntegrityId, IntegrityAlgorithm> IntegrityById = new IntegrityAlgorithm[]
    {
        new HmacIntegrity(IntegrityId.HmacSha256_128, HashAlgorithmName.SHA256, 32, 16),
        new HmacIntegrity(IntegrityId.HmacSha384_192, HashAlgorithmName.SHA384, 48, 24),
        new HmacIntegrity(IntegrityId.HmacSha512_256, HashAlgorithmName.SHA512, 64, 32),
    }.ToFrozenDictionary(algorithm => algorithm.Id);

    private static readonly FrozenDictionary<PrfId, PrfAlgorithm> PrfById = new PrfAlgorithm[]
    {
        new HmacPrf(PrfId.HmacSha256, HashAlgorithmName.SHA256, 32),
        new HmacPrf(PrfId.HmacSha384, HashAlgorithmName.SHA384, 48),
        new HmacPrf(PrfId.HmacSha512, HashAlgorithmName.SHA512, 64),
    }.ToFrozenDictionary(algorithm => algorithm.Id);

    private static readonly FrozenDictionary<KeyExchangeId, KeyExchangeMethod> KeyExchangeById = new KeyExchangeMethod[]
    {
        new ModpMethod(KeyExchangeId.Modp2048, DHStandardGroups.rfc3526_2048.P),
        new ModpMethod(KeyExchangeId.Modp3072, DHStandardGroups.rfc3526_3072.P),
        new EcpMethod(KeyExchangeId.Ecp256, SecNamedCurves.GetByOid(SecObjectIdentifiers.SecP256r1)),
        new EcpMethod(KeyExchangeId.Ecp384, SecNamedCurves.GetByOid(SecObjectIdentifiers.SecP384r1)),
        new Curve25519Method(),
    }.ToFrozenDictionary(method => method.Id);
}
