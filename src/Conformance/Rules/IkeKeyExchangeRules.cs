using Conformance.Decoding;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>Key exchange data and nonces (RFC 7296 sections 2.10, 3.4 and 3.9).</summary>
internal static class IkeKeyExchangeRules
{
    public static IEnumerable<Rule> All =>
    [
        Message("KEY-EXCHANGE-001", "A MODP public value is as long as the prime", "RFC7296-3.4-1", ike => Each(ike.All<KeyExchangePayload>(), exchange =>
            PrimeLength(exchange.Method) is { } length ? That(exchange.Data.Length == length, $"{length} octets", $"{exchange.Data.Length}") : NotExercised)),
        Message("KEY-EXCHANGE-002", "The group of KE is one of the proposals in the same message", "RFC7296-3.4-2", ike =>
            Groups(ike) is { Length: > 0 } groups
                ? Each(ike.All<KeyExchangePayload>(), exchange => That(groups.Contains((ushort)exchange.Method), "a group of the proposals", $"{exchange.Method}"))
                : NotExercised),
        Message("KEY-EXCHANGE-003", "Without a group in the proposals a request has no KE", "RFC7296-3.4-3", ike =>
            !ike.IsResponse && ike.Is(ExchangeType.CreateChildSa) && Groups(ike) is [] ? That(ike.Find<KeyExchangePayload>() is null, "no KE", "KE") : NotExercised),
        Message("KEY-EXCHANGE-004", "Where no group is chosen KE is left out of the answer", "RFC7296-3.3.6-9", ike =>
            ike.IsResponse && ike.Is(ExchangeType.CreateChildSa) && Groups(ike) is [] ? That(ike.Find<KeyExchangePayload>() is null, "no KE", "KE") : NotExercised),
        Message("KEY-EXCHANGE-005", "A rekey of the IKE SA has KE", "RFC7296-1.3.2-1 RFC7296-2.18-1", ike => IsIkeRekey(ike)
            ? That(ike.Find<KeyExchangePayload>() is not null, "KE", "none")
            : NotExercised),
        Message("KEY-EXCHANGE-006", "A rekey of the IKE SA neither offers nor accepts the group NONE", "RFC7296-2.18-2", ike => IsIkeRekey(ike)
            ? Each(ike.Find<SecurityAssociationPayload>()!.Proposals, proposal =>
                That(proposal.OfType(TransformType.KeyExchange).All(transform => transform.Id != 0), "a group", "NONE"))
            : NotExercised),
        Message("KEY-EXCHANGE-007", "A rekey of the IKE SA has a public value that was not there before", "RFC7296-2.18-1", ike => IsIkeRekey(ike) && ike.Find<KeyExchangePayload>() is not null
            ? That(!ike.PublicValueIsReused, "a new public value", "one of an earlier exchange")
            : NotExercised),
        Message("KEY-EXCHANGE-008", "Where a group is negotiated for the answer there is KE", "RFC7296-3.4-4", ike =>
            ike.IsResponse && ike.Find<SecurityAssociationPayload>() is not null && !ike.Is(ExchangeType.IkeAuth) && Groups(ike) is { Length: > 0 }
                ? That(ike.Find<KeyExchangePayload>() is not null, "KE of the chosen group", "none")
                : NotExercised),
        Message("KEY-EXCHANGE-009", "After a hint at another group KE is of that one", "RFC7296-1.2-4 RFC7296-3.3.6-7", ike =>
            // What is sent again can have left before the hint came.
            ike is { IsResponse: false, IsRepeat: false } && ike.Is(ExchangeType.IkeSaInit) && ike.History?.AskedForGroup is { } hint && hint.Frame < ike.Frame && hint.Offered.Contains(hint.Group)
                ? Each(ike.All<KeyExchangePayload>(), exchange => That((ushort)exchange.Method == hint.Group, $"{(KeyExchangeId)hint.Group}", $"{exchange.Method}"))
                : NotExercised),
        Message("KEY-EXCHANGE-010", "The second try offers all suites again", "RFC7296-1.2-5 RFC7296-3.3.6-8", ike =>
            !ike.IsResponse && ike.Is(ExchangeType.IkeSaInit) && ike.History?.AskedForGroup is { } hint && hint.Frame < ike.Frame
            && hint.Request.Find<SecurityAssociationPayload>() is { } before && ike.Find<SecurityAssociationPayload>() is { } after
                ? That(
                    before.Proposals.SelectMany(proposal => proposal.Transforms).All(old => after.Proposals.Any(proposal => proposal.Transforms.Any(old.Matches))),
                    $"every transform of frame {hint.Request.Frame}", "fewer")
                : NotExercised),
        Message("NONCE-001", "Nonces have 16 to 256 octets", "RFC7296-3.9-1", ike => Each(ike.All<NoncePayload>(), nonce =>
            That(nonce.Nonce.Length is >= 16 and <= 256, "16 to 256 octets", $"{nonce.Nonce.Length}"))),
        Message("NONCE-002", "No nonce is used twice", "RFC7296-3.9-2", ike => ike.Find<NoncePayload>() is not null
            ? That(!ike.NonceIsReused, "a new nonce", "one of an earlier exchange")
            : NotExercised),
        Message("NONCE-003", "A nonce has at least half the key size of the PRF", "RFC7296-2.10-1", Nonce),
    ];

    private static Rule Message(string number, string title, string covers, Func<IkeSighting, Judgement> judge) =>
        Rule.Of<IkeSighting>($"RULE-IKE-{number}", title, covers, judge);

    private static int? PrimeLength(KeyExchangeId group) => group switch
    {
        KeyExchangeId.Modp768 => 96,
        KeyExchangeId.Modp1024 or KeyExchangeId.Modp1024_160 => 128,
        KeyExchangeId.Modp1536 => 192,
        KeyExchangeId.Modp2048 or KeyExchangeId.Modp2048_224 or KeyExchangeId.Modp2048_256 => 256,
        KeyExchangeId.Modp3072 => 384,
        KeyExchangeId.Modp4096 => 512,
        KeyExchangeId.Modp6144 => 768,
        KeyExchangeId.Modp8192 => 1024,
        _ => null,
    };

    /// <summary>Groups other than NONE in the proposals; null without proposals.</summary>
    private static ushort[]? Groups(IkeSighting ike) => ike.Find<SecurityAssociationPayload>() is { } association
        ? [.. association.Proposals.SelectMany(proposal => proposal.OfType(TransformType.KeyExchange)).Select(transform => transform.Id).Where(group => group != 0)]
        : null;

    private static bool IsIkeRekey(IkeSighting ike) => ike.Is(ExchangeType.CreateChildSa)
        && ike.Find<SecurityAssociationPayload>() is { } association && association.Proposals.All(proposal => proposal.Protocol == ProtocolId.Ike);

    private static Judgement Nonce(IkeSighting ike)
    {
        if (!ike.Is(ExchangeType.IkeSaInit) || ike.Find<NoncePayload>() is not { } nonce || ike.Find<SecurityAssociationPayload>() is not { } association)
            return NotExercised;
        int[] lengths =
        [
            .. association.Proposals.SelectMany(proposal => proposal.OfType(TransformType.PseudorandomFunction))
                .Select(transform => Algorithms.Prf((PrfId)transform.Id)?.KeyLength ?? 0),
        ];
        return lengths.Length == 0 ? NotExercised : That(nonce.Nonce.Length * 2 >= lengths.Max(), $"at least {lengths.Max() / 2} octets", $"{nonce.Nonce.Length}");
    }
}
