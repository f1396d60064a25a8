using Conformance.Decoding;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>Proposals and the choice among them (RFC 7296 sections 2.7 and 3.3).</summary>
internal static class IkeProposalRules
{
    public static IEnumerable<Rule> All =>
    [
        Offer("001", "The first proposal has number one", "RFC7296-3.3-6", (_, sa) =>
            That(sa.Proposals[0].Number == 1, "number 1", $"{sa.Proposals[0].Number}")),
        Offer("002", "Proposal numbers go up by one", "RFC7296-3.3-5 RFC7296-3.3.1-2", (_, sa) => Each(sa.Proposals.Zip(sa.Proposals.Skip(1)), pair =>
            That(pair.Second.Number == pair.First.Number + 1, $"number {pair.First.Number + 1}", $"{pair.Second.Number}"))),
        Offer("003", "The first negotiation of an IKE SA has no SPI in its proposals", "RFC7296-3.3.1-4", (ike, sa) => ike.Is(ExchangeType.IkeSaInit)
            ? Each(sa.Proposals, proposal => That(proposal.Spi.IsEmpty, "SPI size 0", $"{proposal.Spi.Length}"))
            : NotExercised),
        Choice("004", "One proposal is chosen", "RFC7296-2.7-3 RFC7296-3.3.6-2", (_, sa, _) => That(sa.Proposals.Length == 1, "one proposal", $"{sa.Proposals.Length}")),
        Choice("005", "The accepted proposal has a number that was offered", "RFC7296-3.3.1-3", (_, sa, offer) => Each(sa.Proposals, chosen =>
            That(offer.Proposals.Any(proposal => proposal.Number == chosen.Number), "the number of an offer", $"{chosen.Number}"))),
        Choice("006", "The answer has the protocol of the proposal that it accepts", "RFC7296-2.7-2", (_, sa, offer) => Accepted(sa, offer, (chosen, offered) =>
            That(chosen.Protocol == offered.Protocol, $"{offered.Protocol}", $"{chosen.Protocol}"))),
        Choice("007", "There is one transform of each type of the accepted proposal", "RFC7296-2.7-4 RFC7296-3.3.6-1", (_, sa, offer) => Accepted(sa, offer, (chosen, offered) =>
        {
            TransformType[] types = [.. offered.Transforms.Where(transform => transform.Id != 0 || transform.Type == TransformType.SequenceNumbers).Select(transform => transform.Type).Distinct().Order()];
            TransformType[] answered = [.. chosen.Transforms.Where(transform => transform.Id != 0 || transform.Type == TransformType.SequenceNumbers).Select(transform => transform.Type).Order()];
            var optional = offered.Transforms.Where(transform => transform.Id == 0).Select(transform => transform.Type).ToHashSet();
            return That(
                answered.Distinct().Count() == answered.Length && types.All(type => answered.Contains(type) || optional.Contains(type)), $"one each of {string.Join(' ', types)}",
                $"{string.Join(' ', answered)}");
        })),
        Choice("008", "Transforms that are chosen come back with the attributes that were offered", "RFC7296-3.3.6-3 RFC7296-2.7-1", (_, sa, offer) => Accepted(sa, offer, (chosen, offered) =>
            Each(chosen.Transforms, transform => transform.Id == 0
                ? NotExercised
                : That(offered.Transforms.Any(transform.Matches), "a transform of the offer", $"{transform}")))),
        Transforms("009", "No transform has two attributes of a type", "RFC7296-3.3-9 RFC7296-3.3-10", (_, transform) => transform.Attributes.Length > 0
            ? That(transform.Attributes.DistinctBy(attribute => attribute.Type).Count() == transform.Attributes.Length, "an attribute of each type", $"{transform}")
            : NotExercised),
        Transforms("010", "Key Length is not encoded as an attribute of variable length", "RFC7296-3.3.5-1", (_, transform) =>
            Each(transform.Attributes, attribute => attribute.Type == TransformAttribute.KeyLengthType ? That(attribute.IsShort, "AF set", "AF clear") : NotExercised)),
        Transforms("023", "An attribute of variable length is not encoded as one of two octets", "RFC7296-3.3.5-2", (_, transform) =>
            Each(transform.Attributes, attribute => attribute.Type == TransformAttribute.SignatureAlgorithmIdentifierType ? That(!attribute.IsShort, "AF clear", "AF set") : NotExercised)),
        Transforms("011", "An algorithm with keys of any size is negotiated with a size", "RFC7296-2.13-1", (_, transform) => HasKeySizes(transform) is true
            ? That(HasKeyLength(transform), "a Key Length attribute", $"{transform}")
            : NotExercised),
        Transforms("012", "Key Length is not used with keys of fixed length", "RFC7296-3.3.5-4", (_, transform) => HasKeySizes(transform) is false
            ? That(!HasKeyLength(transform), "no Key Length attribute", $"{transform}")
            : NotExercised),
        Transforms("013", "Key Length is in bits", "RFC7296-3.3.5-3", (_, transform) => HasKeySizes(transform) is true && transform.KeyLength is { } bits
            ? That(Algorithms.Encryption((EncryptionId)transform.Id)!.KeyLengths.Contains(bits), "128, 192 or 256 bits", $"{bits}")
            : NotExercised),
        Proposals("014", "Combined ciphers come without integrity algorithm, or with NONE alone", "RFC7296-3.3-7 RFC8221-6-2", proposal =>
            Ciphers(proposal) is { Length: > 0 } ciphers && ciphers.All(cipher => IsCombined(cipher) is true)
                ? That(proposal.OfType(TransformType.Integrity).All(transform => transform.Id == 0), "no integrity but NONE", $"{string.Join(' ', proposal.OfType(TransformType.Integrity))}")
                : NotExercised),
        Proposals("015", "A combined cipher is not mixed with others in one proposal", "RFC7296-3.3-7", proposal =>
            Ciphers(proposal) is { Length: > 1 } ciphers && ciphers.All(cipher => IsCombined(cipher) is not null)
                ? That(ciphers.Select(IsCombined).Distinct().Count() == 1, "combined ciphers alone, or others alone", $"{string.Join(' ', ciphers)}")
                : NotExercised),
        Proposals("016", "IKE ciphers that don't authenticate go with an integrity algorithm", "RFC8247-2.1-1", proposal =>
            proposal.Protocol == ProtocolId.Ike && Ciphers(proposal).Any(cipher => IsCombined(cipher) is false)
                ? That(proposal.OfType(TransformType.Integrity).Any(transform => transform.Id != 0), "an integrity algorithm", "none")
                : NotExercised),
        Proposals("017", "ESP ciphers that don't authenticate go with an integrity algorithm", "RFC8221-6-1 RFC8221-6-3 RFC8221-4-1 RFC4301-3.2-3", proposal =>
            proposal.Protocol == ProtocolId.Esp && Ciphers(proposal).Any(cipher => IsCombined(cipher) is false && cipher != EncryptionId.Null)
                ? That(proposal.OfType(TransformType.Integrity).Any(transform => transform.Id != 0), "an integrity algorithm", "none")
                : NotExercised),
        Proposals("018", "Encryption and integrity are not both NULL", "RFC4303-3.2-2 RFC4303-5-6 RFC4301-4.2-1", proposal =>
            proposal.Protocol == ProtocolId.Esp && Ciphers(proposal).Contains(EncryptionId.Null)
                ? That(proposal.OfType(TransformType.Integrity).Any() && proposal.OfType(TransformType.Integrity).All(transform => transform.Id != 0), "an integrity algorithm", "NONE")
                : NotExercised),
        Proposals("019", "A transform with the value NONE is left out", "RFC7296-1.2-6", proposal =>
            Each(new[] { TransformType.KeyExchange, TransformType.Integrity }, type =>
                proposal.OfType(type).ToArray() is { Length: > 0 } transforms
                    ? That(transforms.Length > 1 || transforms[0].Id != 0, $"no {type} at all", "NONE alone")
                    : NotExercised)),
        Transforms("020", "Integrity NONE is not negotiated for IKE without a combined cipher", "RFC7296-5-2", (proposal, transform) =>
            proposal.Protocol == ProtocolId.Ike && transform.Type == TransformType.Integrity && Ciphers(proposal).Any(cipher => IsCombined(cipher) is false)
                ? That(transform.Id != 0, "an integrity algorithm", "NONE")
                : NotExercised),
        Transforms("021", "AES-CCM with the short ICV has 128-bit keys", "RFC8247-2.1-10", (proposal, transform) =>
            proposal.Protocol == ProtocolId.Ike && transform is { Type: TransformType.Encryption, Id: (ushort)EncryptionId.AesCcm8 }
                ? That(transform.KeyLength == 128, "128 bits", $"{transform.KeyLength}")
                : NotExercised),
        Transforms("022", "Transform ids are none that the registry leaves unspecified", "RFC7296-3-1", (_, transform) => transform.Type switch
        {
            TransformType.Encryption => That(Enum.IsDefined((EncryptionId)transform.Id), "an assigned encryption", $"{transform.Id}"),
            TransformType.PseudorandomFunction => That(Enum.IsDefined((PrfId)transform.Id), "an assigned PRF", $"{transform.Id}"),
            TransformType.Integrity => That(Enum.IsDefined((IntegrityId)transform.Id), "an assigned integrity algorithm", $"{transform.Id}"),
            TransformType.KeyExchange => That(Enum.IsDefined((KeyExchangeId)transform.Id), "an assigned group", $"{transform.Id}"),
            _ => NotExercised,
        }),
    ];

    private static Rule Offer(string number, string title, string covers, Func<IkeSighting, SecurityAssociationPayload, Judgement> judge) =>
        Of(number, title, covers, (ike, sa) => ike.IsResponse ? NotExercised : judge(ike, sa));

    private static Rule Choice(
        string number, string title, string covers, Func<IkeSighting, SecurityAssociationPayload, SecurityAssociationPayload, Judgement> judge) =>
        Of(number, title, covers, (ike, sa) => ike.IsResponse && ike.Request?.Find<SecurityAssociationPayload>() is { } offer ? judge(ike, sa, offer) : NotExercised);

    private static Rule Proposals(string number, string title, string covers, Func<Proposal, Judgement> judge) =>
        Of(number, title, covers, (_, sa) => Each(sa.Proposals, judge));

    private static Rule Transforms(string number, string title, string covers, Func<Proposal, Transform, Judgement> judge) =>
        Of(number, title, covers, (_, sa) => Each(sa.Proposals, proposal => Each(proposal.Transforms, transform => judge(proposal, transform))));

    private static Rule Of(string number, string title, string covers, Func<IkeSighting, SecurityAssociationPayload, Judgement> judge) =>
        Rule.Of<IkeSighting>($"RULE-IKE-PROPOSAL-{number}", title, covers, ike =>
            ike.Find<SecurityAssociationPayload>() is { Proposals.IsEmpty: false } sa ? judge(ike, sa) : NotExercised);

    private static Judgement Accepted(SecurityAssociationPayload sa, SecurityAssociationPayload offer, Func<Proposal, Proposal, Judgement> judge) =>
        Each(sa.Proposals, chosen => offer.Proposals.FirstOrDefault(proposal => proposal.Number == chosen.Number) is { } offered ? judge(chosen, offered) : NotExercised);

    private static EncryptionId[] Ciphers(Proposal proposal) => [.. proposal.OfType(TransformType.Encryption).Select(transform => (EncryptionId)transform.Id)];

    /// <summary>Null for algorithms that are not known here.</summary>
    private static bool? IsCombined(EncryptionId id) => id == EncryptionId.Null ? false : Algorithms.Encryption(id)?.IsAead;

    private static bool? HasKeySizes(Transform transform) =>
        transform.Type == TransformType.Encryption ? Algorithms.Encryption((EncryptionId)transform.Id)?.HasVariableKeyLength : null;

    private static bool HasKeyLength(Transform transform) => transform.Attributes.Any(attribute => attribute.Type == TransformAttribute.KeyLengthType);
}
