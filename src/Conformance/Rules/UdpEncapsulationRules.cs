using Conformance.Decoding;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Udp;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>ESP and IKE in UDP (RFC 3948, RFC 7296 section 2.23).</summary>
internal static class UdpEncapsulationRules
{
    public static IEnumerable<Rule> All =>
    [
        Rule.Of<EspSighting>("RULE-UDP-ENCAPSULATION-001", "Over IPv4, ESP in UDP has a UDP checksum of zero", "RFC3948-2.1-2", esp => Encapsulation(esp) is { Carrier: IpSighting { IsV6: false } } udp
            ? That(udp.View.Checksum == 0, "0", $"0x{udp.View.Checksum:x4}")
            : NotExercised),
        Rule.Of<EspSighting>("RULE-UDP-ENCAPSULATION-002", "ESP in UDP uses the ports of the IKE traffic", "RFC3948-2.1-1", esp => Encapsulation(esp) is { } udp ? AreThoseOfIke(udp, esp.Pair?.IkePorts(esp.Sender)) : NotExercised),
        Udp("003", "A keepalive is one octet, 0xFF", "RFC3948-2.3-4", udp => IsNat(udp) && udp.Payload.Length < UdpEncapsulation.MarkerSize
            ? That(udp.Payload is [0xFF], "ff", $"{Convert.ToHexStringLower(udp.Payload)}")
            : NotExercised),
        Udp("004", "A keepalive uses the ports of the encapsulated traffic", "RFC3948-2.3-1", udp => IsNat(udp) && udp.Payload is [0xFF] ? AreThoseOfIke(udp, udp.Pair?.IkePorts(udp.Sender)) : NotExercised),
        Udp("005", "Over IPv4, keepalives have a UDP checksum of zero", "RFC3948-2.3-2", udp => IsNat(udp) && udp.Payload is [0xFF] && udp.Carrier is IpSighting { IsV6: false }
            ? That(udp.View.Checksum == 0, "0", $"0x{udp.View.Checksum:x4}")
            : NotExercised),
        Udp("006", "What begins with four zero octets on port 4500 is IKE", "RFC3948-2.1-4 RFC3948-1-3", udp => IsNat(udp) && UdpEncapsulation.Classify(udp.Payload, out var content) == EncapsulatedKind.Ike
            ? That(IkeHeader.TryParse(content, out var header, out _) && header.MajorVersion is 1 or 2 && header.Length == content.Length, "an IKE message", $"{content.Length} octets that are none")
            : NotExercised),
        Udp("007", "Nothing is encapsulated on port 500", "RFC7296-2.23-3", udp => udp is { SourcePort: UdpEncapsulation.IkePort, DestinationPort: UdpEncapsulation.IkePort, Carrier: IpSighting { Carrier: null } }
            ? That(IkeHeader.TryParse(udp.Payload, out var header, out _) && header.InitiatorSpi >> 32 != 0, "an IKE message", $"{udp.Payload.Length} octets that are none")
            : NotExercised),
        Rule.Of<IkeSighting>("RULE-UDP-ENCAPSULATION-008", "An initiator that finds a NAT moves to port 4500", "RFC7296-2.23-11 RFC7296-2.23-2", ike =>
            ike is { IsReassembled: false, IsResponse: false, Header.MessageId: 1, Udp: { } udp } && ike.Is(ExchangeType.IkeAuth) && ike.History?.FoundNat(ike.Sender) is true
                ? That(udp is { DestinationPort: UdpEncapsulation.NatTraversalPort }, "port 4500", $"{udp.SourcePort} to {udp.DestinationPort}")
                : NotExercised),
        Rule.Of<EspSighting>("RULE-UDP-ENCAPSULATION-009", "Once a NAT is found, ESP goes in UDP", "RFC7296-2.23-5", esp => esp.Pair?.Child(esp.Receiver, esp.Spi) is { Message.History: { } history }
            && history.FoundNat(esp.Sender)
                ? That(Encapsulation(esp) is not null, "ESP in UDP", "ESP alone")
                : NotExercised),
    ];

    private static Judgement AreThoseOfIke(UdpSighting udp, IReadOnlyCollection<(ushort Source, ushort Destination)>? ports) => ports is { Count: > 0 }
        ? That(
            ports.Contains((udp.SourcePort, udp.DestinationPort)), string.Join(" or ", ports.Select(pair => $"{pair.Source} to {pair.Destination}")), $"{udp.SourcePort} to {udp.DestinationPort}")
        : NotExercised;

    private static Rule Udp(string number, string title, string covers, Func<UdpSighting, Judgement> judge) =>
        Rule.Of<UdpSighting>($"RULE-UDP-ENCAPSULATION-{number}", title, covers, judge);

    private static UdpSighting? Encapsulation(EspSighting esp) => esp.Carrier as UdpSighting;

    private static bool IsNat(UdpSighting udp) =>
        udp.Carrier is IpSighting { Carrier: null } && (udp.SourcePort == UdpEncapsulation.NatTraversalPort || udp.DestinationPort == UdpEncapsulation.NatTraversalPort);
}
