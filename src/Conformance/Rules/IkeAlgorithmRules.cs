using Conformance.Decoding;
using Ipsec.Packets.Ike;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>Algorithms that nobody may or should negotiate any more (RFC 8247 for IKE, RFC 8221 for ESP and AH).</summary>
internal static class IkeAlgorithmRules
{
    private const TransformType Encryption = TransformType.Encryption;
    private const TransformType Integrity = TransformType.Integrity;
    private const TransformType KeyExchange = TransformType.KeyExchange;

    public static IEnumerable<Rule> All =>
    [
        Ike("001", "IKE has no DES", "RFC8247-2.1-7", Encryption, EncryptionId.DesIv64, EncryptionId.Des, EncryptionId.DesIv32),
        Ike("002", "IKE has no NULL encryption", "RFC8247-2.1-8 RFC7296-5-2", Encryption, EncryptionId.Null),
        Ike("003", "IKE has no PRF HMAC-MD5", "RFC8247-2.2-5", TransformType.PseudorandomFunction, PrfId.HmacMd5),
        Ike("004", "IKE has no integrity HMAC-MD5-96", "RFC8247-2.3-5", Integrity, IntegrityId.HmacMd5_96),
        Ike("005", "IKE has no integrity DES-MAC", "RFC8247-2.3-6", Integrity, IntegrityId.DesMac),
        Ike("006", "IKE has no integrity KPDK-MD5", "RFC8247-2.3-7", Integrity, IntegrityId.KpdkMd5),
        Ike("007", "The 768-bit MODP group is not there", "RFC8247-2.4-5", KeyExchange, KeyExchangeId.Modp768),
        Ike("008", "The 1024-bit MODP group is not used", "RFC8247-2.4-4", KeyExchange, KeyExchangeId.Modp1024),
        Ike("009", "The 1536-bit MODP group is not used", "RFC8247-2.4-3", KeyExchange, KeyExchangeId.Modp1536),
        Ike("010", "The small subgroup's group 22 is not there", "RFC8247-2.4-6", KeyExchange, KeyExchangeId.Modp1024_160),
        Ike("011", "The small subgroup's group 23 is not used", "RFC8247-2.4-7", KeyExchange, KeyExchangeId.Modp2048_224),
        Ike("012", "The small subgroup's group 24 is not used", "RFC8247-2.4-8", KeyExchange, KeyExchangeId.Modp2048_256),
        Child("013", "ESP has no DES with a 64-bit IV", "RFC8221-5-1", Encryption, EncryptionId.DesIv64),
        Child("014", "ESP has no DES", "RFC8221-5-2", Encryption, EncryptionId.Des),
        Child("015", "ESP does not use 3DES", "RFC8221-5-3", Encryption, EncryptionId.TripleDes),
        Child("016", "ESP has no Blowfish", "RFC8221-5-4", Encryption, EncryptionId.Blowfish),
        Child("017", "ESP has no 3IDEA", "RFC8221-5-5", Encryption, EncryptionId.TripleIdea),
        Child("018", "ESP has no DES with a 32-bit IV", "RFC8221-5-6", Encryption, EncryptionId.DesIv32),
        Child("019", "ESP has none of the algorithms that were never specified for it", "RFC8221-5-15", Encryption, EncryptionId.Rc5, EncryptionId.Idea, EncryptionId.Cast),
        Child("020", "ESP and AH have no HMAC-MD5-96", "RFC8221-6-4 RFC8221-6-16", Integrity, IntegrityId.HmacMd5_96),
        Child("021", "ESP and AH have no DES-MAC", "RFC8221-6-6 RFC8221-6-18", Integrity, IntegrityId.DesMac),
        Child("022", "ESP and AH have no KPDK-MD5", "RFC8221-6-7", Integrity, IntegrityId.KpdkMd5),
    ];

    private static Rule Ike(string number, string title, string covers, TransformType type, params Enum[] banned) => Ban(number, title, covers, type, banned, ofIke: true);

    private static Rule Child(string number, string title, string covers, TransformType type, params Enum[] banned) => Ban(number, title, covers, type, banned, ofIke: false);

    private static Rule Ban(string number, string title, string covers, TransformType type, Enum[] banned, bool ofIke)
    {
        var ids = banned.Select(id => Convert.ToUInt16(id)).ToHashSet();
        return Rule.Of<IkeSighting>($"RULE-IKE-ALGORITHM-{number}", title, covers, ike => Each(
            ike.All<SecurityAssociationPayload>().SelectMany(sa => sa.Proposals)
                .Where(proposal => ofIke ? proposal.Protocol == ProtocolId.Ike : proposal.Protocol is ProtocolId.Esp or ProtocolId.Ah)
                .SelectMany(proposal => proposal.OfType(type)),
            transform => That(!ids.Contains(transform.Id), "another algorithm", $"{transform}")));
    }
}
