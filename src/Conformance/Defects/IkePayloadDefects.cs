using System.Collections.Immutable;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using static Conformance.Defects.IkeFault;

namespace Conformance.Defects;

/// <summary>Faults in the fields of messages and their payloads (RFC 7296 section 3, RFC 7427, RFC 7383), which rules see on any message.</summary>
internal static class IkePayloadDefects
{
    private static readonly VendorIdPayload SomeVendor = new("a vendor"u8.ToArray());

    public static ImmutableArray<Defect> All { get; } =
    [
        // Header and chain.
        Sending("initiator-spi-zero", "Requests of a new IKE SA have an initiator's SPI of zero", "RFC7296-3.1-2",
            message => message.Header is { IsResponse: false, ExchangeType: ExchangeType.IkeSaInit } ? message with { Header = message.Header with { InitiatorSpi = 0 } } : message),
        Sending("answered-in-version-one", "Responses have major version 1", "RFC7296-2.5-4", message => message.Header.IsResponse ? message with { Header = message.Header with { MajorVersion = 1 } } : message),
        Sending("message-id-skipped", "Requests after IKE_SA_INIT have the id after the one that is due", "RFC7296-2.2-1", message =>
            message.Header is { IsResponse: false, ExchangeType: not ExchangeType.IkeSaInit } ? message with { Header = message.Header with { MessageId = message.Header.MessageId + 1 } } : message),
        Sending("vendor-id-critical", "A vendor id has the critical bit", "RFC7296-3.12-2", message => message with { Payloads = message.Payloads.Add(SomeVendor with { Flags = 0x80 }) }),
        Sending("unassigned-payload-sent", "Messages have a payload that the registry does not know", "RFC7296-3-1", message => message with { Payloads = message.Payloads.Add(new UnknownPayload((PayloadType)200, new byte[4])) }),
        Sending("encrypted-inside-encrypted", "An Encrypted payload stands inside of another", "RFC7296-3.1-1", message =>
            message.Header.ExchangeType == ExchangeType.IkeSaInit ? message : message with { Payloads = message.Payloads.Add(new EncryptedPayload(PayloadType.None, new byte[40])) }),
        Options("payload-behind-encrypted", "Something follows the Encrypted payload", "RFC7296-3.14-1", options => options with { IkeCodec = new DefectiveCodec(onSealed: octets => [.. octets, 0, 0, 0, 4]) }),
        Options("payload-behind-fragment", "Something follows the Encrypted Fragment payload", "RFC7383-2.5-1", options => options with { IkeCodec = new DefectiveCodec(onSealed: octets => [.. octets, 0, 0, 0, 4]) }),

        // Identities, authentication, certificates.
        Writing("identity-with-reserved-octets", "Identities are sent with reserved octets", "RFC7296-3.5-1", (IdentificationPayload identity) => identity with { Reserved = 1 }),
        Writing("domain-name-terminated", "Domain names in identities end in a zero octet", "RFC7296-3.5-2",
            (IdentificationPayload identity) => identity.IdType == IdentificationType.Fqdn ? identity with { Data = new Octets([.. identity.Data.Span, 0]) } : identity),
        Writing("mail-address-terminated", "It calls itself by a mail address that ends in a zero octet", "RFC7296-3.5-3", (IdentificationPayload identity) =>
            new IdentificationPayload(identity.Side, IdentificationType.Rfc822Addr, new Octets([.. "iut@example.com"u8, 0]))),
        Writing("unspecified-certificates-asked-for", "Certificates are asked for in an encoding that nothing specifies", "RFC7296-3.7-2", (CertificateRequestPayload request) => request with { Encoding = (CertificateEncoding)99 }),
        Sending("certificate-by-ftp", "A certificate comes as hash and URL of FTP", "RFC7296-3.6-5", message => message.Find<AuthenticationPayload>() is null ? message : message with
        {
            Payloads = message.Payloads.Insert(0, new CertificatePayload(CertificateEncoding.HashAndUrlOfX509Certificate, new Octets([.. new byte[20], .. "ftp://example.com/certificate"u8]))),
        }),
        Writing("sha-1-announced", "SHA-1 is announced for signatures", "RFC8247-3.2-1", (NotifyPayload notify) => notify.NotifyType == NotifyType.SignatureHashAlgorithms ? notify with { Data = new byte[] { 0, 1, 0, 2 } } : notify),
        Writing("authentication-by-dss", "AUTH says that it is a DSS signature", "RFC8247-3.1-3", (AuthenticationPayload authentication) => authentication with { Method = AuthenticationMethod.DssDigitalSignature }),
        Writing("signature-of-short-key", "AUTH is an RSA signature of 128 octets", "RFC8247-1-1", (AuthenticationPayload _) => new AuthenticationPayload(AuthenticationMethod.RsaDigitalSignature, new byte[128])),
        Signed("signed-by-rsa-with-sha-1", "RSA PKCS #1 1.5 with SHA-1", "RFC8247-3.2-8", "300d06092a864886f70d0101050500"),
        Signed("signed-by-dsa-with-sha-1", "DSA with SHA-1", "RFC8247-3.2-9", "300906072a8648ce380403"),
        Signed("signed-by-ecdsa-with-sha-1", "ECDSA with SHA-1", "RFC8247-3.2-10", "300906072a8648ce3d0401"),
        Signed("signed-by-pss-without-parameters", "RSASSA-PSS with empty parameters", "RFC8247-3.2-11", "300b06092a864886f70d01010a"),
        Signed("signature-identifier-without-null", "RSA with SHA-256, without the NULL", "RFC7427-3-1", "300b06092a864886f70d01010b"),
        Signed("signed-by-pss-of-defaults", "RSASSA-PSS with default parameters", "RFC8247-3.2-12", "300d06092a864886f70d01010a3000"),

        // Notifications.
        Writing("notify-with-spi-names-no-protocol", "Notifications with an SPI say no protocol", "RFC7296-3.10-1", (NotifyPayload notify) => notify.Spi.IsEmpty ? notify : notify with { Protocol = ProtocolId.None }),
        Writing("notify-without-spi-names-protocol", "Notifications without SPI say ESP", "RFC7296-3.10-2", (NotifyPayload notify) => notify.Spi.IsEmpty ? notify with { Protocol = ProtocolId.Esp } : notify),
        Writing("notify-of-ike-with-spi", "Notifications about the IKE SA have its SPI", "RFC7296-3.10-3", (NotifyPayload notify) => notify.Spi.IsEmpty ? notify with { Protocol = ProtocolId.Ike, Spi = new byte[8] } : notify),
        Writing("fragmentation-supported-with-spi", "IKEV2_FRAGMENTATION_SUPPORTED has an SPI", "RFC7383-2.3-2",
            (NotifyPayload notify) => notify.NotifyType == NotifyType.Ikev2FragmentationSupported ? notify with { Spi = new byte[8] } : notify),
        Adding("ipcomp-without-proposal", "IPCOMP_SUPPORTED goes without an SA payload", "RFC7296-2.22-3", message => message.Header.ExchangeType == ExchangeType.Informational, Compression(CompressionId.Deflate)),
        Adding("ipcomp-not-offered-accepted", "IPComp is accepted though nobody offered it", "RFC7296-2.22-4", message => message.Header.IsResponse && message.Find<TrafficSelectorPayload>() is not null, Compression(CompressionId.Lzjh)),
        Reading("ipcomp-of-any-kind-taken", "Every IPComp algorithm is taken for DEFLATE", "RFC7296-2.22-4", payload => Compression(payload, (cpi, _) => (cpi, CompressionId.Deflate))),
        Reading("ipcomp-by-another-cpi", "Packets are compressed under another CPI than was accepted", "RFC7296-2.22-4", payload => Compression(payload, (cpi, algorithm) => ((ushort)(cpi ^ 1), algorithm))),
        Options("ipcomp-although-declined", "IPComp is used although the peer has not taken it up", "RFC7296-2.22-4", options => options with { IkeCodec = new DefectiveCodec(onRead: AsIfCompressing) }),
        Reading("flow-padding-although-refused", "TFC padding is sent to a peer that takes none", "RFC4303-2.7-3",
            payload => payload is NotifyPayload { NotifyType: NotifyType.EspTfcPaddingNotSupported } notify ? notify with { NotifyType = (NotifyType)40973 } : payload),
        Sending("flow-padding-refusal-unsaid", "That it takes no TFC padding is told to nobody", "RFC4303-2.7-3", Without(NotifyType.EspTfcPaddingNotSupported)),
        Adding("ipcomp-by-oui", "IPComp is offered with an algorithm by OUI", "RFC8221-7-1", message => !message.Header.IsResponse && message.Find<TrafficSelectorPayload>() is not null, Compression(CompressionId.Oui)),
        Adding("initial-contact-repeated", "INITIAL_CONTACT goes with every request", "RFC7296-2.4-3", message => !message.Header.IsResponse && message.Header.ExchangeType == ExchangeType.Informational, new NotifyPayload(NotifyType.InitialContact)),
        Adding("transport-mode-unasked", "Transport mode is accepted though nobody asked for it", "RFC7296-1.3.1-2", message => message.Header.IsResponse && message.Find<TrafficSelectorPayload>() is not null, new NotifyPayload(NotifyType.UseTransportMode)),
        Writing("rekeying-with-data", "REKEY_SA has data", "RFC7296-1.3.3-1", (NotifyPayload notify) => notify.NotifyType == NotifyType.RekeySa ? notify with { Data = new byte[4] } : notify),
        Adding("choice-beside-cookie", "A request for a cookie brings a choice of proposals with it", "RFC7296-2.7-3", message => message.Header.IsResponse && message.Notify(NotifyType.Cookie) is not null,
            new SecurityAssociationPayload([new(1, ProtocolId.Ike, Octets.Empty, [Transform.Encryption(EncryptionId.AesGcm16, 256)])])),
        Sending("cookie-not-first", "The cookie comes back as the last payload", "RFC7296-2.6-4", message => !message.Header.IsResponse && message.Notify(NotifyType.Cookie) is { } cookie
            ? message with { Payloads = message.Payloads.Remove(cookie).Add(cookie) }
            : message),
        Sending("failure-without-reason", "IKE_AUTH that fails says nothing", "RFC7296-2.21.2-1", message => message.Header is { IsResponse: true, ExchangeType: ExchangeType.IkeAuth } && message.Find<AuthenticationPayload>() is null
            ? Without<NotifyPayload>(message)
            : message),

        // Traffic selectors.
        Selectors("any-protocol-with-ports", "Selectors for any protocol begin at port 1", "RFC4301-D.2-2", selector => selector with { IpProtocol = 0, StartPort = 1 }),
        Selectors("protocol-without-ports-with-ports", "Selectors are for GRE and port 1", "RFC4301-D.2-1", selector => selector with { IpProtocol = 47, StartPort = 1, EndPort = 1 }),
        Selectors("ports-reversed", "Selectors have ports 2 to 1", "RFC7296-3.13.1-4", selector => selector with { IpProtocol = 17, StartPort = 2, EndPort = 1 }),
        Selectors("addresses-reversed", "Selectors end before they start", "RFC4301-4.4.1.1-1", selector => selector with { StartAddress = System.Net.IPAddress.Parse("255.255.255.255") }),
        Answering("selectors-widened", "Selectors are widened to all addresses", "RFC7296-2.9-4", (TrafficSelectorPayload selectors) => selectors with
        {
            Selectors = [TrafficSelector.Range(System.Net.IPAddress.Any, System.Net.IPAddress.Broadcast)],
        }),
        Sending("rekeying-narrower", "A rekeying proposes one address of the old selectors", "RFC7296-2.9.2-2", message => message.Header.IsResponse || message.Notify(NotifyType.RekeySa) is null
            ? message
            : Changed<TrafficSelectorPayload>(message, selectors => selectors with { Selectors = [selectors.Selectors[0] with { StartAddress = selectors.Selectors[0].EndAddress }] })),

        // Deletes and configuration.
        Writing("delete-with-spi-size", "A delete of the IKE SA says SPIs of four octets", "RFC7296-3.11-3", (DeletePayload delete) => delete.Protocol == ProtocolId.Ike ? new DeletePayload(ProtocolId.Ike, 4, []) : delete),
        Sending("ah-deleted-with-spi-zero", "Its own deletes of AH SAs name SPI 0", "RFC7296-1.4.1-2", message => message.Header.IsResponse
            ? message
            : Changed<DeletePayload>(message, delete => delete.Protocol == ProtocolId.Ah ? delete with { Spis = [new byte[4]] } : delete)),
        Writing("ah-deleted-as-esp", "Deletes of AH SAs say ESP", "RFC7296-3.11-2", (DeletePayload delete) => delete.Protocol == ProtocolId.Ah ? delete with { Protocol = ProtocolId.Esp } : delete),
        Writing("ah-rekeyed-as-esp", "A rekeying of AH names ESP", "RFC7296-3.10-1", (NotifyPayload notify) => notify is { NotifyType: NotifyType.RekeySa, Protocol: ProtocolId.Ah } ? notify with { Protocol = ProtocolId.Esp } : notify),
        Writing("delete-of-other-protocol", "Deletes are of protocol 4", "RFC7296-3.11-1", (DeletePayload delete) => delete with { Protocol = (ProtocolId)4 }),
        Writing("configuration-with-reserved-octets", "Configuration payloads are sent with reserved octets", "RFC7296-3.15-1", (ConfigurationPayload configuration) => configuration with { Reserved = 1 }),
        Writing("configuration-attributes-with-reserved-bit", "Configuration attributes are sent with the reserved bit", "RFC7296-3.15.1-1", (ConfigurationPayload configuration) => configuration with
        {
            Attributes = [.. configuration.Attributes.Select(attribute => attribute with { Reserved = true })],
        }),
        Configuration("no-address-asked-for", "A request for configuration asks for no address", "RFC7296-2.19-4", _ => [new(ConfigurationAttributeType.InternalIp4Dns, Octets.Empty)]),
        Configuration("two-netmasks", "Configuration has two netmasks", "RFC7296-3.15.1-6",
            attributes => [.. attributes, new(ConfigurationAttributeType.InternalIp4Netmask, Octets.Empty), new(ConfigurationAttributeType.InternalIp4Netmask, Octets.Empty)]),
        Configuration("netmask-in-request", "A request for configuration has a netmask", "RFC7296-3.15.1-7", attributes => [.. attributes, new(ConfigurationAttributeType.InternalIp4Netmask, new byte[] { 255, 255, 255, 0 })]),
    ];

    private static NotifyPayload Compression(CompressionId algorithm) => new(NotifyType.IpcompSupported) { Data = new byte[] { 0x4e, 0x21, (byte)algorithm } };

    private static Payload Compression(Payload payload, Func<ushort, CompressionId, (ushort Cpi, CompressionId Algorithm)> change)
    {
        if (payload is not NotifyPayload { NotifyType: NotifyType.IpcompSupported, Data.Length: >= 3 } notify)
            return payload;
        var (cpi, algorithm) = change((ushort)(notify.Data[0] << 8 | notify.Data[1]), (CompressionId)notify.Data[2]);
        return notify with { Data = new byte[] { (byte)(cpi >> 8), (byte)cpi, (byte)algorithm } };
    }

    private static ImmutableArray<Payload> AsIfCompressing(ImmutableArray<Payload> payloads) =>
        payloads.OfType<TrafficSelectorPayload>().Any() && !payloads.OfType<NotifyPayload>().Any(notify => notify.NotifyType == NotifyType.IpcompSupported)
            ? payloads.Add(Compression(CompressionId.Deflate))
            : payloads;

    private static Defect Adding(string name, string effect, string requirement, Predicate<IkeMessage> where, Payload payload) =>
        Sending(name, effect, requirement, message => where(message) ? message with { Payloads = message.Payloads.Add(payload) } : message);

    /// <summary>AUTH by the Digital Signature method under an algorithm identifier that it does not have (RFC 7427 section 3).</summary>
    private static Defect Signed(string name, string algorithm, string requirement, string identifier) => Writing(name, $"AUTH says that it is signed by {algorithm}", requirement, (AuthenticationPayload _) =>
    {
        var der = Convert.FromHexString(identifier);
        return new AuthenticationPayload(AuthenticationMethod.DigitalSignature, new Octets([(byte)der.Length, .. der, .. new byte[256]]));
    });

    private static Defect Selectors(string name, string effect, string requirement, Func<TrafficSelector, TrafficSelector> change) => Writing(
        name, effect, requirement, (TrafficSelectorPayload selectors) => selectors with { Selectors = [.. selectors.Selectors.Select(change)] });

    private static Defect Configuration(string name, string effect, string requirement, Func<ImmutableArray<ConfigurationAttribute>, ImmutableArray<ConfigurationAttribute>> change) => Writing(
        name, effect, requirement, (ConfigurationPayload configuration) => configuration.ConfigurationType == ConfigurationType.Request ? configuration with { Attributes = change(configuration.Attributes) } : configuration);
}
