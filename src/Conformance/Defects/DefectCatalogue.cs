using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Conformance.Defects;

/// <summary>All defects. A suite that does not catch one of them is not good enough.</summary>
public static class DefectCatalogue
{
    public static ImmutableArray<Defect> All { get; } =
    [
        Writing("wrong-message-id", "Protected responses carry the message id of the next request", "RFC7296-1.4-4",
            message => message.Header is { IsResponse: true, ExchangeType: not ExchangeType.IkeSaInit }
                ? message with { Header = message.Header with { MessageId = message.Header.MessageId + 1 } }
                : message),
        Writing("response-flag-missing", "Responses are sent without the Response flag", "RFC7296-3.1-10",
            message => message with { Header = message.Header with { Flags = message.Header.Flags & ~IkeFlags.Response } }),
        Writing("initiator-flag-always", "The Initiator flag is set in every message", "RFC7296-3.1-13",
            message => message with { Header = message.Header with { Flags = message.Header.Flags | IkeFlags.Initiator } }),
        Writing("reserved-flags-sent", "An undefined flag is set in every message", "RFC7296-3.1-9",
            message => message with { Header = message.Header with { Flags = message.Header.Flags | (IkeFlags)0x40 } }),
        Writing("minor-version-sent", "Messages carry minor version 1", "RFC7296-3.1-7",
            message => message with { Header = message.Header with { MinorVersion = 1 } }),
        Writing("critical-bit-in-responses", "Payloads of responses have the critical bit", "RFC7296-2.5-10",
            message => message.Header.IsResponse ? message with { Payloads = [.. message.Payloads.Select(payload => payload with { Flags = 0x80 })] } : message),
        Writing("reserved-bits-sent", "Generic headers are sent with reserved bits set", "RFC7296-3.2-6",
            message => message with { Payloads = [.. message.Payloads.Select(payload => payload with { Flags = (byte)(payload.Flags | 0x01) })] }),
        Writing("cookie-too-long", "Cookies have 80 octets", "RFC7296-2.6-3",
            message => message with
            {
                Payloads = [.. message.Payloads.Select(payload => payload is NotifyPayload { NotifyType: NotifyType.Cookie } cookie ? cookie with { Data = new byte[80] } : payload)],
            }),
        Writing("delete-not-answered-in-kind", "A delete is answered with an empty message", "RFC7296-1.4.1-1",
            message => message.Header is { IsResponse: true, ExchangeType: ExchangeType.Informational } && message.Find<DeletePayload>() is not null
                ? message with { Payloads = [] }
                : message),
        Reading("critical-bit-ignored", "Unknown payloads are skipped whether critical or not", "RFC7296-2.5-8",
            payload => payload with { Flags = (byte)(payload.Flags & 0x7f) }),
        Reading("unknown-payloads-refused", "Unknown payloads are refused whether critical or not", "RFC7296-2.5-9",
            payload => payload is UnknownPayload ? payload with { Flags = 0x80 } : payload),
        new("replay-check-skipped", "Replayed ESP packets are accepted", "RFC4303-3.4.3-5",
            options => options with { AntiReplayWindow = extended => new NoAntiReplay(extended) }),
        new("window-moves-before-icv", "A forged sequence number moves the anti-replay window", "RFC4303-3.4.3-5",
            options => options with { AntiReplayWindow = extended => new CredulousAntiReplay(extended) }),
        Protecting("sequence-number-stuck", "Every ESP packet is sent under sequence number 1", "RFC4303-2.2-1", right => new StuckSequenceNumber(right)),
        Protecting("padding-not-inspected", "ESP padding of any content is accepted", "RFC4303-2.4-4", right => new BlindToPadding(right)),
        Protecting("dummies-delivered", "Dummy packets are treated as traffic", "RFC4303-2.6-2", right => new DeliversDummies(right)),
    ];

    private static Defect Writing(string name, string effect, string requirement, Func<IkeMessage, IkeMessage> change) =>
        new(name, effect, requirement, options => options with { IkeCodec = new DefectiveCodec(onWrite: change) });

    private static Defect Reading(string name, string effect, string requirement, Func<Payload, Payload> change) =>
        new(name, effect, requirement, options => options with { IkeCodec = new DefectiveCodec(onRead: payloads => [.. payloads.Select(change)]) });

    private static Defect Protecting(string name, string effect, string requirement, Func<IEspProtection, IEspProtection> decorate) =>
        new(name, effect, requirement, options =>
        {
            var make = options.EspProtection;
            return options with { EspProtection = (algorithms, encryptionKey, integrityKey, random) => decorate(make(algorithms, encryptionKey, integrityKey, random)) };
        });
}
