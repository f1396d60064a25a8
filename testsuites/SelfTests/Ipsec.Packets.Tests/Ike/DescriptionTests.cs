using System.Collections.Immutable;
using System.Net;
using System.Text;
using Ipsec.Packets.Ike;

namespace Ipsec.Packets.Tests.Ike;

/// <summary>Messages in words: what verdicts, reports and the decoder show of them.</summary>
public sealed class DescriptionTests
{
    private static readonly IkeHeader Header = new()
    {
        InitiatorSpi = 0x0102030405060708, ResponderSpi = 0x1112131415161718, MajorVersion = 2, ExchangeType = ExchangeType.IkeAuth, Flags = IkeFlags.Initiator, MessageId = 1,
    };

    private static readonly SecurityAssociationPayload Offer = new(
    [
        new(1, ProtocolId.Esp, new byte[] { 0xaa, 0xbb, 0xcc, 0xdd },
        [
            Transform.Encryption(EncryptionId.AesGcm16, 256), Transform.KeyExchange(KeyExchangeId.Curve25519),
            new(TransformType.AdditionalKeyExchange1, (ushort)KeyExchangeId.Ecp256, []), new(TransformType.AdditionalKeyExchange7, (ushort)KeyExchangeId.None, []),
            Transform.SequenceNumbers(SequenceNumbersId.Extended64),
        ]),
        new(2, ProtocolId.Ike, Octets.Empty,
        [
            Transform.Prf(PrfId.HmacSha256), Transform.Integrity(IntegrityId.HmacSha1_96),
            new((TransformType)200, 9, [new(19, true, new byte[] { 1, 2 }), new(14, false, new byte[] { 0, 128, 0 })]),
        ]),
    ]);

    [Test]
    public void Message_Described_IsEachPayloadWithItsFields()
    {
        var message = new IkeMessage(Header, [new EncryptedPayload(PayloadType.IdentificationInitiator, new byte[8]) { Flags = 0x80 }]);
        ImmutableArray<Payload> inner =
        [
            IdentificationPayload.Fqdn(PayloadType.IdentificationInitiator, "a\\b\u0001"),
            new NotifyPayload(ProtocolId.Esp, new byte[] { 1, 2, 3, 4 }, NotifyType.RekeySa, Octets.Empty),
            new NotifyPayload(NotifyType.Cookie, new byte[] { 9 }),
            Offer,
            new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, [TrafficSelector.Subnet(IPNetwork.Parse("10.2.0.0/26")), TrafficSelector.Subnet(IPNetwork.Parse("10.2.1.0/24")) with { IpProtocol = 17, StartPort = 7, EndPort = 9 }]),
            DeletePayload.Children(ProtocolId.Ah, 0x01020304, 5),
        ];
        Assert.That(message.Describe(inner).Split('\n'), Is.EqualTo((string[])
        [
            "IKE_AUTH, version 2.0, flags Initiator, message id 1",
            "SPIi 0102030405060708  SPIr 1112131415161718",
            "SK (critical)",
            "  first inside IDi",
            "  8 octets",
            "    IDi",
            "      type Fqdn",
            "      identity a\\x5cb\\x01",
            "    N(REKEY_SA)",
            "      Esp spi 01020304",
            "    N(COOKIE)",
            "      data 09",
            "    SA",
            "      proposal 1: Esp spi aabbccdd",
            "        Encryption AesGcm16 256 bits",
            "        KeyExchange Curve25519",
            "        AdditionalKeyExchange1 Ecp256",
            "        AdditionalKeyExchange7 None",
            "        SequenceNumbers Extended64",
            "      proposal 2: Ike",
            "        PseudorandomFunction HmacSha256",
            "        Integrity HmacSha1_96",
            "        200 9 attribute 19 = 0102 attribute 14 = 008000",
            "    TSi",
            "      10.2.0.0-10.2.0.63 any protocol any port",
            "      10.2.1.0-10.2.1.255 protocol 17 ports 7-9",
            "    D(AH 01020304 00000005)",
            "      Ah",
            "      spi 01020304",
            "      spi 00000005",
        ]));
    }

    [Test]
    public void Message_Summarized_IsItsPayloads()
    {
        Assert.That(new IkeMessage(Header, [Offer, DeletePayload.IkeSa]).Summary, Is.EqualTo("IKE_AUTH request 1: SA D(IKE)"));
        Assert.That(new IkeMessage(Header with { Flags = IkeFlags.Response, ExchangeType = ExchangeType.Informational }, []).Summary, Is.EqualTo("INFORMATIONAL response 1: (empty)"));
    }

    private static readonly TestCaseData[] Attributes =
    [
        new(ConfigurationAttributeType.InternalIp4Address, "", "InternalIp4Address"),
        new(ConfigurationAttributeType.InternalIp4Address, "0a010203", "InternalIp4Address 10.1.2.3"),
        new(ConfigurationAttributeType.InternalIp4Subnet, "0a010000ffff0000", "InternalIp4Subnet 10.1.0.0/255.255.0.0"),
        new(ConfigurationAttributeType.InternalIp4Subnet, "0a0100", "InternalIp4Subnet 0a0100"),
        new(ConfigurationAttributeType.InternalIp6Address, "fd00000000000000000000000000000140", "InternalIp6Address fd00::1/64"),
        new(ConfigurationAttributeType.InternalIp6Address, "fd00", "InternalIp6Address fd00"),
        new(ConfigurationAttributeType.InternalIp6Dns, "fd000000000000000000000000000001", "InternalIp6Dns fd00::1"),
        new(ConfigurationAttributeType.InternalIp6Dns, "fd0000", "InternalIp6Dns fd0000"),
        new(ConfigurationAttributeType.ApplicationVersion, "206101207e7f", "ApplicationVersion  a. ~."),
    ];

    [TestCaseSource(nameof(Attributes))]
    public void ConfigurationAttribute_InWords_IsAddressOrText(ConfigurationAttributeType type, string value, string expected) =>
        Assert.That(new ConfigurationAttribute(type, Convert.FromHexString(value)).ToString(), Is.EqualTo(expected));

    [TestCase(IdentificationType.Fqdn, "20617e7f1f5c", " a~\\x7f\\x1f\\x5c")]
    [TestCase(IdentificationType.Ipv4Addr, "0a010203", "10.1.2.3")]
    [TestCase(IdentificationType.Ipv4Addr, "0a0102", "0a0102")]
    [TestCase(IdentificationType.Ipv6Addr, "fd000000000000000000000000000001", "fd00::1")]
    [TestCase(IdentificationType.Ipv6Addr, "fd", "fd")]
    [TestCase(IdentificationType.KeyId, "6162", "6162")]
    public void Identity_InWords_IsNameOrAddress(IdentificationType type, string data, string expected) =>
        Assert.That(new IdentificationPayload(PayloadType.IdentificationInitiator, type, Convert.FromHexString(data)).Identity, Is.EqualTo(expected));

    [Test]
    public void Transforms_Compared_MatchInTypeIdAndAttributes()
    {
        var transform = Transform.Encryption(EncryptionId.AesCbc, 256);
        Assert.That(transform.Matches(Transform.Encryption(EncryptionId.AesCbc, 256)));
        Assert.That(transform.Matches(Transform.Encryption(EncryptionId.AesCbc, 128)), Is.False);
        Assert.That(transform.Matches(Transform.Encryption(EncryptionId.AesCtr, 256)), Is.False);
        Assert.That(transform.Matches(transform with { Type = TransformType.Integrity }), Is.False);
        Assert.That(transform.KeyLength, Is.EqualTo(256));
        Assert.That((transform with { Attributes = [new(TransformAttribute.KeyLengthType, false, new byte[] { 1, 0 })] }).KeyLength, Is.Null);
        Assert.That(Offer.Proposals[0].OfType(TransformType.KeyExchange), Is.EqualTo(new[] { Transform.KeyExchange(KeyExchangeId.Curve25519) }));
    }

    /// <summary>Counts and lengths above 255 have a first octet of their own.</summary>
    [Test]
    public void LongFields_Encoded_HaveBothOctets()
    {
        var delete = DeletePayload.Esp([.. Enumerable.Range(0, 258).Select(number => (uint)number)]);
        Assert.That(delete.EncodeBody().AsSpan(2, 2).ToArray(), Is.EqualTo(new byte[] { 1, 2 }));
        var attribute = new ConfigurationPayload(ConfigurationType.Reply, [new(ConfigurationAttributeType.ApplicationVersion, Encoding.ASCII.GetBytes(new string('a', 0x123)))]);
        Assert.That(attribute.EncodeBody().AsSpan(6, 2).ToArray(), Is.EqualTo(new byte[] { 1, 0x23 }));
        var offer = new SecurityAssociationPayload([new(1, ProtocolId.Ike, Octets.Empty, [new((TransformType)200, 9, [new(14, false, new byte[0x234])])])]);
        Assert.That(offer.EncodeBody().AsSpan(8 + 2, 2).ToArray(), Is.EqualTo(new byte[] { 2, 0x34 + 8 + 4 }), "transform length");
        Assert.That(offer.EncodeBody().AsSpan(8 + 8 + 2, 2).ToArray(), Is.EqualTo(new byte[] { 2, 0x34 }), "attribute length");
        var eap = new ExtensibleAuthenticationPayload(EapCode.Response, 7, new byte[0x1ff]);
        Assert.That(eap.EncodeBody().AsSpan(2, 2).ToArray(), Is.EqualTo(new byte[] { 2, 3 }));
    }
}
