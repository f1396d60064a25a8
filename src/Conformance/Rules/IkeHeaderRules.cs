using Conformance.Decoding;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Udp;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>The fields of the IKE header (RFC 7296 section 3.1), and what goes with a message of its exchange type.</summary>
internal static class IkeHeaderRules
{
    private const IkeFlags Defined = IkeFlags.Initiator | IkeFlags.Version | IkeFlags.Response;

    public static IEnumerable<Rule> All =>
    [
        Header("001", "The major version is 2", "RFC7296-3.1-4", ike =>
            That(ike.Header.MajorVersion == 2, "major version 2", $"{ike.Header.MajorVersion}")),
        Header("002", "The minor version is 0", "RFC7296-3.1-7", ike =>
            That(ike.Header.MinorVersion == 0, "minor version 0", $"{ike.Header.MinorVersion}")),
        Header("003", "Undefined flags are zero", "RFC7296-3.1-9 RFC7296-2.5-6", ike =>
            That((ike.Header.Flags & ~Defined) == 0, "no flag but I, V and R", $"0x{(byte)ike.Header.Flags:x2}")),
        Header("004", "The Version flag is clear", "RFC7296-3.1-12", ike =>
            That((ike.Header.Flags & IkeFlags.Version) == 0, "V clear", $"0x{(byte)ike.Header.Flags:x2}")),
        Header("005", "The initiator's SPI is not zero", "RFC7296-3.1-2", ike =>
            That(ike.Header.InitiatorSpi != 0, "an SPI other than zero", "zero")),
        Header("006", "The responder's SPI is zero in the first request", "RFC7296-3.1-3", ike => ike.Is(ExchangeType.IkeSaInit) && !ike.IsResponse
            ? That(ike.Header.ResponderSpi == 0, "responder SPI zero", $"{ike.Header.ResponderSpi:x16}")
            : NotExercised),
        Header("007", "The Initiator flag tells who began the IKE SA", "RFC7296-3.1-13", Initiator),
        Header("008", "The exchange type is one that the registry has", "RFC7296-3-1", ike =>
            // A refusal of a message of another kind copies its exchange type.
            ike.Header.MajorVersion == 2 && !ike.IsResponse
            ? That(Enum.IsDefined(ike.Header.ExchangeType), "an assigned exchange type", $"{(byte)ike.Header.ExchangeType}")
            : NotExercised),
        Header("009", "The Response flag is set in what answers a request and clear in what asks", "RFC7296-3.1-10", ResponseFlag),
        Header("010", "After IKE_SA_INIT only notifications about an unknown SA or version go in clear", "RFC7296-1.4-1", Protection),
        Rule.Of<UdpSighting>("RULE-IKE-HEADER-011", "IKE on port 4500 begins with four zero octets", "RFC7296-2-3", Marker),
        Header("012", "Messages of the initial exchanges come in order", "RFC7296-1-1", ike =>
            ike.IsResponse || ike.History is not { InitRequest: not null, InitResponse: not null } history
            || ike.Header.ExchangeType is not (ExchangeType.CreateChildSa or ExchangeType.Informational)
                ? NotExercised
                : That(history.HasAuthenticated, "IKE_AUTH before any other exchange", $"{ike.Header.ExchangeType.Notation()} without it")),
    ];

    private static Rule Header(string number, string title, string covers, Func<IkeSighting, Judgement> judge) =>
        Rule.Of<IkeSighting>($"RULE-IKE-HEADER-{number}", title, covers, ike => ike.IsReassembled ? NotExercised : judge(ike));

    private static Judgement Initiator(IkeSighting ike)
    {
        if (ike.History?.Initiator is not { } initiator || ike.Receiver.Equals(ike.Sender))
            return NotExercised;
        var began = initiator.Equals(ike.Sender);
        return That(ike.Header.IsFromInitiator == began, began ? "I set" : "I clear", $"0x{(byte)ike.Header.Flags:x2}");
    }

    /// <summary>In the first exchange a request and its answer are told apart without the flag: only an answer has a responder's SPI.</summary>
    private static Judgement ResponseFlag(IkeSighting ike)
    {
        if (!ike.Is(ExchangeType.IkeSaInit) || ike.History?.Initiator is not { } initiator)
            return NotExercised;
        var answers = !initiator.Equals(ike.Sender);
        return That(ike.IsResponse == answers, answers ? "R set" : "R clear", $"0x{(byte)ike.Header.Flags:x2}");
    }

    private static Judgement Protection(IkeSighting ike)
    {
        if (!ike.Is(ExchangeType.Informational) && !ike.Is(ExchangeType.CreateChildSa) && !ike.Is(ExchangeType.IkeAuth) || ike.ChainError is not null)
            return NotExercised;
        var isAllowed = ike.IsEncrypted || ike.Outer.All(payload =>
            payload.Payload is NotifyPayload { NotifyType: NotifyType.InvalidIkeSpi or NotifyType.InvalidMajorVersion or NotifyType.InvalidSpi } or VendorIdPayload);
        return That(isAllowed, "an Encrypted payload", $"{string.Join(' ', ike.Outer.Select(payload => payload.Type.Notation()))} in clear");
    }

    private static Judgement Marker(UdpSighting udp)
    {
        if (udp.DestinationPort != UdpEncapsulation.NatTraversalPort || !IsOutermost(udp))
            return NotExercised;
        var payload = udp.Payload;
        if (UdpEncapsulation.Classify(payload, out _) == EncapsulatedKind.Ike)
            return Held;
        // ESP whose octets happen to be an IKE header with its very length does not occur by chance.
        return IkeHeader.TryParse(payload, out var header, out _) && header is { MajorVersion: 2, MinorVersion: 0, ResponderSpi: not 0 }
            && header.Length == payload.Length && Enum.IsDefined(header.ExchangeType)
            ? That(false, "four zero octets before the IKE header", "an IKE header at once")
            : NotExercised;
    }

    private static bool IsOutermost(UdpSighting udp) => udp.Carrier is IpSighting { Carrier: null };
}
