using System.Collections.Immutable;
using System.Net;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Esp;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ikev1;
using Ipsec.Packets.Ip;
using Ipsec.Packets.IpComp;
using Ipsec.Packets.Tcp;

namespace Ipsec.Packets.Tests.Fuzzing;

/// <summary>One well-formed sample of every kind of message that the codecs know.</summary>
internal static class Corpus
{
    private static readonly byte[] Some = [.. Enumerable.Range(0, 40).Select(i => (byte)(i * 7 + 1))];
    private static readonly Ipv6Address One = Ipv6Address.Parse("2001:db8::1");
    private static readonly Ipv6Address Other = Ipv6Address.Parse("2001:db8::2");

    public static ImmutableArray<Payload> IkePayloads { get; } =
    [
        new SecurityAssociationPayload([
            new(1, ProtocolId.Esp, new byte[] { 1, 2, 3, 4 },
                [Transform.Encryption(EncryptionId.AesCbc, 256), Transform.Integrity(IntegrityId.HmacSha256_128), Transform.SequenceNumbers(SequenceNumbersId.Extended64)]),
            new(2, ProtocolId.Ike, Some[..8], [
                Transform.Prf(PrfId.HmacSha256), Transform.KeyExchange(KeyExchangeId.Curve25519),
                new(TransformType.GroupControllerAuthentication, 2, [new(18, false, Some[..13])])]),
        ]),
        new KeyExchangePayload(KeyExchangeId.Ecp256, Some),
        IdentificationPayload.Fqdn(PayloadType.IdentificationInitiator, "initiator.example"),
        new IdentificationPayload(PayloadType.IdentificationResponder, IdentificationType.Ipv6Addr, Some[..16]),
        new IdentificationPayload(PayloadType.GroupIdentification, IdentificationType.KeyId, Some[..5]),
        new CertificatePayload((CertificateEncoding)4, Some),
        new CertificateRequestPayload((CertificateEncoding)4, Some[..20]),
        new AuthenticationPayload((AuthenticationMethod)14, Some),
        new NoncePayload(Some[..32]),
        new NotifyPayload(ProtocolId.Esp, Some[..4], NotifyType.RekeySa, Octets.Empty),
        new NotifyPayload(NotifyType.Cookie, Some),
        DeletePayload.IkeSa,
        DeletePayload.Esp(1, 2, 0xffffffff),
        new VendorIdPayload(Some[..16]),
        new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, [
            TrafficSelector.Subnet(IPNetwork.Parse("10.1.0.0/24")), TrafficSelector.Subnet(IPNetwork.Parse("2001:db8::/64")),
            new(TrafficSelectorType.Seclabel, 0, 0, 0, IPAddress.Any, IPAddress.Any) { Opaque = Some[..9] }]),
        new ConfigurationPayload(ConfigurationType.Reply, [
            new(ConfigurationAttributeType.InternalIp4Address, Some[..4]), new(ConfigurationAttributeType.InternalIp6Address, Some[..17]),
            new(ConfigurationAttributeType.ApplicationVersion, "one"u8.ToArray()), new(ConfigurationAttributeType.InternalIp4Dns, Octets.Empty) { Reserved = true }]),
        new ExtensibleAuthenticationPayload(EapCode.Request, 7, Some[..11]),
        new ExtensibleAuthenticationPayload(EapCode.Success, 8, Octets.Empty),
        new GenericSecurePasswordPayload(Some),
        new PuzzleSolutionPayload(Some),
        new GroupSecurityAssociationPayload([
            new GroupSaPolicy(
                ProtocolId.GikeUpdate, Some[..16], TrafficSelector.Subnet(IPNetwork.Parse("10.1.0.1/32")), TrafficSelector.Subnet(IPNetwork.Parse("239.0.0.1/32")),
                [Transform.Encryption(EncryptionId.AesGcm16, 256), new(TransformType.KeyWrap, (ushort)KeyWrapId.Aes256Rfc5649, [])],
                [new((ushort)GroupSaAttributeType.KeyLifetime, false, new byte[] { 0, 0, 0x0e, 0x10 }), new((ushort)GroupSaAttributeType.NextSpi, false, Some[..16])]),
            new GroupSaPolicy(
                ProtocolId.Esp, Some[..4], TrafficSelector.Subnet(IPNetwork.Parse("2001:db8::/64")), TrafficSelector.Subnet(IPNetwork.Parse("ff02::1/128")),
                [Transform.Encryption(EncryptionId.AesGcm16, 128)], []),
            new GroupWidePolicy([new((ushort)GroupWidePolicyAttributeType.Atd, true, new byte[] { 0, 5 })])]),
        new KeyDownloadPayload([
            new(ProtocolId.Esp, Some[..4], [new((ushort)GroupKeyBagAttributeType.SaKey, false, Some[..32])]),
            new(ProtocolId.None, Octets.Empty, [
                new((ushort)MemberKeyBagAttributeType.WrapKey, false, Some[..24]), new((ushort)MemberKeyBagAttributeType.GmSenderId, false, Some[..1])]) { Reserved = 7 }]),
        new UnknownPayload((PayloadType)200, Some[..1]) { Flags = 0x80 },
    ];

    public static ImmutableArray<Payload> IkeEncrypted { get; } =
    [
        new EncryptedPayload(PayloadType.IdentificationInitiator, Some),
        new EncryptedFragmentPayload(PayloadType.IdentificationInitiator, 1, 3, Some),
        new EncryptedFragmentPayload(PayloadType.None, 2, 3, Some),
    ];

    public static ImmutableArray<IsakmpPayload> Ikev1Payloads { get; } =
    [
        new IsakmpSecurityAssociation(DomainOfInterpretation.Ipsec, IsakmpSecurityAssociation.IdentityOnly, [
            new(1, IpsecProtocolId.Isakmp, Octets.Empty, [
                new(1, 1, [IsakmpAttribute.Short(1, 7), IsakmpAttribute.Short(14, 128), IsakmpAttribute.Short(11, 1), new(12, false, new byte[] { 0, 0, 0x70, 0x80 })]),
                new(2, 1, [])]),
            new(2, IpsecProtocolId.Esp, Some[..4], [new(1, (byte)EspTransformId.AesCbc, [IsakmpAttribute.Short((ushort)IpsecAttributeType.EncapsulationMode, 1)])])]),
        new IsakmpSecurityAssociation(DomainOfInterpretation.Gdoi, 2, []) { Opaque = Some },
        new OpaquePayload(IsakmpPayloadType.KeyExchange, Some),
        new OpaquePayload(IsakmpPayloadType.Nonce, Some[..16]),
        new OpaquePayload(IsakmpPayloadType.Hash, Some[..20]),
        new OpaquePayload(IsakmpPayloadType.Signature, Some),
        new OpaquePayload(IsakmpPayloadType.VendorId, Some[..16]),
        new OpaquePayload(IsakmpPayloadType.NatDetection, Some[..20]),
        new IsakmpIdentification(IsakmpIdentificationType.Ipv4AddrSubnet, 17, 500, Some[..8]),
        new IsakmpCertificate(IsakmpPayloadType.Certificate, (CertificateEncoding)4, Some),
        new IsakmpCertificate(IsakmpPayloadType.CertificateRequest, (CertificateEncoding)4, Octets.Empty),
        new IsakmpNotification(DomainOfInterpretation.Ipsec, IpsecProtocolId.Isakmp, Some[..16], IsakmpNotifyType.AreYouThere, Some[..4]),
        new IsakmpDelete(DomainOfInterpretation.Ipsec, IpsecProtocolId.Esp, 4, [Some[..4], Some[4..8]]),
        new IsakmpConfiguration(Ikev1ConfigurationType.Request, 99, [
            new((ushort)Ikev1ConfigurationAttributeType.XauthUserName, false, "user"u8.ToArray()), IsakmpAttribute.Short(16520, 0)]),
        new IsakmpNatOriginalAddress(IsakmpPayloadType.NatOriginalAddress, IsakmpIdentificationType.Ipv4Addr, Some[..4]),
    ];

    public static IkeHeader Header { get; } = new()
    {
        InitiatorSpi = 0x0102030405060708, ResponderSpi = 0x1112131415161718, MajorVersion = 2, ExchangeType = ExchangeType.IkeAuth,
        Flags = IkeFlags.Initiator, MessageId = 1,
    };

    public static IsakmpHeader Ikev1Header { get; } = new()
    {
        InitiatorCookie = 0x0102030405060708, ResponderCookie = 0x1112131415161718, MajorVersion = 1, ExchangeType = IsakmpExchangeType.MainMode,
    };

    /// <summary>Name, octets.</summary>
    public static IEnumerable<(string Kind, byte[] Octets)> Samples()
    {
        foreach (var payload in IkePayloads.Concat(IkeEncrypted))
            yield return ($"IKEv2 {payload.Notation}", new IkeMessage(Header, [payload]).Encode());
        yield return ("IKEv2 all", new IkeMessage(Header, IkePayloads).Encode());
        foreach (var payload in Ikev1Payloads)
            yield return ($"IKEv1 {payload.Notation}", new IsakmpMessage(Ikev1Header, [payload]).Encode());
        yield return ("IKEv1 all", new IsakmpMessage(Ikev1Header, Ikev1Payloads) { Padding = new byte[3] }.Encode());
        yield return ("IKEv1 encrypted", new IsakmpMessage(Ikev1Header with { Flags = IsakmpFlags.Encryption, NextPayload = IsakmpPayloadType.Hash }, []) { Ciphertext = Some }.Encode());
        yield return ("AH", new AhPacket(IpProtocol.IpInIp, 0x100, 1, Some[..12], Some).Encode());
        yield return ("WESP", new WespPacket(4, 12, 2, 0, Octets.Empty, Some).Encode());
        yield return ("WESP padded", new WespPacket(0, 0, 0, 0x30, new byte[4], Some).Encode());
        yield return ("IPComp", new IpCompPacket(6, 0, 2, Some).Encode());
        yield return ("ESP", [0, 0, 1, 0, 0, 0, 0, 1, .. Some]);
        foreach (var (kind, octets) in Ip())
            yield return (kind, octets);
        yield return ("TCP", [0x11, 0x94, 0x11, 0x94, 0, 0, 0, 1, 0, 0, 0, 2, 0x60, 0x18, 1, 0, 0, 0, 0, 0, 2, 4, 5, 0xb4, .. TcpEncapsulation.Frame(Some)]);
    }

    private static IEnumerable<(string, byte[])> Ip()
    {
        var ipv4 = new byte[20 + 40];
        new Ipv4Header(new(0x0a010001), new(0x0a020001), IpProtocol.Esp).WritePacket(ipv4, Some);
        yield return ("IPv4", ipv4);
        byte[] options = [1, 7, 11, 8, 10, 1, 0, 1, 0, 0, 0, 0, 0x94, 4, 0, 0, 0x44, 12, 13, 0x31, 10, 1, 0, 1, 0, 0, 0, 7, 0x82, 4, 1, 0, 0x89, 7, 4, 10, 1, 0, 2, 0];
        var withOptions = new byte[20 + options.Length + Some.Length];
        new Ipv4Header(new(0x0a010001), new(0x0a020001), IpProtocol.Udp).WritePacket(withOptions, Some, options);
        yield return ("IPv4 options", withOptions);
        yield return ("ICMP", [3, 4, 0, 0, 0, 0, 5, 0x78, .. ipv4]);
        yield return ("IPv6", new Ipv6Packet(One, Other, IpProtocol.Udp, Some, []).Encode());
        yield return ("IPv6 extensions", new Ipv6Packet(One, Other, IpProtocol.Esp, Some, [
            new(IpProtocol.Ipv6HopByHop, Extension(7, 0)), new(IpProtocol.Ipv6Routing, Extension(15, 1)),
            new(IpProtocol.Ipv6Fragment, new byte[] { 0, 0, 1, 0, 0, 0, 9 }), new(IpProtocol.Ah, Extension(23, 4)),
            new(IpProtocol.Ipv6DestinationOptions, Extension(7, 0)), new(IpProtocol.Mobility, Extension(7, 0))]).Encode());
        yield return ("IPv6 options and route", new Ipv6Packet(One, Other, IpProtocol.Udp, Some, [
            new(IpProtocol.Ipv6HopByHop, new byte[] { 1, 5, 2, 0, 0, 0, 0x3e, 3, 1, 2, 3, 1, 2, 0, 0 }),
            new(IpProtocol.Ipv6Routing, new byte[] { 2, 0, 1, 0, 0, 0, 0 }.Concat(Some[..16]).ToArray())]).Encode());
        yield return ("IPv6 fragment", new Ipv6Packet(One, Other, IpProtocol.Udp, Some, [new(IpProtocol.Ipv6Fragment, new byte[] { 0, 0, 9, 0, 0, 0, 9 })]).Encode());
    }

    /// <summary>An extension header's octets after the first: its length octet and content.</summary>
    private static byte[] Extension(int count, byte length) => [length, .. Some[..(count - 1)]];
}
