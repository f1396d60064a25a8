using System.Collections.Frozen;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>
/// The registry: every algorithm this library has, by transform type and IANA number, each from the provider preferred for it. Null for those it hasn't.
/// </summary>
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

    public static IReadOnlyList<SignatureAlgorithm> AllSignatures => SignatureAlgorithm.All;

    private static readonly FrozenDictionary<EncryptionId, EncryptionAlgorithm> EncryptionById =
        Preferred(provider => provider.Encryption, algorithm => algorithm.Id);

    private static readonly FrozenDictionary<IntegrityId, IntegrityAlgorithm> IntegrityById =
        Preferred(provider => provider.Integrity, algorithm => algorithm.Id);

    private static readonly FrozenDictionary<PrfId, PrfAlgorithm> PrfById = Preferred(provider => provider.Prf, algorithm => algorithm.Id);

    private static readonly FrozenDictionary<KeyExchangeId, KeyExchangeMethod> KeyExchangeById =
        Preferred(provider => provider.KeyExchange, method => method.Id);

    private static FrozenDictionary<TId, T> Preferred<TId, T>(Func<CryptoProvider, IEnumerable<T>> list, Func<T, TId> id)
        where TId : notnull =>
        CryptoProvider.InOrderOfPreference.SelectMany(list).DistinctBy(id).ToFrozenDictionary(id);
}
