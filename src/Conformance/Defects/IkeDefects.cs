using System.Collections.Immutable;
using Ipsec.Packets.Ike;
using static Conformance.Defects.IkeFault;

namespace Conformance.Defects;

/// <summary>Faults in IKE's messages (RFC 7296).</summary>
internal static class IkeDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        Sending("wrong-message-id", "Protected responses carry the message id of the next request", "RFC7296-1.4-4",
            message => message.Header is { IsResponse: true, ExchangeType: not ExchangeType.IkeSaInit }
                ? message with { Header = message.Header with { MessageId = message.Header.MessageId + 1 } }
                : message),
        Sending("response-flag-missing", "Responses are sent without the Response flag", "RFC7296-3.1-10",
            message => message with { Header = message.Header with { Flags = message.Header.Flags & ~IkeFlags.Response } }),
        Sending("initiator-flag-always", "The Initiator flag is set in every message", "RFC7296-3.1-13",
            message => message with { Header = message.Header with { Flags = message.Header.Flags | IkeFlags.Initiator } }),
        Sending("reserved-flags-sent", "An undefined flag is set in every message", "RFC7296-3.1-9",
            message => message with { Header = message.Header with { Flags = message.Header.Flags | (IkeFlags)0x40 } }),
        Sending("minor-version-sent", "Messages carry minor version 1", "RFC7296-3.1-7",
            message => message with { Header = message.Header with { MinorVersion = 1 } }),
        Sending("critical-bit-in-responses", "Payloads of responses have the critical bit", "RFC7296-2.5-10",
            message => message.Header.IsResponse ? message with { Payloads = [.. message.Payloads.Select(payload => payload with { Flags = 0x80 })] } : message),
        Sending("reserved-bits-sent", "Generic headers are sent with reserved bits set", "RFC7296-3.2-6",
            message => message with { Payloads = [.. message.Payloads.Select(payload => payload with { Flags = (byte)(payload.Flags | 0x01) })] }),
        Sending("cookie-too-long", "Cookies have 80 octets", "RFC7296-2.6-3",
            message => message with
            {
                Payloads = [.. message.Payloads.Select(payload => payload is NotifyPayload { NotifyType: NotifyType.Cookie } cookie ? cookie with { Data = new byte[80] } : payload)],
            }),
        Sending("delete-not-answered-in-kind", "A delete is answered with an empty message", "RFC7296-1.4.1-1",
            message => message.Header is { IsResponse: true, ExchangeType: ExchangeType.Informational } && message.Find<DeletePayload>() is not null
                ? message with { Payloads = [] }
                : message),
        Reading("critical-bit-ignored", "Unknown payloads are skipped whether critical or not", "RFC7296-2.5-8",
            payload => payload with { Flags = (byte)(payload.Flags & 0x7f) }),
        Reading("unknown-payloads-refused", "Unknown payloads are refused whether critical or not", "RFC7296-2.5-9",
            payload => payload is UnknownPayload ? payload with { Flags = 0x80 } : payload),
    ];
}
