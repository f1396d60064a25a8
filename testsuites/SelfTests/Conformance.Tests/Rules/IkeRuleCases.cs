using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using static Conformance.Tests.Rules.RuleFrames;

namespace Conformance.Tests.Rules;

/// <summary>Cases of IKE headers, exchanges, payloads, notifications, deletes and SPIs.</summary>
internal static class IkeRuleCases
{
    private static readonly NoncePayload Nonce = new(new Octets(new byte[32]));

    public static IEnumerable<RuleCase> All => [.. Headers(), .. Exchanges(), .. Payloads(), .. Notifications(), .. Deletes(), .. Spis(), .. Fragments()];

    private static IEnumerable<RuleCase> Headers() =>
    [
        Header("001", header => header with { MajorVersion = 3 }),
        Header("002", header => header with { MinorVersion = 1 }),
        Header("003", header => header with { Flags = header.Flags | (IkeFlags)0x40 }),
        Header("004", header => header with { Flags = header.Flags | IkeFlags.Version }),
        Header("005", header => header with { InitiatorSpi = 0 }),
        Header("006", header => header with { ResponderSpi = 7 }),
        new("RULE-IKE-HEADER-007", Capture(Init(Nonce), InitAnswer(Nonce)), Capture(Init(Nonce), Send(Message(RuleFrames.Header(ExchangeType.IkeSaInit, 0, response: true) with { Flags = IkeFlags.Initiator | IkeFlags.Response }, Nonce), back: true))),
        Header("008", header => header with { ExchangeType = (ExchangeType)33 }),
        new("RULE-IKE-HEADER-009", Capture(Init(Nonce), InitAnswer(Nonce)), Capture(Init(Nonce), Send(Message(RuleFrames.Header(ExchangeType.IkeSaInit, 0) with { ResponderSpi = SpiR, Flags = IkeFlags.None }, Nonce), back: true))),
        new("RULE-IKE-HEADER-010", Capture(Ask(ExchangeType.Informational, 2, Sk())), Capture(Ask(ExchangeType.Informational, 2, DeletePayload.IkeSa))),
        new("RULE-IKE-HEADER-011", Capture(Send(Message(RuleFrames.Header(ExchangeType.IkeAuth, 1), Sk()), port: 4500)),
            Capture(FromA(IpProtocol.Udp, Udp(4500, 4500, Message(RuleFrames.Header(ExchangeType.IkeAuth, 1), Sk()))))),
        new("RULE-IKE-HEADER-012", Capture(Init(Sa()), InitAnswer(Sa()), Ask(ExchangeType.IkeAuth, 1, Sk()), Answer(ExchangeType.IkeAuth, 1, Sk()), Ask(ExchangeType.Informational, 2, Sk())),
            Capture(Init(Sa()), InitAnswer(Sa()), Ask(ExchangeType.Informational, 1, Sk()))),
    ];

    private static IEnumerable<RuleCase> Exchanges() =>
    [
        new("RULE-IKE-WINDOW-001", Capture(Ask(ExchangeType.Informational, 2, Sk()), Answer(ExchangeType.Informational, 2, Sk()), Ask(ExchangeType.Informational, 3, Sk())),
            Capture(AskBack(ExchangeType.Informational, 0, Sk()), Ask(ExchangeType.Informational, 2, Sk()), Ask(ExchangeType.Informational, 3, Sk()))),
        new("RULE-IKE-WINDOW-002",
            Capture(Init(), InitAnswer(Window(3)), Ask(ExchangeType.Informational, 2, Sk()), Ask(ExchangeType.Informational, 3, Sk())),
            Capture(Init(), InitAnswer(Window(3)), Ask(ExchangeType.Informational, 2, Sk()), Ask(ExchangeType.Informational, 5, Sk()))),
        Vary("RULE-IKE-WINDOW-003", Window(3), new NotifyPayload(NotifyType.SetWindowSize, new Octets([0, 3]))),
        new("RULE-IKE-MESSAGE-ID-001", Capture(Ask(ExchangeType.Informational, 2, Sk()), Ask(ExchangeType.Informational, 3, Sk())), Capture(Ask(ExchangeType.Informational, 2, Sk()), Ask(ExchangeType.Informational, 4, Sk()))),
        new("RULE-IKE-MESSAGE-ID-002", Rekeyed(0), Rekeyed(5)),
        new("RULE-IKE-RETRANSMISSION-001", Capture(Ask(ExchangeType.Informational, 2, Sk()), Ask(ExchangeType.Informational, 2, Sk())), Capture(Ask(ExchangeType.Informational, 2, Sk()), Ask(ExchangeType.Informational, 2, Sk(Nonce)))),
        new("RULE-IKE-RETRANSMISSION-002", Capture(Ask(ExchangeType.Informational, 2, Sk()), Answer(ExchangeType.Informational, 2, Sk()), Ask(ExchangeType.Informational, 2, Sk()), Answer(ExchangeType.Informational, 2, Sk())),
            Capture(Ask(ExchangeType.Informational, 2, Sk()), Answer(ExchangeType.Informational, 2, Sk()), Ask(ExchangeType.Informational, 2, Sk()), Answer(ExchangeType.Informational, 2, Sk(Nonce)))),
        new("RULE-IKE-RETRANSMISSION-003", Capture(Ask(ExchangeType.Informational, 2, Sk()), Answer(ExchangeType.Informational, 2, Sk())),
            Capture(Ask(ExchangeType.Informational, 2, Sk()), Answer(ExchangeType.Informational, 2, Sk()), Answer(ExchangeType.Informational, 2, Sk()))),
        new("RULE-IKE-RETRANSMISSION-004", At((0, Ask(ExchangeType.Informational, 2, Sk())), (1, Ask(ExchangeType.Informational, 2, Sk())), (3, Ask(ExchangeType.Informational, 2, Sk()))),
            At((0, Ask(ExchangeType.Informational, 2, Sk())), (1, Ask(ExchangeType.Informational, 2, Sk())), (2, Ask(ExchangeType.Informational, 2, Sk())))),
        new("RULE-IKE-RETRANSMISSION-005", Capture(Ask(ExchangeType.Informational, 0xFFFF_FFFE, Sk()), Ask(ExchangeType.Informational, 0xFFFF_FFFF, Sk())), Capture(Ask(ExchangeType.Informational, 0xFFFF_FFFF, Sk()), Ask(ExchangeType.Informational, 0, Sk()))),
        new("RULE-IKE-RESPONSE-001", Capture(Init(), InitAnswer()), Capture(Init(), Send(Message(RuleFrames.Header(ExchangeType.IkeSaInit, 0, response: true)), back: true, port: 501, from: 500))),
        new("RULE-IKE-RESPONSE-002", Capture(Init(), InitAnswer()), Capture(Send(Message(RuleFrames.Header(ExchangeType.IkeSaInit, 0)), from: 1234), InitAnswer())),
        new("RULE-IKE-RESPONSE-003", Capture(Init(), InitAnswer()), Capture(Init(), Send(Message(RuleFrames.Header(ExchangeType.IkeSaInit, 0, response: true) with { MajorVersion = 3 }), back: true))),
        new("RULE-IKE-RESPONSE-004", Capture(InitAnswer(new NotifyPayload(NotifyType.InvalidSyntax))), Capture(InitAnswer(new NotifyPayload(NotifyType.InvalidSyntax), Nonce))),
    ];

    private static IEnumerable<RuleCase> Payloads() =>
    [
        Payload("001", Nonce, Nonce with { Flags = 1 }),
        Payload("002", Nonce, Nonce with { Flags = 0x80 }),
        new("RULE-IKE-PAYLOAD-003", Capture(InitAnswer(Nonce)), Capture(InitAnswer(Nonce with { Flags = 0x80 }))),
        Payload("004", new VendorIdPayload(new Octets([1])), new VendorIdPayload(new Octets([1])) with { Flags = 0x80 }),
        Payload("005", Nonce, new UnknownPayload((PayloadType)200, new Octets([1]))),
        new("RULE-IKE-PAYLOAD-006", Capture(Ask(ExchangeType.Informational, 2, Sk())), Capture(Send(IkeWriter.Message(RuleFrames.Header(ExchangeType.Informational, 2),
            [Sk().ToRaw() with { Body = new Octets(new byte[32]), ClaimedLength = 20 }])))),
        new("RULE-IKE-PAYLOAD-007", Capture(AskOpen(ExchangeType.Informational, 2, Nonce)), Capture(AskOpen(ExchangeType.Informational, 2, Sk()))),
        new("RULE-IKE-PAYLOAD-008", Capture(Ask(ExchangeType.IkeAuth, 1, Configuration(ConfigurationType.Request), Sa())), Capture(Ask(ExchangeType.IkeAuth, 1, Sa(), Configuration(ConfigurationType.Request)))),
        Payload("009", Fqdn("a.example"), Fqdn("a.example") with { Reserved = 1 }),
        Payload("010", new AuthenticationPayload(AuthenticationMethod.SharedKey, new Octets([1])), new AuthenticationPayload(AuthenticationMethod.SharedKey, new Octets([1])) { Reserved = 1 }),
        Payload("011", Selectors(), Selectors() with { Reserved = 1 }),
        Payload("012", Configuration(ConfigurationType.Request), Configuration(ConfigurationType.Request) with { Reserved = 1 }),
        Payload("013", new KeyExchangePayload(KeyExchangeId.Curve25519, new Octets(new byte[32])), new KeyExchangePayload(KeyExchangeId.Curve25519, new Octets(new byte[32])) { Reserved = 1 }),
        Payload("014", Sa(), new SecurityAssociationPayload([Sa().Proposals[0] with { Reserved = 1 }])),
        Payload("015", Sa(), new SecurityAssociationPayload([Sa().Proposals[0] with { Transforms = [Transform.Prf(PrfId.HmacSha256) with { Reserved = 1 }] }])),
        Payload("016", Sa(), new UnknownPayload(PayloadType.SecurityAssociation, new Octets([0, 0, 0, 200, 1, 1, 0, 1]))),
        Payload("017", Fqdn("a.example"), Fqdn("a.example\0")),
        Payload("018", Mail("a@a.example"), Mail("a@a.example\0")),
        Payload("019", new CertificateRequestPayload(CertificateEncoding.X509CertificateSignature, Octets.Empty), new CertificateRequestPayload(CertificateEncoding.KerberosToken, Octets.Empty)),
        new("RULE-IKE-PAYLOAD-020", Capture(AskSealed(CipherSpi, 2, Body(1, 1)), AskSealed(CipherSpi, 3, Body(2, 2))), Capture(AskSealed(CipherSpi, 2, Body(1, 1)), AskSealed(CipherSpi, 3, Body(1, 2)))),
        new("RULE-IKE-PAYLOAD-021", Capture(AskSealed(OpenSpi, 2, [0, 0, 2])), Capture(AskSealed(OpenSpi, 2, [0, 0, 9]))),
        new("RULE-IKE-PAYLOAD-022", Capture(AskAuthenticated(2, isRight: true)), Capture(AskAuthenticated(2, isRight: false))),
    ];

    private static IEnumerable<RuleCase> Notifications() =>
    [
        Notify("001", new(ProtocolId.Esp, Spi(5), NotifyType.RekeySa, Octets.Empty), new(ProtocolId.Ike, Spi(5), NotifyType.RekeySa, Octets.Empty)),
        Notify("002", new(NotifyType.InitialContact), new(ProtocolId.Ike, Octets.Empty, NotifyType.InitialContact, Octets.Empty)),
        Notify("003", new(NotifyType.InitialContact), new(ProtocolId.Ike, Spi(5), NotifyType.InitialContact, Octets.Empty)),
        Notify("004", new(NotifyType.Cookie, new Octets(new byte[8])), new(NotifyType.Cookie)),
        new("RULE-IKE-NOTIFY-005", Capture(Ask(ExchangeType.IkeAuth, 1, Sa(), Compression(2))), Capture(Ask(ExchangeType.IkeAuth, 1, Compression(2)))),
        new("RULE-IKE-NOTIFY-006", Capture(Ask(ExchangeType.IkeAuth, 1, Sa(), Compression(2)), Answer(ExchangeType.IkeAuth, 1, Sa(), Compression(2))),
            Capture(Ask(ExchangeType.IkeAuth, 1, Sa(), Compression(2)), Answer(ExchangeType.IkeAuth, 1, Sa(), Compression(3)))),
        Notify("007", Compression(2), Compression(1)),
        new("RULE-IKE-NOTIFY-008", Capture(Ask(ExchangeType.IkeAuth, 1, new NotifyPayload(NotifyType.InitialContact))), Capture(Ask(ExchangeType.Informational, 2, new NotifyPayload(NotifyType.InitialContact)))),
        new("RULE-IKE-NOTIFY-009", Capture(Init(NatSource(true), NatDestination())), Capture(Init(NatSource(true)))),
        Notify("010", new(ProtocolId.Esp, Spi(5), NotifyType.RekeySa, Octets.Empty), new(NotifyType.RekeySa)),
        Notify("011", Group(31), new(NotifyType.InvalidKePayload)),
        new("RULE-IKE-NOTIFY-012", Capture(Init(Sa()), InitAnswer(Group(31))), Capture(Init(Sa()), InitAnswer(Group(14)))),
        new("RULE-IKE-NOTIFY-013", Capture(Init(new UnknownPayload((PayloadType)200, Octets.Empty)), InitAnswer(Critical(200))), Capture(Init(new UnknownPayload((PayloadType)200, Octets.Empty)), InitAnswer(Critical(201)))),
        new("RULE-IKE-NOTIFY-014", Capture(InitAnswer(new NotifyPayload(NotifyType.Cookie, new Octets([1])))), Capture(InitAnswer(new NotifyPayload(NotifyType.Cookie, new Octets([1])), Sa()))),
        new("RULE-IKE-NOTIFY-015", Capture(Init(Sa(), Nonce), Init(new NotifyPayload(NotifyType.Cookie, new Octets([1])), Sa(), Nonce)), Capture(Init(Sa(), Nonce), Init(Sa(), Nonce, new NotifyPayload(NotifyType.Cookie, new Octets([1]))))),
        Notify("016", new(NotifyType.Ikev2FragmentationSupported), new(ProtocolId.Ike, Octets.Empty, NotifyType.Ikev2FragmentationSupported, Octets.Empty)),
        Notify("017", new(NotifyType.Ikev2FragmentationSupported), new(ProtocolId.None, Spi(5), NotifyType.Ikev2FragmentationSupported, Octets.Empty)),
        new("RULE-IKE-NOTIFY-018", Capture(Answer(ExchangeType.Informational, 2, new NotifyPayload(NotifyType.InvalidIkeSpi))), Capture(Answer(ExchangeType.Informational, 2, new NotifyPayload(NotifyType.InvalidIkeSpi), Nonce))),
        new("RULE-IKE-NOTIFY-019", Capture(Ask(ExchangeType.Informational, 2, Sk()), Answer(ExchangeType.Informational, 2, new NotifyPayload(NotifyType.InvalidIkeSpi))),
            Capture(Ask(ExchangeType.Informational, 2, Sk()), Send(Message(RuleFrames.Header(ExchangeType.Informational, 2, response: true, spiR: 9), new NotifyPayload(NotifyType.InvalidIkeSpi)), back: true))),
        new("RULE-IKE-NOTIFY-020", Capture(Answer(ExchangeType.IkeAuth, 1, new NotifyPayload(NotifyType.AuthenticationFailed))), Capture(Answer(ExchangeType.IkeAuth, 1, Nonce))),
    ];

    private static IEnumerable<RuleCase> Deletes() =>
    [
        Vary("RULE-IKE-DELETE-001", DeletePayload.IkeSa, new DeletePayload(ProtocolId.Esp, 8, [new Octets(new byte[8])])),
        Vary("RULE-IKE-DELETE-002", DeletePayload.IkeSa, new DeletePayload((ProtocolId)9, 4, [Spi(5)])),
        new("RULE-IKE-DELETE-003", Capture(Ask(ExchangeType.IkeAuth, 1, ChildSa(5)), Ask(ExchangeType.Informational, 2, DeletePayload.Esp(5))),
            Capture(Answer(ExchangeType.IkeAuth, 1, ChildSa(5)), Ask(ExchangeType.Informational, 2, DeletePayload.Esp(5)))),
        new("RULE-IKE-DELETE-004", Capture(AskBack(ExchangeType.Informational, 0, DeletePayload.Esp(5)), Ask(ExchangeType.Informational, 2, DeletePayload.Esp(6)), Answer(ExchangeType.Informational, 2, DeletePayload.Esp(7))),
            Capture(AskBack(ExchangeType.Informational, 0, DeletePayload.Esp(5)), Ask(ExchangeType.Informational, 2, DeletePayload.Esp(6)), Answer(ExchangeType.Informational, 2, DeletePayload.Esp(5)))),
        new("RULE-IKE-DELETE-005", Capture(Ask(ExchangeType.Informational, 2, DeletePayload.IkeSa)), Capture(Ask(ExchangeType.Informational, 2, DeletePayload.IkeSa), Ask(ExchangeType.Informational, 3, Sk()))),
        new("RULE-IKE-DELETE-006", Capture(AskOpen(ExchangeType.Informational, 2, DeletePayload.IkeSa)), Capture(AskOpen(ExchangeType.CreateChildSa, 2, DeletePayload.IkeSa))),
    ];

    private static IEnumerable<RuleCase> Spis() =>
    [
        new("RULE-IKE-SPI-001", Capture(Init(Sa()), InitAnswer(Sa())),
            Capture(Init(Sa()), InitAnswer(Sa()), Send(Message(RuleFrames.Header(ExchangeType.IkeSaInit, 0, response: true, spiI: 99), Sa()), back: true))),
        new("RULE-IKE-SPI-002", Capture(Ask(ExchangeType.IkeAuth, 1, ChildSa(5))), Capture(Ask(ExchangeType.IkeAuth, 1, ChildSa(0)))),
        new("RULE-IKE-SPI-003", Capture(Ask(ExchangeType.IkeAuth, 1, ChildSa(5)), Ask(ExchangeType.CreateChildSa, 2, ChildSa(6))), Capture(Ask(ExchangeType.IkeAuth, 1, ChildSa(5)), Ask(ExchangeType.CreateChildSa, 2, ChildSa(5)))),
        new("RULE-IKE-SPI-004", Capture(Answer(ExchangeType.IkeAuth, 1, ChildSa(5)), EspFromA(Esp(5, 1))), Capture(Ask(ExchangeType.IkeAuth, 1, ChildSa(5)), EspFromA(Esp(5, 1)))),
    ];

    private static IEnumerable<RuleCase> Fragments() =>
    [
        new("RULE-IKE-FRAGMENT-001", Capture(Fragment(1, 2, PayloadType.Nonce)), Capture(Send(IkeWriter.Message(RuleFrames.Header(ExchangeType.IkeAuth, 1),
            [new EncryptedFragmentPayload(PayloadType.Nonce, 1, 2, new Octets(new byte[40])).ToRaw() with { ClaimedLength = 30 }])))),
        new("RULE-IKE-FRAGMENT-002", Capture(Fragment(1, 2, PayloadType.Nonce)), Capture(Fragment(1, 2, PayloadType.None))),
        new("RULE-IKE-FRAGMENT-003", Capture(Fragment(2, 2, PayloadType.None)), Capture(Fragment(2, 2, PayloadType.Nonce))),
        new("RULE-IKE-FRAGMENT-004", Capture(Fragment(2, 2, PayloadType.None)), Capture(Fragment(3, 2, PayloadType.None))),
        new("RULE-IKE-FRAGMENT-005", Capture(Fragment(2, 2, PayloadType.None)), Capture(Fragment(0, 2, PayloadType.None))),
        new("RULE-IKE-FRAGMENT-006", Capture(Fragment(2, 2, PayloadType.None)), Capture(Fragment(2, 0, PayloadType.None))),
        new("RULE-IKE-FRAGMENT-007", Capture(Fragment(1, 2, PayloadType.Nonce), Fragment(2, 2, PayloadType.None)), Capture(Fragment(1, 2, PayloadType.Nonce), Fragment(2, 2, PayloadType.None, exchange: ExchangeType.CreateChildSa))),
        new("RULE-IKE-FRAGMENT-008", Capture(Init(Sa(), new NotifyPayload(NotifyType.Ikev2FragmentationSupported)), InitAnswer(Sa(), new NotifyPayload(NotifyType.Ikev2FragmentationSupported)), Fragment(1, 2, PayloadType.Nonce)),
            Capture(Init(Sa(), new NotifyPayload(NotifyType.Ikev2FragmentationSupported)), InitAnswer(Sa()), Fragment(1, 2, PayloadType.Nonce))),
        new("RULE-IKE-FRAGMENT-010", Capture(AskOpen(ExchangeType.Informational, 0, Synchronization)), Capture(OpenFragment(ExchangeType.Informational, 0, Synchronization))),
        new("RULE-IKE-FRAGMENT-009", Capture(Fragment(1, 2, PayloadType.Nonce), Fragment(1, 3, PayloadType.Nonce)), Capture(Fragment(1, 3, PayloadType.Nonce), Fragment(2, 2, PayloadType.None))),
    ];

    private static NotifyPayload Synchronization => new(NotifyType.Ikev2MessageIdSync, new Octets(new byte[12]));

    public static SecurityAssociationPayload Sa() => new([new(1, ProtocolId.Ike, Octets.Empty,
        [Transform.Encryption(EncryptionId.AesGcm16, 128), Transform.Prf(PrfId.HmacSha256), Transform.KeyExchange(KeyExchangeId.Curve25519)])]);

    public static SecurityAssociationPayload ChildSa(uint spi) => new([new(1, ProtocolId.Esp, Spi(spi),
        [Transform.Encryption(EncryptionId.AesGcm16, 128), Transform.SequenceNumbers(SequenceNumbersId.Sequential32)])]);

    public static Octets Spi(uint spi) => new([(byte)(spi >> 24), (byte)(spi >> 16), (byte)(spi >> 8), (byte)spi]);

    public static TrafficSelectorPayload Selectors(PayloadType side = PayloadType.TrafficSelectorInitiator) => new(side, [TrafficSelector.Range(A, A)]);

    public static ConfigurationPayload Configuration(ConfigurationType type, params ConfigurationAttribute[] attributes) => new(type, [.. attributes]);

    public static RuleCase Vary(string id, Payload held, Payload broken) => new(id, Capture(Init(held)), Capture(Init(broken)));

    private static RuleCase Header(string number, Func<IkeHeader, IkeHeader> change) =>
        new($"RULE-IKE-HEADER-{number}", Capture(Init(Nonce)), Capture(Send(Message(change(RuleFrames.Header(ExchangeType.IkeSaInit, 0)), Nonce))));

    private static RuleCase Payload(string number, Payload held, Payload broken) => Vary($"RULE-IKE-PAYLOAD-{number}", held, broken);

    private static RuleCase Notify(string number, NotifyPayload held, NotifyPayload broken) => Vary($"RULE-IKE-NOTIFY-{number}", held, broken);

    private static NotifyPayload Window(byte size) => new(NotifyType.SetWindowSize, new Octets([0, 0, 0, size]));

    private static NotifyPayload Compression(byte algorithm) => new(NotifyType.IpcompSupported, new Octets([1, 0, algorithm]));

    private static NotifyPayload Group(byte group) => new(NotifyType.InvalidKePayload, new Octets([0, group]));

    private static NotifyPayload Critical(byte type) => new(NotifyType.UnsupportedCriticalPayload, new Octets([type]));

    private static IdentificationPayload Fqdn(string name) => IdentificationPayload.Fqdn(PayloadType.IdentificationInitiator, name);

    private static IdentificationPayload Mail(string name) => Fqdn(name) with { IdType = IdentificationType.Rfc822Addr };

    /// <summary>IV of one octet repeated, then one block.</summary>
    private static byte[] Body(byte iv, byte block) => [.. Enumerable.Repeat(iv, 16), .. Enumerable.Repeat(block, 16)];

    /// <summary>A rekey of the IKE SA, and the first request on the new one.</summary>
    private static Conformance.Decoding.CaptureFrame[] Rekeyed(uint id)
    {
        var (spiI, spiR) = (new Octets([1, 1, 1, 1, 1, 1, 1, 1]), new Octets([2, 2, 2, 2, 2, 2, 2, 2]));
        return Capture(
            Ask(ExchangeType.CreateChildSa, 2, new SecurityAssociationPayload([Sa().Proposals[0] with { Spi = spiI }])),
            Answer(ExchangeType.CreateChildSa, 2, new SecurityAssociationPayload([Sa().Proposals[0] with { Spi = spiR }])),
            Send(Message(RuleFrames.Header(ExchangeType.Informational, id, spiI: 0x0101010101010101, spiR: 0x0202020202020202), Sk())));
    }
}
