using System.Buffers.Binary;
using Conformance.Decoding;
using Ipsec.Packets.Ike;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>Notifications: their fields (RFC 7296 section 3.10), and where each belongs.</summary>
internal static class IkeNotifyRules
{
    public static IEnumerable<Rule> All =>
    [
        Notify("001", "A notification with an SPI says AH or ESP", "RFC7296-3.10-1", (_, notify) => notify is { Spi.Length: 4 }
            ? That(notify.Protocol is ProtocolId.Ah or ProtocolId.Esp, "protocol AH or ESP", $"{(byte)notify.Protocol} in {notify.Notation}")
            : NotExercised),
        Notify("002", "A notification without SPI has protocol zero", "RFC7296-3.10-2", (_, notify) => notify.Spi.IsEmpty && !IsFragmentation(notify)
            ? That(notify.Protocol == ProtocolId.None, "protocol 0", $"{(byte)notify.Protocol} in {notify.Notation}")
            : NotExercised),
        Notify("003", "A notification about the IKE SA has no SPI", "RFC7296-3.10-3", (_, notify) =>
            notify.Protocol is ProtocolId.Ike or ProtocolId.None && !IsFragmentation(notify)
                ? That(notify.Spi.IsEmpty, "no SPI", $"{notify.Spi.Length} octets of SPI in {notify.Notation}")
                : NotExercised),
        Notify("004", "A cookie has 1 to 64 octets", "RFC7296-2.6-3", (_, notify) => notify.NotifyType == NotifyType.Cookie
            ? That(notify.Data.Length is >= 1 and <= 64, "1 to 64 octets", $"{notify.Data.Length}")
            : NotExercised),
        Notify("005", "IPCOMP_SUPPORTED comes with an SA payload", "RFC7296-2.22-3", (ike, notify) => notify.NotifyType == NotifyType.IpcompSupported
            ? That(ike.Find<SecurityAssociationPayload>() is not null, "an SA payload in the message", "none")
            : NotExercised),
        Message("006", "One of the offered IPComp algorithms is accepted", "RFC7296-2.22-4", ike =>
        {
            if (!ike.IsResponse || ike.Notify(NotifyType.IpcompSupported) is null || ike.Request is not { IsReadable: true } request)
                return NotExercised;
            byte[] accepted = [.. Compressions(ike)];
            return That(accepted.Length == 1 && Compressions(request).Contains(accepted[0]), "one of those offered", $"{string.Join(' ', accepted)}");
        }),
        Notify("007", "IPComp is not offered with an algorithm by OUI", "RFC8221-7-1", (_, notify) => notify is { NotifyType: NotifyType.IpcompSupported, Data.Length: >= 3 }
            ? That(notify.Data[2] != (byte)CompressionId.Oui, "a registered algorithm", "OUI")
            : NotExercised),
        Notify("008", "INITIAL_CONTACT belongs to the first IKE_AUTH exchange", "RFC7296-2.4-3", (ike, notify) => notify.NotifyType == NotifyType.InitialContact
            ? That(ike.Is(ExchangeType.IkeAuth) && ike.Header.MessageId == 1, "IKE_AUTH with message id 1", $"{ike.Header.ExchangeType.Notation()} {ike.Header.MessageId}")
            : NotExercised),
        Message("009", "IKE_SA_INIT has both NAT detection notifications or none", "RFC7296-2.23-7", ike =>
        {
            var source = ike.Notify(NotifyType.NatDetectionSourceIp) is not null;
            var destination = ike.Notify(NotifyType.NatDetectionDestinationIp) is not null;
            return ike.Is(ExchangeType.IkeSaInit) && (source || destination) ? That(source && destination, "both", source ? "the source's alone" : "the destination's alone") : NotExercised;
        }),
        Notify("010", "REKEY_SA names the SA that is replaced", "RFC7296-1.3.3-1", (_, notify) => notify.NotifyType == NotifyType.RekeySa
            ? That(notify is { Spi.Length: 4, Data.IsEmpty: true }, "an SPI of 4 octets and no data", $"{notify.Spi.Length} and {notify.Data.Length} octets")
            : NotExercised),
        Notify("011", "INVALID_KE_PAYLOAD names a group", "RFC7296-1.3-6", (_, notify) => notify.NotifyType == NotifyType.InvalidKePayload
            ? That(notify.Data.Length == 2, "2 octets of data", $"{notify.Data.Length}")
            : NotExercised),
        Message("012", "INVALID_KE_PAYLOAD names a group that was offered", "RFC7296-3.4-4", ike =>
            ike.IsResponse && ike.Notify(NotifyType.InvalidKePayload) is { Data.Length: 2 } notify && ike.Request?.Find<SecurityAssociationPayload>() is { } offer
                ? That(
                    offer.Proposals.Any(proposal => proposal.OfType(TransformType.KeyExchange).Any(transform => transform.Id == BinaryPrimitives.ReadUInt16BigEndian(notify.Data.Span))),
                    "an offered group", $"{(KeyExchangeId)BinaryPrimitives.ReadUInt16BigEndian(notify.Data.Span)}")
                : NotExercised),
        Message("013", "UNSUPPORTED_CRITICAL_PAYLOAD names a payload of the request", "RFC7296-2.5-8", ike =>
            ike.IsResponse && ike.Notify(NotifyType.UnsupportedCriticalPayload) is { } notify && ike.Request is { } request && (!request.IsEncrypted || request.Inner is not null)
                ? That(
                    notify.Data.Length == 1 && request.Outer.Concat(request.Inner ?? []).Any(payload => (byte)payload.Type == notify.Data[0]),
                    "one octet: the type of a payload in the request", $"{notify.Data}")
                : NotExercised),
        Message("014", "Who asks for a cookie asks for nothing else", "RFC7296-2.7-3", ike => ike is { IsResponse: true } && ike.Is(ExchangeType.IkeSaInit) && ike.HasRefusal()
            ? That(ike.Find<SecurityAssociationPayload>() is null, "no choice beside a refusal", "an SA payload")
            : NotExercised),
        Message("015", "A request with a cookie is the one before, with the cookie first", "RFC7296-2.6-4", Cookie),
        Notify("016", "IKEV2_FRAGMENTATION_SUPPORTED has protocol zero", "RFC7383-2.3-1", (_, notify) => IsFragmentation(notify)
            ? That(notify.Protocol == ProtocolId.None, "protocol 0", $"{(byte)notify.Protocol}")
            : NotExercised),
        Notify("017", "IKEV2_FRAGMENTATION_SUPPORTED has no SPI", "RFC7383-2.3-2", (_, notify) => IsFragmentation(notify)
            ? That(notify.Spi.IsEmpty, "no SPI", $"{notify.Spi.Length} octets")
            : NotExercised),
        Message("018", "An answer to an unknown IKE SA is in clear, with INVALID_IKE_SPI alone", "RFC7296-2.21.4-4", ike => ike.Notify(NotifyType.InvalidIkeSpi) is not null
            ? That(!ike.IsEncrypted && ike.Content.Count() == 1, "INVALID_IKE_SPI alone, in clear", ike.IsEncrypted ? "encrypted" : "more payloads")
            : NotExercised),
        Message("019", "An answer to an unknown IKE SA has the request's SPIs and message id", "RFC7296-2.21.4-3", ike =>
            ike.IsResponse && ike.Notify(NotifyType.InvalidIkeSpi) is not null && ike.LastRequest is { } asked
                ? That(
                    asked.Header.InitiatorSpi == ike.Header.InitiatorSpi && asked.Header.ResponderSpi == ike.Header.ResponderSpi && asked.Header.ExchangeType == ike.Header.ExchangeType,
                    "SPIs and exchange of the request", $"{ike.Header.InitiatorSpi:x16} {ike.Header.ResponderSpi:x16} {ike.Header.ExchangeType}")
                : NotExercised),
        Message("020", "IKE_AUTH that fails says AUTHENTICATION_FAILED or why nothing came of the request", "RFC7296-2.21.2-1", ike =>
            ike is { IsResponse: true, IsReadable: true } && ike.Is(ExchangeType.IkeAuth) && ike.Header.MessageId == 1 && ike.Find<AuthenticationPayload>() is null
            && ike.Find<ExtensibleAuthenticationPayload>() is null
                ? That(
                    ike.All<NotifyPayload>().Any(notify => notify.IsError), "an error notification", $"{string.Join(' ', ike.Content.Select(payload => payload.Payload!.Notation))}")
                : NotExercised),
    ];

    private static Rule Notify(string number, string title, string covers, Func<IkeSighting, NotifyPayload, Judgement> judge) =>
        Message(number, title, covers, ike => Each(ike.All<NotifyPayload>(), notify => judge(ike, notify)));

    private static Rule Message(string number, string title, string covers, Func<IkeSighting, Judgement> judge) =>
        Rule.Of<IkeSighting>($"RULE-IKE-NOTIFY-{number}", title, covers, judge);

    private static bool IsFragmentation(NotifyPayload notify) => notify.NotifyType == NotifyType.Ikev2FragmentationSupported;

    private static bool HasRefusal(this IkeSighting ike) =>
        ike.Notify(NotifyType.Cookie) is not null || ike.Notify(NotifyType.InvalidKePayload) is not null || ike.Notify(NotifyType.NoProposalChosen) is not null;

    private static IEnumerable<byte> Compressions(IkeSighting ike) =>
        ike.All<NotifyPayload>().Where(notify => notify is { NotifyType: NotifyType.IpcompSupported, Data.Length: >= 3 }).Select(notify => notify.Data[2]);

    /// <summary>Compared with the first request of this initiator's SPI that had no cookie; a group that was refused may have changed between.</summary>
    private static Judgement Cookie(IkeSighting ike)
    {
        if (ike.IsResponse || !ike.Is(ExchangeType.IkeSaInit) || ike.Notify(NotifyType.Cookie) is null || ike.Earlier is not { IsReadable: true } earlier
            || earlier.Notify(NotifyType.Cookie) is not null)
            return NotExercised;
        SeenPayload[] payloads = [.. ike.Content];
        if (payloads[0].Payload is not NotifyPayload { NotifyType: NotifyType.Cookie })
            return That(false, "the cookie first", $"{payloads[0].Type.Notation()} first");
        var (before, after) = (earlier.Content.ToArray(), payloads[1..]);
        if (ike.History?.WasAskedForGroup is true)
            return Held;
        return That(
            before.Length == after.Length && before.Zip(after).All(pair => pair.First.Type == pair.Second.Type && pair.First.Body.AsSpan().SequenceEqual(pair.Second.Body)),
            $"behind the cookie the payloads of frame {earlier.Frame}", "others");
    }
}
