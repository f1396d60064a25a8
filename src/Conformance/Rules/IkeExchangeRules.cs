using Conformance.Decoding;
using Ipsec.Packets.Ike;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>Message ids, the window, and what may be sent again (RFC 7296 sections 2.1 to 2.3).</summary>
internal static class IkeExchangeRules
{
    private const double LeastGrowth = 1.25;

    public static IEnumerable<Rule> All =>
    [
        Message("RULE-IKE-WINDOW-001", "No more requests are under way than the peer's window takes", "RFC7296-2.3-5 RFC7296-2.3-2", ike =>
            IsNewRequest(ike) && ike.History?.Of(ike.Receiver)?.Window is { } window
                ? That(ike.Unanswered < window, $"at most {window} requests under way", $"{ike.Unanswered + 1}")
                : NotExercised),
        Message("RULE-IKE-WINDOW-002", "A request waits for the responses to all before its window", "RFC7296-2.3-6", ike =>
            IsNewRequest(ike) && ike.OldestUnanswered is { } oldest && ike.History?.Of(ike.Receiver)?.Window is { } window
                ? That(ike.Header.MessageId < (ulong)oldest + window, $"a response to request {oldest} first", $"request {ike.Header.MessageId}")
                : NotExercised),
        Message("RULE-IKE-WINDOW-003", "SET_WINDOW_SIZE has four octets", "RFC7296-2.3-1", ike => ike.Notify(NotifyType.SetWindowSize) is { } notify
            ? That(notify.Data.Length == 4, "4 octets of data", $"{notify.Data.Length}")
            : NotExercised),
        Sent("RULE-IKE-MESSAGE-ID-001", "A new request has the id after the last one", "RFC7296-2.2-1", ike =>
            IsNewRequest(ike) && ike.HighestRequest is { } highest && !ike.IsFragment && ike.Header.MessageId > highest
                ? That(ike.Header.MessageId == highest + 1, $"message id {highest + 1}", $"{ike.Header.MessageId}")
                : NotExercised),
        Sent("RULE-IKE-MESSAGE-ID-002", "A new IKE SA counts its messages from 0", "RFC7296-2.18-3", ike =>
            IsNewRequest(ike) && ike.HighestRequest is null && ike.History is { InitRequest: null } && ike.Pair?.IsRekeyed(ike.Header) is true
                ? That(ike.Header.MessageId == 0, "message id 0", $"{ike.Header.MessageId}")
                : NotExercised),
        Sent("RULE-IKE-RETRANSMISSION-001", "A repeated request is the same bit by bit", "RFC7296-2.1-7", ike =>
            ike.IsResponse || ike.Is(ExchangeType.IkeSaInit) || ike.Earlier is null
                ? NotExercised
                : That(ike.IsRepeat, $"the octets of frame {ike.Earlier.Frame}", $"other octets under message id {ike.Header.MessageId}")),
        Sent("RULE-IKE-RETRANSMISSION-002", "A repeated response is the same bit by bit", "RFC7296-2.1-2 RFC7296-2.1-4", ike =>
            !ike.IsResponse || !ike.IsEncrypted || ike.Earlier is null || ike.Request is null
                ? NotExercised
                : That(ike.IsRepeat, $"the octets of frame {ike.Earlier.Frame}", $"other octets under message id {ike.Header.MessageId}")),
        Sent("RULE-IKE-RETRANSMISSION-003", "A response goes out no more often than its request came", "RFC7296-2.1-1", ike =>
            ike.IsResponse && ike.RequestsSeen > 0
                ? That(ike.TimesSeen <= ike.RequestsSeen, $"at most {ike.RequestsSeen} responses to {ike.RequestsSeen} requests", $"{ike.TimesSeen}")
                : NotExercised),
        Sent("RULE-IKE-RETRANSMISSION-004", "The time between repetitions of a request grows", "RFC7296-2.4-8", ike =>
            ike.IsResponse || !ike.IsRepeat || ike.Pauses is not { } pauses
                ? NotExercised
                // Growth that the noise of a busy machine's clock does not make.
                : That(pauses.Last > pauses.Before * LeastGrowth, $"more than {LeastGrowth} times {pauses.Before.TotalSeconds:0.###} s since the last time", $"{pauses.Last.TotalSeconds:0.###} s")),
        Sent("RULE-IKE-RETRANSMISSION-005", "A message id on an IKE SA ends before it would wrap", "RFC7296-2.2-2", ike =>
            IsNewRequest(ike) && ike.HighestRequest is > 0xFFFF_0000
                ? That(ike.Header.MessageId > ike.HighestRequest, "no request after the last id", $"message id {ike.Header.MessageId}")
                : NotExercised),
        Sent("RULE-IKE-RESPONSE-001", "A response comes from the address and port that the request went to", "RFC7296-2.11-2 RFC7296-2.23-1", ike =>
            ike is { IsResponse: true, LastRequest: { Udp: { } asked } request, Udp: { } answered }
                ? That(
                    ike.Sender.Equals(request.Receiver) && answered.SourcePort == asked.DestinationPort, $"{request.Receiver} port {asked.DestinationPort}",
                    $"{ike.Sender} port {answered.SourcePort}")
                : NotExercised),
        Sent("RULE-IKE-RESPONSE-002", "A response goes to the port that the request came from", "RFC7296-2.11-1", ike =>
            ike is { IsResponse: true, LastRequest.Udp: { } asked, Udp: { } answered }
                ? That(answered.DestinationPort == asked.SourcePort, $"to port {asked.SourcePort}", $"to port {answered.DestinationPort}")
                : NotExercised),
        Sent("RULE-IKE-RESPONSE-003", "A message of version 2 is answered in version 2", "RFC7296-2.5-4", ike =>
            ike is { IsResponse: true, LastRequest.Header: { MajorVersion: 2 } asked }
                ? That(ike.Header.MajorVersion == asked.MajorVersion, "major version 2", $"{ike.Header.MajorVersion}")
                : NotExercised),
        Sent("RULE-IKE-REKEY-001", "No new CREATE_CHILD_SA exchange is started on an IKE SA that is rekeyed", "RFC7296-1.3.2-2", ike =>
            IsNewRequest(ike) && ike.Is(ExchangeType.CreateChildSa) && ike.History is { } history
                ? That(!(history.Rekeyed < ike.Frame), "none after its rekeying was answered", $"one after frame {history.Rekeyed}")
                : NotExercised),
        Message("RULE-IKE-RESPONSE-004", "A request that is refused as malformed or critical gets that one notification alone", "RFC7296-2.21.2-3", ike =>
            ike.IsResponse && ike.IsReadable
            && ike.All<NotifyPayload>().FirstOrDefault(notify => notify.NotifyType is NotifyType.InvalidSyntax or NotifyType.UnsupportedCriticalPayload) is { } refusal
                ? That(ike.Content.Count() == 1, $"{refusal.Notation} alone", $"{string.Join(' ', ike.Content.Select(payload => payload.Payload!.Notation))}")
                : NotExercised),
    ];

    private static Rule Message(string id, string title, string covers, Func<IkeSighting, Judgement> judge) =>
        Rule.Of<IkeSighting>(id, title, covers, ike => ike.IsFragment ? NotExercised : judge(ike));

    private static Rule Sent(string id, string title, string covers, Func<IkeSighting, Judgement> judge) =>
        Rule.Of<IkeSighting>(id, title, covers, ike => ike.IsReassembled ? NotExercised : judge(ike));

    /// <summary>IKE_SA_INIT is apart: it may have to be asked several times under one id.</summary>
    private static bool IsNewRequest(IkeSighting ike) => !ike.IsResponse && ike.IsNew && !ike.Is(ExchangeType.IkeSaInit);
}
