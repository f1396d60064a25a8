using System.Net;
using Conformance.Decoding;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using static Conformance.Tests.Rules.IkeRuleCases;
using static Conformance.Tests.Rules.RuleFrames;

namespace Conformance.Tests.Rules;

/// <summary>Cases of key exchange, proposals, algorithms, selectors, signatures and configuration.</summary>
internal static class NegotiationRuleCases
{
    private static readonly Transform Gcm = Transform.Encryption(EncryptionId.AesGcm16, 128);
    private static readonly Transform Cbc = Transform.Encryption(EncryptionId.AesCbc, 128);
    private static readonly Transform Sha = Transform.Integrity(IntegrityId.HmacSha256_128);
    private static readonly Transform NoIntegrity = Transform.Integrity(IntegrityId.None);
    private static readonly Transform Curve = Transform.KeyExchange(KeyExchangeId.Curve25519);
    private static readonly Transform Prf = Transform.Prf(PrfId.HmacSha256);

    public static IEnumerable<RuleCase> All => [.. KeyExchange(), .. Proposals(), .. Algorithms(), .. TrafficSelectors(), .. Signatures(), .. Configurations()];

    private static IEnumerable<RuleCase> KeyExchange() =>
    [
        Vary("RULE-IKE-KEY-EXCHANGE-001", Ke(KeyExchangeId.Modp2048, 256), Ke(KeyExchangeId.Modp2048, 255)),
        new("RULE-IKE-KEY-EXCHANGE-002", Capture(Init(Sa(), Ke(KeyExchangeId.Curve25519, 32))), Capture(Init(Sa(), Ke(KeyExchangeId.Ecp256, 64)))),
        new("RULE-IKE-KEY-EXCHANGE-003", Capture(Ask(ExchangeType.CreateChildSa, 2, ChildSa(5))), Capture(Ask(ExchangeType.CreateChildSa, 2, ChildSa(5), Ke(KeyExchangeId.Curve25519, 32)))),
        new("RULE-IKE-KEY-EXCHANGE-004", Capture(Answer(ExchangeType.CreateChildSa, 2, ChildSa(5))), Capture(Answer(ExchangeType.CreateChildSa, 2, ChildSa(5), Ke(KeyExchangeId.Curve25519, 32)))),
        new("RULE-IKE-KEY-EXCHANGE-005", Capture(Ask(ExchangeType.CreateChildSa, 2, Sa(), Ke(KeyExchangeId.Curve25519, 32))), Capture(Ask(ExchangeType.CreateChildSa, 2, Sa()))),
        new("RULE-IKE-KEY-EXCHANGE-006", Capture(Ask(ExchangeType.CreateChildSa, 2, Sa())), Capture(Ask(ExchangeType.CreateChildSa, 2, Offer(Gcm, Prf, Transform.KeyExchange(KeyExchangeId.None))))),
        new("RULE-IKE-KEY-EXCHANGE-007", Capture(Ask(ExchangeType.CreateChildSa, 2, Sa(), Ke(KeyExchangeId.Curve25519, 32)), Ask(ExchangeType.CreateChildSa, 3, Sa(), Ke(KeyExchangeId.Curve25519, 32, 1))),
            Capture(Ask(ExchangeType.CreateChildSa, 2, Sa(), Ke(KeyExchangeId.Curve25519, 32)), Ask(ExchangeType.CreateChildSa, 3, Sa(), Ke(KeyExchangeId.Curve25519, 32)))),
        new("RULE-IKE-KEY-EXCHANGE-008", Capture(InitAnswer(Sa(), Ke(KeyExchangeId.Curve25519, 32))), Capture(InitAnswer(Sa()))),
        new("RULE-IKE-KEY-EXCHANGE-009", Hinted(Sa2(), Ke(KeyExchangeId.Ecp256, 64)), Hinted(Sa2(), Ke(KeyExchangeId.Curve25519, 32), Nonce(16))),
        new("RULE-IKE-KEY-EXCHANGE-010", Hinted(Sa2()), Hinted(Offer(Gcm, Prf, Transform.KeyExchange(KeyExchangeId.Ecp256)))),
        new("RULE-IKE-REKEY-001", Capture(Ask(ExchangeType.CreateChildSa, 2, Sa(), Ke(KeyExchangeId.Curve25519, 32))),
            Capture(Ask(ExchangeType.CreateChildSa, 2, Sa(), Ke(KeyExchangeId.Curve25519, 32)), Answer(ExchangeType.CreateChildSa, 2, Sa(), Ke(KeyExchangeId.Curve25519, 32)), Ask(ExchangeType.CreateChildSa, 3, ChildSa(5)))),
        Vary("RULE-IKE-NONCE-001", Nonce(16), Nonce(15)),
        new("RULE-IKE-NONCE-002", Capture(Ask(ExchangeType.CreateChildSa, 2, Nonce(16)), Ask(ExchangeType.CreateChildSa, 3, Nonce(17))), Capture(Ask(ExchangeType.CreateChildSa, 2, Nonce(16)), Ask(ExchangeType.CreateChildSa, 3, Nonce(16)))),
        new("RULE-IKE-NONCE-003", Capture(Init(Offer(Transform.Prf(PrfId.HmacSha512)), Nonce(32))), Capture(Init(Offer(Transform.Prf(PrfId.HmacSha512)), Nonce(31)))),
    ];

    private static IEnumerable<RuleCase> Proposals() =>
    [
        Proposal("001", Offer(Gcm), new([Offer(Gcm).Proposals[0] with { Number = 2 }])),
        Proposal("002", Two(2), Two(3)),
        Proposal("003", Offer(Gcm), new([Offer(Gcm).Proposals[0] with { Spi = Spi(5) }])),
        Choice("004", Offer(Gcm), Two(2)),
        Choice("005", Offer(Gcm), new([Offer(Gcm).Proposals[0] with { Number = 9 }])),
        Choice("006", Offer(Gcm), new([Offer(Gcm).Proposals[0] with { Protocol = ProtocolId.Esp }])),
        new("RULE-IKE-PROPOSAL-007", Capture(Init(Offer(Gcm, Cbc, Prf)), InitAnswer(Offer(Gcm, Prf))), Capture(Init(Offer(Gcm, Cbc, Prf)), InitAnswer(Offer(Gcm, Cbc, Prf)))),
        Choice("008", Offer(Gcm), Offer(Transform.Encryption(EncryptionId.AesGcm16, 256))),
        Proposal("009", Offer(Gcm), Offer(Gcm with { Attributes = [TransformAttribute.KeyLength(128), TransformAttribute.KeyLength(256)] })),
        Proposal("010", Offer(Gcm), Offer(Gcm with { Attributes = [new(TransformAttribute.KeyLengthType, false, new Octets([0, 128]))] })),
        Proposal(
            "023", Offer(Gcm with { Attributes = [new(TransformAttribute.SignatureAlgorithmIdentifierType, false, new Octets([48, 0]))] }),
            Offer(Gcm with { Attributes = [new(TransformAttribute.SignatureAlgorithmIdentifierType, true, new Octets([48, 0]))] })),
        Proposal("011", Offer(Gcm), Offer(Transform.Encryption(EncryptionId.AesGcm16))),
        Proposal("012", Offer(Transform.Encryption(EncryptionId.ChaCha20Poly1305)), Offer(Transform.Encryption(EncryptionId.ChaCha20Poly1305, 256))),
        Proposal("013", Offer(Gcm), Offer(Transform.Encryption(EncryptionId.AesGcm16, 16))),
        Proposal("014", Offer(Gcm), Offer(Gcm, Sha)),
        Proposal("015", Offer(Gcm, Transform.Encryption(EncryptionId.AesGcm16, 256)), Offer(Gcm, Cbc)),
        Proposal("016", Offer(Cbc, Sha), Offer(Cbc)),
        Proposal("017", EspOffer(Cbc, Sha), EspOffer(Cbc)),
        Proposal("018", EspOffer(Transform.Encryption(EncryptionId.Null), Sha), EspOffer(Transform.Encryption(EncryptionId.Null), NoIntegrity)),
        Proposal("019", Offer(Gcm, Curve), Offer(Gcm, Transform.KeyExchange(KeyExchangeId.None))),
        Proposal("020", Offer(Cbc, Sha), Offer(Cbc, Sha, NoIntegrity)),
        Proposal("021", Offer(Transform.Encryption(EncryptionId.AesCcm8, 128)), Offer(Transform.Encryption(EncryptionId.AesCcm8, 256))),
        Proposal("022", Offer(Gcm), Offer(Transform.Encryption((EncryptionId)999, 128))),
    ];

    private static IEnumerable<RuleCase> Algorithms() =>
    [
        Ike("001", Gcm, Transform.Encryption(EncryptionId.Des)), Ike("002", Gcm, Transform.Encryption(EncryptionId.Null)), Ike("003", Prf, Transform.Prf(PrfId.HmacMd5)),
        Ike("004", Sha, Transform.Integrity(IntegrityId.HmacMd5_96)), Ike("005", Sha, Transform.Integrity(IntegrityId.DesMac)), Ike("006", Sha, Transform.Integrity(IntegrityId.KpdkMd5)),
        Ike("007", Curve, Transform.KeyExchange(KeyExchangeId.Modp768)), Ike("008", Curve, Transform.KeyExchange(KeyExchangeId.Modp1024)), Ike("009", Curve, Transform.KeyExchange(KeyExchangeId.Modp1536)),
        Ike("010", Curve, Transform.KeyExchange(KeyExchangeId.Modp1024_160)), Ike("011", Curve, Transform.KeyExchange(KeyExchangeId.Modp2048_224)), Ike("012", Curve, Transform.KeyExchange(KeyExchangeId.Modp2048_256)),
        Child("013", Gcm, Transform.Encryption(EncryptionId.DesIv64)), Child("014", Gcm, Transform.Encryption(EncryptionId.Des)), Child("015", Gcm, Transform.Encryption(EncryptionId.TripleDes)),
        Child("016", Gcm, Transform.Encryption(EncryptionId.Blowfish)), Child("017", Gcm, Transform.Encryption(EncryptionId.TripleIdea)), Child("018", Gcm, Transform.Encryption(EncryptionId.DesIv32)),
        Child("019", Gcm, Transform.Encryption(EncryptionId.Cast)), Child("020", Sha, Transform.Integrity(IntegrityId.HmacMd5_96)), Child("021", Sha, Transform.Integrity(IntegrityId.DesMac)),
        Child("022", Sha, Transform.Integrity(IntegrityId.KpdkMd5)),
    ];

    private static IEnumerable<RuleCase> TrafficSelectors() =>
    [
        Selector("001", Any, Any with { StartPort = 80, EndPort = 80 }),
        Selector("002", Any with { IpProtocol = 47 }, Any with { IpProtocol = 47, StartPort = 80, EndPort = 80 }),
        Selector("003", Any with { StartPort = 65535, EndPort = 0 }, Any with { IpProtocol = 17, StartPort = 81, EndPort = 80 }),
        Selector("004", Any, TrafficSelector.Range(B, A)),
        new("RULE-IKE-TRAFFIC-SELECTOR-005", Child(new(10, 0, 0, 0, 8), new(10, 1, 0, 0, 16)), Child(new(10, 1, 0, 0, 16), new(10, 0, 0, 0, 8))),
        new("RULE-IKE-TRAFFIC-SELECTOR-006", Replaced(new(10, 0, 0, 0, 8), new(10, 0, 0, 0, 8)), Replaced(new(10, 1, 0, 0, 16), new(10, 1, 0, 0, 16))),
        new("RULE-IKE-TRAFFIC-SELECTOR-007", Replaced(new(10, 0, 0, 0, 8), new(10, 0, 0, 0, 8)), Replaced(new(10, 0, 0, 0, 8), new(10, 1, 0, 0, 16))),
        new("RULE-IKE-TRAFFIC-SELECTOR-008", Transport(A, A, B), Transport(A, B, B)),
        new("RULE-IKE-TRAFFIC-SELECTOR-009", Transport(A, A, B), Transport(B, B, B)),
        new("RULE-IKE-TRAFFIC-SELECTOR-010", Transport(A, A, B), Transport(A, A, A)),
        new("RULE-IKE-TRAFFIC-SELECTOR-011", Mode(asked: true), Mode(asked: false)),
    ];

    private static IEnumerable<RuleCase> Signatures() =>
    [
        new("RULE-IKE-SIGNATURE-001", Capture(Init(Hashes(2)), InitAnswer(Hashes(2)), Ask(ExchangeType.IkeAuth, 1, Signed("300d06092a864886f70d01010b0500"))),
            Capture(Init(Hashes(2)), InitAnswer(Hashes(2)), Ask(ExchangeType.IkeAuth, 1, new AuthenticationPayload(AuthenticationMethod.RsaDigitalSignature, new Octets(new byte[256]))))),
        new("RULE-IKE-SIGNATURE-002", Capture(InitAnswer(Hashes(2)), Ask(ExchangeType.IkeAuth, 1, Signed("300d06092a864886f70d01010b0500"))), Capture(InitAnswer(Hashes(2)), Ask(ExchangeType.IkeAuth, 1, Signed("300d06092a864886f70d01010d0500")))),
        Signature("003", "300d06092a864886f70d0101050500"), Signature("004", "300906072a8648ce380403"), Signature("005", "300906072a8648ce3d0401"),
        Signature("006", "300b06092a864886f70d01010a"), Signature("007", "300d06092a864886f70d01010a3000"),
        Vary("RULE-IKE-SIGNATURE-008", Hashes(2), Hashes(1)),
        Vary("RULE-IKE-SIGNATURE-009", new AuthenticationPayload(AuthenticationMethod.SharedKey, new Octets([1])), new AuthenticationPayload(AuthenticationMethod.DssDigitalSignature, new Octets([1]))),
        Vary("RULE-IKE-SIGNATURE-010", new AuthenticationPayload(AuthenticationMethod.RsaDigitalSignature, new Octets(new byte[256])), new AuthenticationPayload(AuthenticationMethod.RsaDigitalSignature, new Octets(new byte[128]))),
        Signature("012", "300b06092a864886f70d01010b"),
        Vary("RULE-IKE-SIGNATURE-011", Url("http://a.example/c"), Url("ftp://a.example/cc")),
    ];

    private static IEnumerable<RuleCase> Configurations() =>
    [
        Vary("RULE-IKE-CONFIGURATION-001", Request(Address), Request(Address with { Reserved = true })),
        new("RULE-IKE-CONFIGURATION-002", Capture(Ask(ExchangeType.IkeAuth, 1, Request(Address))), Capture(Ask(ExchangeType.IkeAuth, 1, Request(Mask)))),
        new("RULE-IKE-CONFIGURATION-003", Capture(Ask(ExchangeType.IkeAuth, 1, Request(Address)), Answer(ExchangeType.IkeAuth, 1, Configuration(ConfigurationType.Reply, Address))),
            Capture(Ask(ExchangeType.IkeAuth, 1, Nonce(16)), Answer(ExchangeType.IkeAuth, 1, Configuration(ConfigurationType.Reply, Address)))),
        Vary("RULE-IKE-CONFIGURATION-004", Request(Address, Mask), Request(Mask)),
        Vary("RULE-IKE-CONFIGURATION-005", Request(Mask), Request(Mask with { Value = Spi(0xFFFFFF00) })),
    ];

    private static TrafficSelector Any => TrafficSelector.Range(A, A);

    private static ConfigurationAttribute Address => new(ConfigurationAttributeType.InternalIp4Address, Octets.Empty);

    private static ConfigurationAttribute Mask => new(ConfigurationAttributeType.InternalIp4Netmask, Octets.Empty);

    private static ConfigurationPayload Request(params ConfigurationAttribute[] attributes) => Configuration(ConfigurationType.Request, attributes);

    private static KeyExchangePayload Ke(KeyExchangeId group, int length, byte octet = 0) => new(group, new Octets([.. Enumerable.Repeat(octet, length)]));

    private static NoncePayload Nonce(int length) => new(new Octets(new byte[length]));

    private static SecurityAssociationPayload Offer(params Transform[] transforms) => new([new(1, ProtocolId.Ike, Octets.Empty, [.. transforms])]);

    private static SecurityAssociationPayload EspOffer(params Transform[] transforms) => new([new(1, ProtocolId.Esp, Spi(5), [.. transforms])]);

    private static SecurityAssociationPayload Two(byte second) => new([Offer(Gcm).Proposals[0], Offer(Gcm).Proposals[0] with { Number = second }]);

    /// <summary>Two groups on offer.</summary>
    private static SecurityAssociationPayload Sa2() => Offer(Gcm, Prf, Curve, Transform.KeyExchange(KeyExchangeId.Ecp256));

    /// <summary>A first try, the hint at group 19, and a second try.</summary>
    private static CaptureFrame[] Hinted(params Payload[] second) =>
        Capture(Init(Sa2(), Ke(KeyExchangeId.Curve25519, 32)), InitAnswer(new NotifyPayload(NotifyType.InvalidKePayload, new Octets([0, 19]))), Init(second));

    private static RuleCase Proposal(string number, SecurityAssociationPayload held, SecurityAssociationPayload broken) => Vary($"RULE-IKE-PROPOSAL-{number}", held, broken);

    private static RuleCase Choice(string number, SecurityAssociationPayload held, SecurityAssociationPayload broken) =>
        new($"RULE-IKE-PROPOSAL-{number}", Capture(Init(Offer(Gcm)), InitAnswer(held)), Capture(Init(Offer(Gcm)), InitAnswer(broken)));

    private static RuleCase Ike(string number, Transform held, Transform broken) => Vary($"RULE-IKE-ALGORITHM-{number}", Offer(held), Offer(broken));

    private static RuleCase Child(string number, Transform held, Transform broken) => Vary($"RULE-IKE-ALGORITHM-{number}", EspOffer(held), EspOffer(broken));

    private static RuleCase Selector(string number, TrafficSelector held, TrafficSelector broken) => Vary(
        $"RULE-IKE-TRAFFIC-SELECTOR-{number}", new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, [held]), new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, [broken]));

    private sealed record Net(byte A, byte B, byte C, byte D, int Prefix)
    {
        public TrafficSelector Selector => TrafficSelector.Subnet(new(new IPAddress([A, B, C, D]), Prefix));
    }

    private static Payload[] Both(Net net) =>
    [
        new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, [net.Selector]), new TrafficSelectorPayload(PayloadType.TrafficSelectorResponder, [net.Selector]),
    ];

    private static CaptureFrame[] Child(Net offered, Net chosen) => Capture(
        Ask(ExchangeType.IkeAuth, 1, [ChildSa(5), .. Both(offered)]), Answer(ExchangeType.IkeAuth, 1, [ChildSa(6), .. Both(chosen)]));

    /// <summary>A child SA for 10.0.0.0/8 on both sides, and its rekey.</summary>
    private static CaptureFrame[] Replaced(Net offered, Net chosen) => Capture(
        Ask(ExchangeType.IkeAuth, 1, [ChildSa(5), .. Both(new(10, 0, 0, 0, 8))]), Answer(ExchangeType.IkeAuth, 1, [ChildSa(6), .. Both(new(10, 0, 0, 0, 8))]),
        Ask(ExchangeType.CreateChildSa, 2, [new NotifyPayload(ProtocolId.Esp, Spi(5), NotifyType.RekeySa, Octets.Empty), ChildSa(7), .. Both(offered)]),
        Answer(ExchangeType.CreateChildSa, 2, [ChildSa(8), .. Both(chosen)]));

    /// <summary>Transport mode through a NAT.</summary>
    private static CaptureFrame[] Transport(IPAddress first, IPAddress last, IPAddress responder) => Capture(
        Init(Sa(), NatSource(true), NatDestination()), InitAnswer([Sa(), .. NatAnswer(found: true)]),
        Send(
            Message(
                Header(ExchangeType.IkeAuth, 1), new NotifyPayload(NotifyType.UseTransportMode),
                new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, [TrafficSelector.Range(first, last)]),
                new TrafficSelectorPayload(PayloadType.TrafficSelectorResponder, [TrafficSelector.Range(responder, responder)])),
            port: 4500));

    private static CaptureFrame[] Mode(bool asked) => Capture(
        Ask(ExchangeType.IkeAuth, 1, asked ? [ChildSa(5), new NotifyPayload(NotifyType.UseTransportMode)] : [ChildSa(5)]),
        Answer(ExchangeType.IkeAuth, 1, ChildSa(6), new NotifyPayload(NotifyType.UseTransportMode)));

    private static NotifyPayload Hashes(byte hash) => new(NotifyType.SignatureHashAlgorithms, new Octets([0, hash]));

    private static AuthenticationPayload Signed(string identifier) =>
        new(AuthenticationMethod.DigitalSignature, new([(byte)(identifier.Length / 2), .. Convert.FromHexString(identifier), .. new byte[256]]));

    private static RuleCase Signature(string number, string broken) => Vary($"RULE-IKE-SIGNATURE-{number}", Signed("300d06092a864886f70d01010b0500"), Signed(broken));

    private static CertificatePayload Url(string url) =>
        new(CertificateEncoding.HashAndUrlOfX509Certificate, new([.. new byte[20], .. System.Text.Encoding.ASCII.GetBytes(url)]));
}
