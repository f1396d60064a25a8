using Conformance.Decoding;
using Ipsec.Packets.Ike;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>Fragments of IKE messages (RFC 7383 section 2.5).</summary>
internal static class IkeFragmentRules
{
    public static IEnumerable<Rule> All =>
    [
        Fragment("001", "Nothing follows the Encrypted Fragment payload", "RFC7383-2.5-1", (ike, _) => That(ike.ChainError is null, "the Encrypted Fragment payload last", $"{ike.ChainError}")),
        Fragment("002", "The first fragment names the first payload inside", "RFC7383-2.5-2", (_, fragment) => fragment.Number == 1
            ? That(fragment.FirstInner != PayloadType.None, "a payload type", "0")
            : NotExercised),
        Fragment("003", "Later fragments name no payload", "RFC7383-2.5-3", (_, fragment) => fragment.Number > 1
            ? That(fragment.FirstInner == PayloadType.None, "0", $"{(byte)fragment.FirstInner}")
            : NotExercised),
        Fragment("004", "A fragment's number is at most the total", "RFC7383-2.5-4", (_, fragment) => fragment.Total > 0
            ? That(fragment.Number <= fragment.Total, $"at most {fragment.Total}", $"{fragment.Number}")
            : NotExercised),
        Fragment("005", "Fragment numbers start at 1", "RFC7383-2.5-5", (_, fragment) => That(fragment.Number > 0, "1 or more", "0")),
        Fragment("006", "The total of fragments is not zero", "RFC7383-2.5-6", (_, fragment) => That(fragment.Total > 0, "1 or more", "0")),
        Fragment("007", "All fragments of a message have its header but for length and next payload", "RFC7383-2.5-7", (ike, fragment) =>
            ike.History?.Sibling(ike) is { } other
                ? That(WithoutLength(ike.Header) == WithoutLength(other.Header), $"the header of frame {other.Frame}", $"{ike.Header.ExchangeType.Notation()}, flags {ike.Header.Flags}")
                : NotExercised),
        Fragment("008", "Messages are fragmented only when both ends said that they can", "RFC7383-2.4-1 RFC7383-2.3-3", (ike, _) =>
            ike.History is { InitRequest: not null, InitResponse: not null } history
                ? That(history.Of(ike.Sender)?.TakesFragments is true && history.Of(ike.Receiver)?.TakesFragments is true, "IKEV2_FRAGMENTATION_SUPPORTED from both", "a fragment without it")
                : NotExercised),
        Fragment("009", "Fragments of one message agree on their total", "RFC7383-2.5.2-7", (ike, fragment) => ike.History?.Sibling(ike) is { Fragment: { } other }
            ? That(fragment.Total >= other.Total, $"a total of {other.Total}, or more", $"{fragment.Total}")
            : NotExercised),
        Rule.Of<IkeSighting>("RULE-IKE-FRAGMENT-010", "Message id synchronization (RFC 6311) is not fragmented", "RFC7383-3-1", ike =>
            ike.All<NotifyPayload>().Any(notify => notify.NotifyType == NotifyType.Ikev2MessageIdSync) ? That(!ike.IsReassembled, "one Encrypted payload", "fragments") : NotExercised),
    ];

    private static Rule Fragment(string number, string title, string covers, Func<IkeSighting, EncryptedFragmentPayload, Judgement> judge) =>
        Rule.Of<IkeSighting>($"RULE-IKE-FRAGMENT-{number}", title, covers, ike =>
            ike is { IsFragment: true, Fragment: { } fragment } ? judge(ike, fragment) : NotExercised);

    private static IkeHeader WithoutLength(IkeHeader header) => header with { Length = 0, NextPayload = PayloadType.None };
}
