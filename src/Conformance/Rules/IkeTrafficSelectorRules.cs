using System.Net;
using Conformance.Decoding;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Udp;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>Traffic selectors (RFC 7296 sections 2.9, 2.23.1 and 3.13).</summary>
internal static class IkeTrafficSelectorRules
{
    public static IEnumerable<Rule> All =>
    [
        Selectors("001", "A selector for any protocol has any port", "RFC4301-D.2-2 RFC4301-7.1-3", selector => selector.IpProtocol == 0
            ? That(IsAny(selector) || IsOpaque(selector), "ports 0 to 65535", $"{selector}")
            : NotExercised),
        Selectors("002", "A selector for a protocol without ports has any port", "RFC4301-D.2-1 RFC7296-3.13.1-1 RFC7296-3.13.1-2", selector => selector.IpProtocol is 2 or 4 or 41 or 46 or 47 or 50 or 51 or 89
            ? That(IsAny(selector) || IsOpaque(selector), "ports 0 to 65535", $"{selector}")
            : NotExercised),
        Selectors("003", "Ports are a range, but for OPAQUE, which is 65535 to 0", "RFC7296-3.13.1-4 RFC7296-3.13.1-3", selector =>
            That(selector.StartPort <= selector.EndPort || IsOpaque(selector), "a first port not above the last", $"{selector}")),
        Selectors("004", "Addresses are a range", "RFC4301-4.4.1.1-1", selector =>
            That(Compare(selector.StartAddress, selector.EndAddress) <= 0, "a first address not above the last", $"{selector}")),
        Message("005", "The responder's selectors are within the initiator's", "RFC7296-2.9-4", ike =>
            ike.IsResponse && ike.Find<SecurityAssociationPayload>() is not null && ike.Request is { } request && !IsTranslated(ike)
                ? Each(Sides, side => ike.Selectors(side) is { } narrowed && request.Selectors(side) is { } offered
                    ? Each(narrowed.Selectors, selector => That(offered.Selectors.Any(wide => IsWithin(selector, wide)), $"within {string.Join(", ", offered.Selectors)}", $"{selector}"))
                    : NotExercised)
                : NotExercised),
        Message("006", "A rekey proposes the old selectors or more", "RFC7296-2.9.2-2", Rekey),
        Message("007", "A rekeyed child SA is never narrower than the old one", "RFC7296-2.9.2-1 RFC7296-2.9.2-3", Rekeyed),
        Message("008", "Through a NAT, TSi in transport mode is one address", "RFC7296-2.23-13 RFC7296-2.23.1-1", ike => TransportThroughNat(ike, PayloadType.TrafficSelectorInitiator) is { } selectors
            ? That(selectors.Selectors.Select(selector => (selector.StartAddress, selector.EndAddress)).Distinct().ToArray() is [var only] && only.StartAddress.Equals(only.EndAddress), "one address", $"{string.Join(", ", selectors.Selectors)}")
            : NotExercised),
        Message("009", "Through a NAT, TSi in transport mode is the source of the IKE SA", "RFC7296-2.23.1-4", ike => TransportThroughNat(ike, PayloadType.TrafficSelectorInitiator) is { Selectors.IsEmpty: false } selectors
            ? That(selectors.Selectors[0].StartAddress.Equals(ike.Sender), $"{ike.Sender}", $"{selectors.Selectors[0]}")
            : NotExercised),
        Message("010", "Through a NAT, TSr in transport mode is the destination of the IKE SA", "RFC7296-2.23.1-5", ike => TransportThroughNat(ike, PayloadType.TrafficSelectorResponder) is { Selectors.IsEmpty: false } selectors
            ? That(selectors.Selectors[0].StartAddress.Equals(ike.Receiver), $"{ike.Receiver}", $"{selectors.Selectors[0]}")
            : NotExercised),
        Message("011", "A responder that accepts transport mode was asked for it", "RFC7296-1.3.1-2", ike =>
            ike.IsResponse && ike.Notify(NotifyType.UseTransportMode) is not null && ike.Request is { IsReadable: true } request
                ? That(request.Notify(NotifyType.UseTransportMode) is not null, "USE_TRANSPORT_MODE in the request", "none")
                : NotExercised),
    ];

    private static readonly PayloadType[] Sides = [PayloadType.TrafficSelectorInitiator, PayloadType.TrafficSelectorResponder];

    private static Rule Selectors(string number, string title, string covers, Func<TrafficSelector, Judgement> judge) =>
        Message(number, title, covers, ike => Each(
            ike.All<TrafficSelectorPayload>().SelectMany(payload => payload.Selectors).Where(selector => selector.Opaque is null), judge));

    private static Rule Message(string number, string title, string covers, Func<IkeSighting, Judgement> judge) =>
        Rule.Of<IkeSighting>($"RULE-IKE-TRAFFIC-SELECTOR-{number}", title, covers, judge);

    private static bool IsAny(TrafficSelector selector) => selector is { StartPort: 0, EndPort: 65535 };

    private static bool IsOpaque(TrafficSelector selector) => selector is { StartPort: 65535, EndPort: 0 };

    private static int Compare(IPAddress one, IPAddress other) => one.GetAddressBytes().AsSpan().SequenceCompareTo(other.GetAddressBytes());

    private static bool IsWithin(TrafficSelector narrow, TrafficSelector wide) =>
        narrow.Type == wide.Type && narrow.Opaque is null && wide.Opaque is null
        && (wide.IpProtocol == 0 || narrow.IpProtocol == wide.IpProtocol)
        && (IsAny(wide) || IsOpaque(narrow) && IsOpaque(wide) || narrow.StartPort >= wide.StartPort && narrow.EndPort <= wide.EndPort)
        && Compare(narrow.StartAddress, wide.StartAddress) >= 0 && Compare(narrow.EndAddress, wide.EndAddress) <= 0;

    /// <summary>Judged only where one new selector can hold each old one: a union of several may do so too.</summary>
    private static Judgement Rekey(IkeSighting ike) =>
        !ike.IsResponse && ike.ReplacedChild() is { } old ? Holds(old.OfSender, ike.Selectors(PayloadType.TrafficSelectorInitiator), old.OfPeer, ike.Selectors(PayloadType.TrafficSelectorResponder)) : NotExercised;

    private static Judgement Rekeyed(IkeSighting ike) =>
        ike.IsResponse && ike.Find<SecurityAssociationPayload>() is not null && ike.Request is { } request && request.ReplacedChild() is { } old
        && !Holds(old.OfSender, request.Selectors(PayloadType.TrafficSelectorInitiator), old.OfPeer, request.Selectors(PayloadType.TrafficSelectorResponder)).IsBroken
            ? Holds(old.OfSender, ike.Selectors(PayloadType.TrafficSelectorInitiator), old.OfPeer, ike.Selectors(PayloadType.TrafficSelectorResponder))
            : NotExercised;

    private static Judgement Holds(TrafficSelectorPayload oldInitiator, TrafficSelectorPayload? initiator, TrafficSelectorPayload oldResponder, TrafficSelectorPayload? responder)
    {
        if (initiator is not { Selectors.Length: 1 } || responder is not { Selectors.Length: 1 })
            return NotExercised;
        return Each(
            oldInitiator.Selectors.Select(old => (Old: old, New: initiator.Selectors[0])).Concat(oldResponder.Selectors.Select(old => (Old: old, New: responder.Selectors[0]))),
            pair => That(IsWithin(pair.Old, pair.New), $"at least {pair.Old}", $"{pair.New}"));
    }

    /// <summary>What the SA had that a request with REKEY_SA replaces, from the request's sender's side.</summary>
    private static NegotiatedSelectors? ReplacedChild(this IkeSighting request) =>
        request.Is(ExchangeType.CreateChildSa) && request.Notify(NotifyType.RekeySa) is { Spi.Length: 4 } rekey
            ? request.Pair?.Negotiated(request.Sender, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(rekey.Spi.Span))
            : null;

    /// <summary>Through a NAT the responder tells the addresses that it sees, not those that it was told (RFC 7296 section 2.23.1).</summary>
    private static bool IsTranslated(IkeSighting response) =>
        response.Notify(NotifyType.UseTransportMode) is not null && (response.History?.FoundNat(response.Sender) is true || response.History?.FoundNat(response.Receiver) is true);

    private static TrafficSelectorPayload? TransportThroughNat(IkeSighting ike, PayloadType side) =>
        !ike.IsResponse && ike.Notify(NotifyType.UseTransportMode) is not null && ike.Udp is { DestinationPort: UdpEncapsulation.NatTraversalPort } && ike.History?.FoundNat(ike.Sender) is true
            ? ike.Selectors(side)
            : null;
}

/// <summary>The selectors of a child SA.</summary>
/// <param name="OfSender">Of the end whose inbound SPI it was looked up by.</param>
internal sealed record NegotiatedSelectors(TrafficSelectorPayload OfSender, TrafficSelectorPayload OfPeer);
