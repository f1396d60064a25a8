using System.Buffers.Binary;
using System.Collections.Immutable;
using Ipsec.Host;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using static Conformance.Defects.IkeFault;

namespace Conformance.Defects;

/// <summary>Faults in what IKE's exchanges mean: negotiation, rekeying, deletion, authentication, windows (RFC 7296, RFC 7427, RFC 8247).</summary>
internal static class IkeExchangeDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        // Negotiation.
        Answering("wrong-proposal-number", "The answer always says proposal 1", "RFC7296-3.3.1-3", (SecurityAssociationPayload offer) => Proposals(offer, proposal => proposal with { Number = 1 })),
        Answering("key-length-left-out-of-answer", "The chosen cipher comes back without its key length", "RFC7296-3.3.6-3",
            (SecurityAssociationPayload offer) => Transforms(offer, transform => transform with { Attributes = [] })),
        Answering("two-ciphers-answered", "The answer has two ciphers", "RFC7296-3.3.6-2",
            (SecurityAssociationPayload offer) => Proposals(offer, proposal => proposal with { Transforms = [.. proposal.Transforms, Transform.Encryption(EncryptionId.AesGcm12, 256)] })),
        Answering("variable-attribute-in-two-octets", "A chosen transform has an attribute of variable length, encoded in two octets", "RFC7296-3.3.5-2",
            (SecurityAssociationPayload offer) => Transforms(offer, transform => transform with { Attributes = [.. transform.Attributes, new(TransformAttribute.SignatureAlgorithmIdentifierType, true, new byte[] { 48, 0 })] })),
        Writing("proposals-with-reserved-octet", "Proposals are sent with a reserved octet of 1", "RFC7296-3.3.1-1", (SecurityAssociationPayload offer) => Proposals(offer, proposal => proposal with { Reserved = 1 })),
        Writing("selectors-with-reserved-octets", "Selector payloads are sent with reserved octets", "RFC7296-3.13-1", (TrafficSelectorPayload selectors) => selectors with { Reserved = 1 }),
        Writing("authentication-with-reserved-octets", "AUTH is sent with reserved octets", "RFC7296-3.8-2", (AuthenticationPayload authentication) => authentication with { Reserved = 1 }),
        Writing("group-in-one-octet", "INVALID_KE_PAYLOAD names the group in one octet", "RFC7296-1.3-6",
            (NotifyPayload notify) => notify.NotifyType == NotifyType.InvalidKePayload ? notify with { Data = new byte[] { notify.Data[1] } } : notify),
        Writing("public-value-too-short", "Public values lack their first octet", "RFC7296-3.4-1", (KeyExchangePayload exchange) => exchange with { Data = exchange.Data.ToArray()[1..] }),
        Writing("nonces-too-short", "Nonces have 8 octets", "RFC7296-3.9-1", (NoncePayload nonce) => new NoncePayload(nonce.Nonce.ToArray()[..8])),
        Writing("nonces-repeated", "All nonces are the same", "RFC7296-3.9-2", (NoncePayload _) => new NoncePayload(new byte[32])),
        Sending("key-exchange-answered-to-none", "CREATE_CHILD_SA is answered with KE where no group was chosen", "RFC7296-3.3.6-9",
            message => message.Header is { IsResponse: true, ExchangeType: ExchangeType.CreateChildSa } && message.Find<SecurityAssociationPayload>() is not null && message.Find<KeyExchangePayload>() is null
                ? message with { Payloads = message.Payloads.Add(new KeyExchangePayload(KeyExchangeId.Curve25519, new byte[32])) }
                : message),
        Options("forbidden-algorithms-allowed", "Algorithms that are forbidden are used if they are configured", "RFC8247-2.2-5",
            options => options with { Ike = options.Ike with { AllowsForbiddenAlgorithms = true } }),
        Options("forbidden-algorithms-in-esp", "ESP uses MD5 if it is configured", "RFC8221-6-4", options => options with { Ike = options.Ike with { AllowsForbiddenAlgorithms = true } }),
        Answering("selectors-cut-to-one-address", "Whatever is asked for, selectors are narrowed to their last address", "RFC7296-2.9-2", (TrafficSelectorPayload selectors) => LastAddress(selectors)),
        Answering("rekeyed-child-narrowed", "A rekeyed child SA gets narrower selectors", "RFC7296-2.9.2-3", (TrafficSelectorPayload selectors) => LastAddress(selectors)),
        Sending("transport-mode-for-networks", "Transport mode is granted whatever the SA is for", "RFC4301-4.1-12", ChildAnswerWith(NotifyType.UseTransportMode)),
        Sending("fragments-agreed-to-and-refused", "Fragments without ports are agreed on, and then discarded", "RFC4301-7.3-3", ChildAnswerWith(NotifyType.NonFirstFragmentsAlso)),
        Reading("vendor-ids-refused", "Vendor ids are taken for unknown critical payloads", "RFC7296-3.12-4", payload => payload is VendorIdPayload ? new UnknownPayload((PayloadType)120, default) { Flags = 0x80 } : payload),
        Reading("configuration-refused", "Configuration payloads are taken for unknown critical payloads", "RFC7296-3.2-5", payload => payload is ConfigurationPayload ? new UnknownPayload((PayloadType)120, default) { Flags = 0x80 } : payload),
        Sending("configuration-unasked", "IKE_AUTH is answered with CFG_REPLY, asked for or not", "RFC7296-2.19-6",
            message => message.Header is { IsResponse: true, ExchangeType: ExchangeType.IkeAuth } ? message with { Payloads = message.Payloads.Add(new ConfigurationPayload(ConfigurationType.Reply, [])) } : message),

        Reading("offers-without-cipher-completed", "A proposal without cipher is read as if it had AES-GCM", "RFC7296-3.3.6-1", payload => payload is SecurityAssociationPayload offer
            ? Proposals(offer, proposal => proposal.Transforms.IsEmpty || proposal.OfType(TransformType.Encryption).Any() ? proposal : proposal with { Transforms = proposal.Transforms.Add(Transform.Encryption(EncryptionId.AesGcm16, 256)) })
            : payload),
        Reading("longer-keys-refused", "A cipher with a longer key than it was told of is refused", "RFC7296-3.3.5-7", WithoutLongKeys),
        Reading("greater-security-refused", "What is more secure than it was told to be is refused", "RFC7296-3.3.5-6", WithoutLongKeys),

        // Configuration.
        Sending("address-not-asked-for", "Who needs an inner address does not ask for it", "RFC7296-2.19-1", message => message.Header.IsResponse ? message : Without<ConfigurationPayload>(message)),
        Sending("address-not-returned", "A request for an address is answered without one", "RFC7296-4-12", message => message.Header.IsResponse ? Without<ConfigurationPayload>(message) : message),
        Writing("one-address-for-all", "Whoever asks for an address gets the same", "RFC3948-5.1-2", (ConfigurationPayload configuration) => configuration with
        {
            Attributes =
            [
                .. configuration.Attributes.Select(attribute =>
                    attribute is { Type: ConfigurationAttributeType.InternalIp4Address, Value.Length: 4 } ? attribute with { Value = new byte[] { 10, 9, 8, 7 } } : attribute),
            ],
        }),
        Writing("configuration-request-with-values", "SUPPORTED_ATTRIBUTES is asked for with a value", "RFC7296-3.15.1-16", (ConfigurationPayload configuration) => configuration with
        {
            Attributes = [.. configuration.Attributes.Select(attribute => attribute.Type == ConfigurationAttributeType.SupportedAttributes ? attribute with { Value = new byte[] { 0, 1 } } : attribute)],
        }),
        Writing("missing-request-overlooked", "Who has to ask for configuration and does not is told TS_UNACCEPTABLE", "RFC7296-2.19-7",
            (NotifyPayload notify) => notify.NotifyType == NotifyType.FailedCpRequired ? new NotifyPayload(NotifyType.TsUnacceptable) : notify),
        Sending("configuration-after-proposal", "CP stands behind SA", "RFC7296-2.19-2",
            message => message.Find<ConfigurationPayload>() is { } configuration ? message with { Payloads = message.Payloads.Remove(configuration).Add(configuration) } : message),

        // Child SAs and their rekeying.
        Sending("rekeying-not-named", "A rekeying does not name what it replaces", "RFC7296-1.3.3-1", Without(NotifyType.RekeySa)),
        Reading("rekeying-taken-for-creation", "REKEY_SA is ignored, and a further child SA is made", "RFC7296-2.25-5", payload => payload is NotifyPayload { NotifyType: NotifyType.RekeySa } ? new NotifyPayload((NotifyType)40999) : payload),
        Sending("rekeying-reuses-spi", "What replaces a child SA is offered with the old one's SPI", "RFC7296-1.4.1-6",
            message => message.Notify(NotifyType.RekeySa) is { } rekey && message.Find<SecurityAssociationPayload>() is { } offer
                ? message with { Payloads = message.Payloads.Replace(offer, Proposals(offer, proposal => proposal with { Spi = rekey.Spi })) }
                : message),
        Writing("child-not-found-without-spi", "CHILD_SA_NOT_FOUND does not say which", "RFC7296-3.10-1",
            (NotifyPayload notify) => notify.NotifyType == NotifyType.ChildSaNotFound ? new NotifyPayload(NotifyType.ChildSaNotFound) : notify),
        Writing("temporary-failure-for-good", "What can't be done for the moment is refused with NO_PROPOSAL_CHOSEN", "RFC7296-2.25.1-1",
            (NotifyPayload notify) => notify.NotifyType == NotifyType.TemporaryFailure ? new NotifyPayload(NotifyType.NoProposalChosen) : notify),
        RefusesForGood("busy-says-never", "What is in the way of a rekeying is told as NO_PROPOSAL_CHOSEN", "RFC7296-2.25-1"),
        RefusesForGood("closing-says-never", "The rekeying of an IKE SA that is being closed gets NO_PROPOSAL_CHOSEN", "RFC7296-2.25.2-2"),
        RefusesForGood("late-rekeying-says-never", "The rekeying of an IKE SA that was rekeyed gets NO_PROPOSAL_CHOSEN", "RFC7296-2.8.2-2"),
        Options("temporary-failure-believed-for-ever", "However long it gets TEMPORARY_FAILURE, it tries again", "RFC7296-2.25-4",
            options => options with { Ike = options.Ike with { TemporaryFailureLimit = TimeSpan.FromDays(1) } }),
        Sending("rekeying-leads-with-a-packet", "A rekeying's first selectors are those of a packet", "RFC7296-2.9.2-4", message => message.Notify(NotifyType.RekeySa) is null
            ? message
            : Changed<TrafficSelectorPayload>(message, selectors => selectors with { Selectors = selectors.Selectors.Insert(0, selectors.Selectors[0] with { IpProtocol = 17, StartPort = 4000, EndPort = 4000 }) })),
        Sending("rekeying-with-other-algorithms", "A rekeying offers AES-GCM with keys of 192 bits alone", "RFC7296-2.8-5", message => message.Header.IsResponse || message.Notify(NotifyType.RekeySa) is null
            ? message
            : Changed<SecurityAssociationPayload>(message, offer => Transforms(offer, transform => transform.Type == TransformType.Encryption ? Transform.Encryption(EncryptionId.AesGcm16, 192) : transform))),
        Options("first-of-equal-sas-forgotten", "An SA is forgotten when another has the same selectors", "RFC7296-2.8-8", options => options with { PacketFilter = new PacketFilter(received: WithoutFirstOfTwo()) }),
        new("errors-in-responses-told", "What is wrong with a response is told in an INFORMATIONAL exchange", "RFC7296-2.21.3-2")
        {
            MisreadPolicy = policy => policy with { Timers = new() { Liveness = TimeSpan.FromMilliseconds(50) } },
            Inject = options => options with { IkeCodec = new DefectiveCodec(onWrite: message => message.Header is { IsResponse: false, ExchangeType: ExchangeType.Informational }
                ? message with { Payloads = message.Payloads.Add(new NotifyPayload(NotifyType.InvalidSyntax)) }
                : message) },
        },
        Options("temporary-failure-without-wait", "After TEMPORARY_FAILURE it tries again at once", "RFC7296-2.25-2",
            options => options with { Ike = options.Ike with { TemporaryFailureWait = TimeSpan.Zero } }),
        Reading("unknown-errors-overlooked", "Errors that it does not know don't count", "RFC7296-3.10.1-1",
            payload => payload is NotifyPayload { IsError: true } notify && !Enum.IsDefined(notify.NotifyType) ? new NotifyPayload((NotifyType)40998) : payload),
        Reading("unknown-status-taken-for-error", "Notifications that it does not know count as errors", "RFC7296-3.10.1-3",
            payload => payload is NotifyPayload { IsError: false } notify && !Enum.IsDefined(notify.NotifyType) ? new NotifyPayload((NotifyType)8001) : payload),
        Reading("no-additional-sas-accepted", "After NO_ADDITIONAL_SAS nothing is made anew", "RFC7296-4-9",
            payload => payload is NotifyPayload { NotifyType: NotifyType.NoAdditionalSas } ? new NotifyPayload(NotifyType.NoProposalChosen) : payload),
        Options("conflicting-clients-mixed-up", "Of two clients with the same inner address the newest gets the traffic of both", "RFC3948-5.1-1", MixesUpClients),
        Options("conflicting-transport-clients-mixed-up", "Of two transport mode clients behind one NAT the newest gets the traffic of both", "RFC3948-5.2-1", MixesUpClients),
        new("first-pair-forgotten", "Single pairs wanted, it takes all that is asked for", "RFC7296-2.9-2") { MisreadPolicy = policy => policy with { SinglePairs = false } },
        Options("transport-mode-taken-for-granted", "An initiator takes transport mode for granted", "RFC7296-1.3.1-3", options => options with
        {
            IkeCodec = new DefectiveCodec(onRead: payloads => payloads.Any(payload => payload is AuthenticationPayload) ? payloads.Add(new NotifyPayload(NotifyType.UseTransportMode)) : payloads),
        }),

        // The IKE SA and its rekeying.
        Sending("ike-rekeying-without-key-exchange", "A rekeying of the IKE SA has no KE", "RFC7296-1.3.2-1",
            message => IsIkeRekeying(message) ? message with { Payloads = [.. message.Payloads.Where(payload => payload is not KeyExchangePayload)] } : message),
        Sending("ike-rekeying-offers-none", "A rekeying of the IKE SA offers the group NONE too", "RFC7296-2.18-2",
            message => IsIkeRekeying(message) && message.Find<SecurityAssociationPayload>() is { } offer
                ? message with { Payloads = message.Payloads.Replace(offer, Proposals(offer, proposal => proposal with { Transforms = proposal.Transforms.Add(Transform.KeyExchange(KeyExchangeId.None)) })) }
                : message),
        Options("rekeyed-sa-goes-on", "On an IKE SA that it replaced, it starts another CREATE_CHILD_SA exchange", "RFC7296-1.3.2-2", options => options with { IkeCodec = GoesOnAfterRekeying() }),
        Options("ike-sa-ends-unsaid", "It ends IKE SAs and does not say so", "RFC7296-2.4-13", options => options with
        {
            IkeCodec = new DefectiveCodec(swallowed: message => !message.Header.IsResponse && message.Find<DeletePayload>() is { Protocol: ProtocolId.Ike }),
        }),
        new("soft-lifetime-unheeded", "Nothing replaces a child SA past its soft lifetime", "RFC4301-4.4.2.1-6")
        {
            MisreadPolicy = policy => policy with { Timers = policy.Timers is { } timers ? timers with { ChildRekeying = null } : null },
        },
        Options("rekeying-on-the-dot", "Child SAs are rekeyed at an age that never varies", "RFC7296-2.8.1-1", options => options with { Ike = options.Ike with { LifetimeJitter = 0 } }),
        new("liveness-checked-all-the-time", "Liveness checks follow each other twenty times a second", "RFC7296-2.21.4-6")
        {
            MisreadPolicy = policy => policy with { Timers = new() { Liveness = TimeSpan.FromMilliseconds(50) } },
        },
        Options("never-asks-for-cookies", "However many IKE SAs are half open, no cookie is asked for", "RFC7296-2.6-2", options => options with { Ike = options.Ike with { CookieThreshold = int.MaxValue } }),
        Sending("ike-rekeying-keeps-spi", "The rekeyed IKE SA is said to have the old one's SPI", "RFC7296-2.6-1",
            message => message.Header.IsResponse && message.Find<SecurityAssociationPayload>() is { Proposals: [{ Spi.Length: 8 }] } answer
                ? message with { Payloads = message.Payloads.Replace(answer, Proposals(answer, proposal => proposal with { Spi = Spi(message.Header.ResponderSpi) })) }
                : message),
        Options("deletes-not-answered", "Deletes are answered with an empty datagram", "RFC7296-1.4-4", options => options with
        {
            IkeCodec = new DefectiveCodec(swallowed: message => message.Header is { IsResponse: true, ExchangeType: ExchangeType.Informational }),
        }),
        Writing("deletes-name-another-spi", "Deletes name an SPI that is next to the right one", "RFC7296-1.4.1-2",
            (DeletePayload delete) => delete with { Spis = [.. delete.Spis.Select(spi => new Octets([.. spi.ToArray()[..^1], (byte)(spi[spi.Length - 1] ^ 1)]))] }),
        Options("crossing-deletes-answered-in-kind", "A delete that crosses its own is answered with a delete", "RFC7296-1.4.1-5", options => options with { IkeCodec = RepeatingDeletes() }),

        // Windows, contact, NAT.
        Options("window-wider-than-announced", "Requests are taken far ahead of what is due", "RFC7296-2.3-8", options => options with
        {
            Ike = options.Ike with { WindowSize = 200 },
            IkeCodec = new DefectiveCodec(onWrite: Without(NotifyType.SetWindowSize)),
        }),
        Writing("window-in-one-octet", "SET_WINDOW_SIZE has one octet", "RFC7296-2.3-1",
            (NotifyPayload notify) => notify.NotifyType == NotifyType.SetWindowSize ? notify with { Data = new byte[] { notify.Data[notify.Data.Length - 1] } } : notify),
        Reading("initial-contact-ignored", "INITIAL_CONTACT is ignored", "RFC7296-2.4-5", payload => payload is NotifyPayload { NotifyType: NotifyType.InitialContact } ? new NotifyPayload((NotifyType)40997) : payload),
        Sending("nat-detection-left-out", "IKE_SA_INIT has no notification of the source address", "RFC7296-2.23-7", Without(NotifyType.NatDetectionSourceIp)),
        Reading("nat-not-detected", "NAT detection is ignored, and port 500 kept", "RFC7296-2.23-11",
            payload => payload is NotifyPayload { NotifyType: NotifyType.NatDetectionDestinationIp } ? new NotifyPayload((NotifyType)40996) : payload),
        Reading("nat-of-peer-overlooked", "A source hash that does not match is overlooked", "RFC7296-2.23-9",
            payload => payload is NotifyPayload { NotifyType: NotifyType.NatDetectionSourceIp } ? new NotifyPayload((NotifyType)40994) : payload),
        Options("keepalives-left-out", "Who is behind a NAT and has nothing to send sends nothing", "RFC3948-4-3", options => options with { NatKeepaliveInterval = TimeSpan.FromDays(1) }),
        Options("keepalives-missing", "No keepalives are sent from behind a NAT", "RFC7296-2.23-10", options => options with { NatKeepaliveInterval = TimeSpan.FromDays(1) }),

        // Authentication.
        Reading("child-error-taken-for-authentication", "An error about the child SA makes authentication fail", "RFC7296-2.21.2-4",
            payload => payload is NotifyPayload { NotifyType: NotifyType.TsUnacceptable } ? new NotifyPayload(NotifyType.AuthenticationFailed) : payload),
        Reading("hash-announcement-ignored", "SIGNATURE_HASH_ALGORITHMS is ignored, and an old method used", "RFC7427-3-2",
            payload => payload is NotifyPayload { NotifyType: NotifyType.SignatureHashAlgorithms } ? new NotifyPayload((NotifyType)40995) : payload),
        Reading("hash-not-announced", "Signatures have a hash that was not announced", "RFC7427-4-1",
            payload => payload is NotifyPayload { NotifyType: NotifyType.SignatureHashAlgorithms } notify ? notify with { Data = new byte[] { 0, 2, 0, 3, 0, 4, 0, 5 } } : payload),
        Sending("certificates-kept-back", "AUTH by signature goes without certificate", "RFC7296-3.6-1", Without<CertificatePayload>),
        Sending("certificate-request-unheeded", "Asked for a certificate, it sends none", "RFC7296-3.7-3", message => message.Header.IsResponse ? Without<CertificatePayload>(message) : message),
        Sending("certificate-of-its-own-left-out", "CERT payloads are not sent", "RFC7296-3.6-3", message => message with { Payloads = [.. message.Payloads.Where(payload => payload is not CertificatePayload)] }),
    ];

    private static IpsecHostOptions MixesUpClients(IpsecHostOptions options) => options with { Ike = options.Ike with { RefusesConflictingPeers = false } };

    /// <summary>As if nobody had offered them: AES-GCM with keys of 256 bits.</summary>
    private static Payload WithoutLongKeys(Payload payload) => payload is SecurityAssociationPayload offer
        ? Transforms(offer, transform => transform is { Type: TransformType.Encryption, KeyLength: 256 } ? transform with { Id = 999 } : transform)
        : payload;

    private static Defect RefusesForGood(string name, string effect, string requirement) => Writing(
        name, effect, requirement, (NotifyPayload notify) => notify.NotifyType == NotifyType.TemporaryFailure ? new NotifyPayload(NotifyType.NoProposalChosen) : notify);

    /// <summary>The delete of the IKE SA that it rekeyed goes out as another exchange.</summary>
    private static DefectiveCodec GoesOnAfterRekeying()
    {
        var isRekeyed = false;
        return new(onWrite: message =>
        {
            isRekeyed |= IsIkeRekeying(message);
            return isRekeyed && message.Header is { IsResponse: false, ExchangeType: ExchangeType.Informational }
                ? message with { Header = message.Header with { ExchangeType = ExchangeType.CreateChildSa } }
                : message;
        });
    }

    /// <summary>Drops ESP packets of the first SPI that it sees as soon as there are others.</summary>
    private static Func<byte[], byte[]> WithoutFirstOfTwo()
    {
        uint? first = null;
        var others = false;
        return packet =>
        {
            if (!IpView.TryParse(packet, out var view, out _) || view.Protocol != IpProtocol.Esp || view.Transport.Length < sizeof(uint))
                return packet;
            var spi = BinaryPrimitives.ReadUInt32BigEndian(view.Transport);
            first ??= spi;
            others |= spi != first;
            return others && spi == first ? [] : packet;
        };
    }

    private static bool IsIkeRekeying(IkeMessage message) =>
        message.Header is { IsResponse: false, ExchangeType: ExchangeType.CreateChildSa } && message.Find<SecurityAssociationPayload>() is { Proposals: [{ Spi.Length: 8 }, ..] };

    private static TrafficSelectorPayload LastAddress(TrafficSelectorPayload selectors) =>
        selectors with { Selectors = [TrafficSelector.Range(selectors.Selectors[^1].EndAddress, selectors.Selectors[^1].EndAddress)] };

    /// <summary>Adds a notification to what makes a child SA for the peer, unless it is there.</summary>
    private static Func<IkeMessage, IkeMessage> ChildAnswerWith(NotifyType type) =>
        message => message.Header is { IsResponse: true, ExchangeType: ExchangeType.IkeAuth } && message.Find<SecurityAssociationPayload>() is not null && message.Notify(type) is null
            ? message with { Payloads = message.Payloads.Add(new NotifyPayload(type)) }
            : message;

    /// <summary>Remembers the delete that it sent last, and answers the next INFORMATIONAL request with it.</summary>
    private static DefectiveCodec RepeatingDeletes()
    {
        DeletePayload? last = null;
        return new(onWrite: message =>
        {
            if (message.Header.ExchangeType != ExchangeType.Informational)
                return message;
            if (!message.Header.IsResponse)
                last = message.Find<DeletePayload>() ?? last;
            return message.Header.IsResponse && last is not null ? message with { Payloads = message.Payloads.Add(last) } : message;
        });
    }

    private static Octets Spi(ulong spi)
    {
        var octets = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(octets, spi);
        return octets;
    }
}
