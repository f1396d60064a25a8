using System.Collections.Immutable;
using System.Net;
using Ipsec.Dataplane;
using Ipsec.Host;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using static Conformance.Defects.IkeFault;

namespace Conformance.Defects;

/// <summary>Faults in the IKE messages that leave (RFC 7296, RFC 7383, RFC 8221, RFC 8247), one for each rule that sees them in any capture.</summary>
internal static class SentMessageDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        // Algorithms that nobody may offer.
        Offered("RULE-IKE-ALGORITHM-001", "ike-offered-des", "DES", "RFC8247-2.1-7", ProtocolId.Ike, Transform.Encryption(EncryptionId.Des)),
        Offered("RULE-IKE-ALGORITHM-002", "ike-offered-null", "NULL encryption", "RFC8247-2.1-8", ProtocolId.Ike, Transform.Encryption(EncryptionId.Null)),
        Offered("RULE-IKE-ALGORITHM-004", "ike-offered-md5", "HMAC-MD5-96", "RFC8247-2.3-5", ProtocolId.Ike, Transform.Integrity(IntegrityId.HmacMd5_96)),
        Offered("RULE-IKE-ALGORITHM-005", "ike-offered-des-mac", "DES-MAC", "RFC8247-2.3-6", ProtocolId.Ike, Transform.Integrity(IntegrityId.DesMac)),
        Offered("RULE-IKE-ALGORITHM-006", "ike-offered-kpdk-md5", "KPDK-MD5", "RFC8247-2.3-7", ProtocolId.Ike, Transform.Integrity(IntegrityId.KpdkMd5)),
        Offered("RULE-IKE-ALGORITHM-007", "group-1-offered", "the 768-bit MODP group", "RFC8247-2.4-5", ProtocolId.Ike, Transform.KeyExchange(KeyExchangeId.Modp768)),
        Offered("RULE-IKE-ALGORITHM-010", "group-22-offered", "group 22", "RFC8247-2.4-6", ProtocolId.Ike, Transform.KeyExchange(KeyExchangeId.Modp1024_160)),
        Offered("RULE-IKE-ALGORITHM-013", "esp-offered-des-iv64", "DES with a 64-bit IV", "RFC8221-5-1", ProtocolId.Esp, Transform.Encryption(EncryptionId.DesIv64)),
        Offered("RULE-IKE-ALGORITHM-014", "esp-offered-des", "DES", "RFC8221-5-2", ProtocolId.Esp, Transform.Encryption(EncryptionId.Des)),
        Offered("RULE-IKE-ALGORITHM-016", "esp-offered-blowfish", "Blowfish", "RFC8221-5-4", ProtocolId.Esp, Transform.Encryption(EncryptionId.Blowfish, 128)),
        Offered("RULE-IKE-ALGORITHM-017", "esp-offered-3idea", "3IDEA", "RFC8221-5-5", ProtocolId.Esp, Transform.Encryption(EncryptionId.TripleIdea)),
        Offered("RULE-IKE-ALGORITHM-018", "esp-offered-des-iv32", "DES with a 32-bit IV", "RFC8221-5-6", ProtocolId.Esp, Transform.Encryption(EncryptionId.DesIv32)),
        Offered("RULE-IKE-ALGORITHM-021", "esp-offered-des-mac", "DES-MAC", "RFC8221-6-6", ProtocolId.Esp, Transform.Integrity(IntegrityId.DesMac)),
        Offered("RULE-IKE-ALGORITHM-022", "esp-offered-kpdk-md5", "KPDK-MD5", "RFC8221-6-7", ProtocolId.Esp, Transform.Integrity(IntegrityId.KpdkMd5)),
        By("RULE-IKE-PROPOSAL-001", Sending("first-proposal-number-two", "Proposals are numbered from 2", "RFC7296-3.3-6", message => message.Header.IsResponse
            ? message
            : Changed<SecurityAssociationPayload>(message, sa => Proposals(sa, proposal => proposal with { Number = (byte)(proposal.Number + 1) })))),

        // Header.
        Header("RULE-IKE-HEADER-001", "major-version-three", "Requests have major version 3", "RFC7296-3.1-4", header => header.IsResponse ? header : header with { MajorVersion = 3 }),
        Header("RULE-IKE-HEADER-004", "version-flag-set", "Messages say that a higher version is spoken", "RFC7296-3.1-12", header => header with { Flags = header.Flags | IkeFlags.Version }),
        Header("RULE-IKE-HEADER-008", "unassigned-exchange", "Requests after the initial ones have exchange type 200", "RFC7296-3-1",
            header => header is { IsResponse: false, ExchangeType: ExchangeType.Informational or ExchangeType.CreateChildSa } ? header with { ExchangeType = (ExchangeType)200 } : header),
        By("RULE-IKE-HEADER-010", Options("informational-in-clear", "INFORMATIONAL goes out in clear", "RFC7296-1.4-1", options => options with
        {
            IkeCodec = new DefectiveCodec(inClear: message => message.Header.ExchangeType == ExchangeType.Informational),
        })),
        Header("RULE-IKE-HEADER-012", "informational-before-authentication", "What should be IKE_AUTH is INFORMATIONAL", "RFC7296-1-1",
            header => header is { IsResponse: false, ExchangeType: ExchangeType.IkeAuth } ? header with { ExchangeType = ExchangeType.Informational } : header),
        Header("RULE-IKE-RESPONSE-003", "answered-in-version-three", "Responses after IKE_SA_INIT have major version 3", "RFC7296-2.5-4",
            header => header is { IsResponse: true, ExchangeType: not ExchangeType.IkeSaInit } ? header with { MajorVersion = 3 } : header),
        By("RULE-IKE-MESSAGE-ID-002", Options("message-ids-go-on-after-rekey", "After its rekey an IKE SA counts its messages from 7", "RFC7296-2.18-3", options => options with { IkeCodec = FromSevenAfterRekey() })),

        // Deletes.
        By("RULE-IKE-DELETE-003", Options("deletes-name-the-other-sa", "Deletes name the SPIs that the peer chose", "RFC7296-1.4.1-2", DeleteTheOther)),
        By("RULE-IKE-DELETE-005", Sending("goes-on-after-its-delete", "The delete of a child SA deletes the IKE SA too, which goes on", "RFC7296-2.8-6", message =>
            message.Header.IsResponse || message.Find<DeletePayload>() is not { Protocol: ProtocolId.Esp } ? message : message with { Payloads = message.Payloads.Add(new DeletePayload(ProtocolId.Ike, 0, [])) })),
        By("RULE-IKE-DELETE-006", Sending("delete-in-other-exchange", "A delete goes in CREATE_CHILD_SA", "RFC7296-1.4-3", message =>
            message.Header is { IsResponse: false, ExchangeType: ExchangeType.CreateChildSa } ? message with { Payloads = message.Payloads.Add(new DeletePayload(ProtocolId.Esp, 4, [new byte[] { 1, 2, 3, 4 }])) } : message)),

        // Fragments.
        Fragment("RULE-IKE-FRAGMENT-004", "fragment-number-beyond-total", "Fragments are numbered from the total on", "RFC7383-2.5-4", (header, first, number, total) => (header, first, number + total, total)),
        Fragment("RULE-IKE-FRAGMENT-006", "fragments-of-none", "The total of fragments is zero", "RFC7383-2.5-6", (header, first, number, _) => (header, first, number, 0)),
        Fragment("RULE-IKE-FRAGMENT-007", "fragments-with-different-headers", "Later fragments have a minor version that the first has not", "RFC7383-2.5-7",
            (header, first, number, total) => (number > 1 ? header with { MinorVersion = 1 } : header, first, number, total)),
        Fragment("RULE-IKE-FRAGMENT-009", "fragments-with-shrinking-total", "Each fragment says that there are fewer", "RFC7383-2.5.2-7", (header, first, number, total) => (header, first, number, Math.Max(1, total + 1 - number))),

        // Key exchange, encryption.
        By("RULE-IKE-KEY-EXCHANGE-007", Options("ike-rekey-with-old-public-value", "Each rekeying of the IKE SA has the public value of the first", "RFC7296-2.18-1", options => options with { IkeCodec = FirstOfRekeyings() })),
        By("RULE-IKE-PAYLOAD-020", Options("same-iv-always", "Every message is sealed as if it were the first", "RFC7296-3.14-3", options =>
        {
            var codec = new SealsAnew();
            return options with { IkeCodec = codec, KeyLog = codec };
        })),

        // Errors.
        By("RULE-IKE-NOTIFY-018", Sending("unknown-sa-with-vendor", "An answer to an unknown IKE SA has something beside INVALID_IKE_SPI", "RFC7296-2.21.4-4", message =>
            message.Notify(NotifyType.InvalidIkeSpi) is not null ? message with { Payloads = message.Payloads.Add(new NotifyPayload(NotifyType.InvalidSyntax)) } : message)),
        By("RULE-IKE-NOTIFY-019", Sending("unknown-sa-under-other-spi", "An answer to an unknown IKE SA has another responder's SPI", "RFC7296-2.21.4-3", message =>
            message.Notify(NotifyType.InvalidIkeSpi) is not null ? message with { Header = message.Header with { ResponderSpi = message.Header.ResponderSpi + 1 } } : message)),
        By("RULE-IKE-RESPONSE-004", Sending("refusal-with-company", "What is refused as malformed or critical gets a second notification", "RFC7296-2.21.2-3", message =>
            message.Header.IsResponse && (message.Notify(NotifyType.InvalidSyntax) ?? message.Notify(NotifyType.UnsupportedCriticalPayload)) is not null
                ? message with { Payloads = message.Payloads.Add(new NotifyPayload(NotifyType.NoAdditionalSas)) }
                : message)),

        // Traffic selectors.
        Narrowing("RULE-IKE-TRAFFIC-SELECTOR-005", "answered-selectors-of-a-neighbour", "Selectors are answered one address higher", "RFC7296-2.9-4", selector => selector with
        {
            StartAddress = Neighbour(selector.StartAddress),
            EndAddress = Neighbour(selector.EndAddress),
        }),
        By("RULE-IKE-TRAFFIC-SELECTOR-007", Options("rekeyed-selectors-cut", "From the second child SA on, answers have the first address of the selectors alone", "RFC7296-2.9.2-3", options => options with { IkeCodec = RekeysNarrower() })),
        NatSelectors("RULE-IKE-TRAFFIC-SELECTOR-008", "nat-transport-two-addresses", "Through a NAT, TSi in transport mode is two addresses", "RFC7296-2.23-13", PayloadType.TrafficSelectorInitiator, (start, _) => (start, Neighbour(start))),
        NatSelectors("RULE-IKE-TRAFFIC-SELECTOR-009", "nat-transport-other-source", "Through a NAT, TSi in transport mode is a neighbour", "RFC7296-2.23.1-4", PayloadType.TrafficSelectorInitiator, (start, end) => (Neighbour(start), Neighbour(end))),
        NatSelectors("RULE-IKE-TRAFFIC-SELECTOR-010", "nat-transport-other-destination", "Through a NAT, TSr in transport mode is a neighbour", "RFC7296-2.23.1-5", PayloadType.TrafficSelectorResponder, (start, end) => (Neighbour(start), Neighbour(end))),

        // Who answers whom, and how often.
        Datagrams("RULE-IKE-RESPONSE-001", "answers-from-other-port", "Responses come from the next port", "RFC7296-2.11-2", udp => udp[1]++),
        Datagrams("RULE-IKE-RESPONSE-002", "answers-to-other-port", "Responses go to the next port", "RFC7296-2.11-1", udp => udp[3]++),
        By("RULE-IKE-RETRANSMISSION-002", Options("repeated-answers-differ", "A response that is sent again has a bit changed", "RFC7296-2.1-4", options => options with { PacketFilter = new PacketFilter(sent: ChangeRepetitions()) })),
        By("RULE-IKE-RETRANSMISSION-003", Options("answers-sent-twice", "A response goes out again with the next packet that comes", "RFC7296-2.1-1", options => options with { PacketFilter = new AnswersTwice() })),
        By("RULE-IKE-WINDOW-001", Reading("window-of-peer-overstated", "The peer's window is taken for one of 16", "RFC7296-2.3-5", payload => payload is NotifyPayload { NotifyType: NotifyType.SetWindowSize } notify
            ? notify with { Data = new byte[] { 0, 0, 0, 16 } }
            : payload)),
        By("RULE-IKE-WINDOW-002", Reading("window-of-peer-overrun", "The peer's window is taken for one of 12", "RFC7296-2.3-6", payload => payload is NotifyPayload { NotifyType: NotifyType.SetWindowSize } notify
            ? notify with { Data = new byte[] { 0, 0, 0, 12 } }
            : payload)),
    ];

    private static Defect By(string rule, Defect defect) => defect with { Rule = rule };

    private static Defect Offered(string rule, string name, string algorithm, string requirement, ProtocolId protocol, Transform transform) => By(rule, Sending(
        name, $"{(protocol == ProtocolId.Ike ? "IKE" : "ESP")} is offered {algorithm}", requirement, message => message.Header.IsResponse ? message : Changed<SecurityAssociationPayload>(message, offer => Proposals(
            offer, proposal => proposal.Protocol == protocol ? proposal with { Transforms = proposal.Transforms.Add(transform) } : proposal))));

    private static Defect Header(string rule, string name, string effect, string requirement, Func<IkeHeader, IkeHeader> change) =>
        By(rule, Sending(name, effect, requirement, message => message with { Header = change(message.Header) }));

    private static Defect Fragment(string rule, string name, string effect, string requirement, FragmentChange change) =>
        By(rule, Options(name, effect, requirement, options => options with { IkeCodec = new DefectiveCodec(onFragment: change) }));

    private static Defect Narrowing(string rule, string name, string effect, string requirement, Func<TrafficSelector, TrafficSelector> change) => By(rule, Answering(
        name, effect, requirement, (TrafficSelectorPayload selectors) => selectors with { Selectors = [.. selectors.Selectors.Select(change)] }));

    private static Defect NatSelectors(
        string rule, string name, string effect, string requirement, PayloadType side, Func<IPAddress, IPAddress, (IPAddress Start, IPAddress End)> change) => By(rule, Sending(name, effect, requirement, message =>
        message.Header.IsResponse || message.Notify(NotifyType.UseTransportMode) is null ? message : Changed<TrafficSelectorPayload>(message, selectors => selectors.Type != side ? selectors : selectors with
        {
            Selectors =
            [
                .. selectors.Selectors.Select(selector =>
                {
                    var (start, end) = change(selector.StartAddress, selector.EndAddress);
                    return selector with { StartAddress = start, EndAddress = end };
                }),
            ],
        })));

    private static Defect Datagrams(string rule, string name, string effect, string requirement, DatagramChange change) => By(rule, Filters.Sent(name, effect, requirement, packet =>
    {
        if (IkeDatagram.IsResponse(packet, out var offset))
        {
            change(packet.AsSpan(offset));
            Testing.ScriptedAssociation.WriteUdpChecksum(packet);
        }
        return packet;
    }));

    private static IPAddress Neighbour(IPAddress address) => ((IpAddress)address).Offset(1).ToIPAddress();

    private static DefectiveCodec FromSevenAfterRekey()
    {
        ulong? first = null;
        return new(onWrite: message =>
        {
            first ??= message.Header.InitiatorSpi;
            return message.Header.IsResponse || message.Header.InitiatorSpi == first ? message : message with { Header = message.Header with { MessageId = message.Header.MessageId + 7 } };
        });
    }

    private static IpsecHostOptions DeleteTheOther(IpsecHostOptions options)
    {
        uint? peers = null;
        return options with
        {
            IkeCodec = new DefectiveCodec(
                onRead: payloads =>
                {
                    peers = NegotiatedSpis.Of(payloads) ?? peers;
                    return payloads;
                },
                onWrite: message => peers is not { } spi ? message : Changed<DeletePayload>(message, delete =>
                    delete.Protocol == ProtocolId.Ike ? delete : new DeletePayload(delete.Protocol, 4, [NegotiatedSpis.Octets(spi)]))),
        };
    }

    private static DefectiveCodec FirstOfRekeyings()
    {
        KeyExchangePayload? first = null;
        return new(onWrite: message =>
        {
            if (message.Header.ExchangeType != ExchangeType.CreateChildSa || message.Find<KeyExchangePayload>() is not { } own)
                return message;
            first ??= own;
            return Changed<KeyExchangePayload>(message, _ => first);
        });
    }

    private static DefectiveCodec RekeysNarrower()
    {
        var answered = 0;
        return new(onWrite: message => !message.Header.IsResponse || message.Find<TrafficSelectorPayload>() is null || answered++ == 0
            ? message
            : Changed<TrafficSelectorPayload>(message, selectors => selectors with { Selectors = [selectors.Selectors[0] with { EndAddress = selectors.Selectors[0].StartAddress }] }));
    }

    private static Func<byte[], byte[]> ChangeRepetitions()
    {
        var sent = new HashSet<string>();
        return packet =>
        {
            if (!IkeDatagram.IsResponse(packet, out var offset) || sent.Add(Convert.ToHexString(packet.AsSpan(offset))))
                return packet;
            packet[^1] ^= 1;
            Testing.ScriptedAssociation.WriteUdpChecksum(packet);
            return packet;
        };
    }

    /// <summary>Keeps the last response that went out, and sends it when something comes.</summary>
    private sealed class AnswersTwice : IPacketFilter
    {
        private byte[]? _last;

        public ReadOnlySpan<byte> Received(ReadOnlySpan<byte> packet, PacketHandler send)
        {
            if (_last is { } again)
            {
                _last = null;
                send(again);
            }
            return packet;
        }

        public ReadOnlySpan<byte> Sent(ReadOnlySpan<byte> packet)
        {
            var copy = packet.ToArray();
            if (IkeDatagram.IsResponse(copy, out _))
                _last = copy;
            return packet;
        }
    }
}
