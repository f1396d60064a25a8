using System.Collections.Immutable;
using Ipsec.Packets.Ike;
using static Conformance.Defects.IkeFault;

namespace Conformance.Defects;

/// <summary>Faults in what proposals and key exchanges say (RFC 7296 sections 2.7, 3.3 and 3.4; RFC 8221; RFC 8247), which rules see on any message.</summary>
internal static class IkeProposalDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        Offering("proposal-numbers-with-gaps", "A further proposal is offered under number 9", "RFC7296-3.3-5",
            offer => new([.. offer.Proposals, offer.Proposals[0] with { Number = 9 }])),
        Sending("spi-in-first-negotiation", "Proposals of IKE_SA_INIT have an SPI", "RFC7296-3.3.1-4",
            message => message.Header.ExchangeType == ExchangeType.IkeSaInit ? Changed<SecurityAssociationPayload>(message, sa => Proposals(sa, proposal => proposal with { Spi = new byte[8] })) : message),
        Answering("two-proposals-chosen", "The answer has the proposal twice", "RFC7296-2.7-3", (SecurityAssociationPayload sa) => new SecurityAssociationPayload([.. sa.Proposals, .. sa.Proposals])),
        Answering("number-not-offered", "The answer's proposal has number 77", "RFC7296-3.3.1-3", (SecurityAssociationPayload sa) => Proposals(sa, proposal => proposal with { Number = 77 })),
        Answering("protocol-not-offered", "A proposal for ESP is accepted as one for AH", "RFC7296-2.7-2",
            (SecurityAssociationPayload sa) => Proposals(sa, proposal => proposal.Protocol == ProtocolId.Esp ? proposal with { Protocol = ProtocolId.Ah } : proposal)),
        Ciphers("key-length-twice", "Ciphers have two Key Length attributes", "RFC7296-3.3-9", cipher => cipher with { Attributes = [.. cipher.Attributes, .. cipher.Attributes] }),
        Ciphers("key-length-in-long-form", "Key Length is encoded as an attribute of variable length", "RFC7296-3.3.5-1",
            cipher => cipher with { Attributes = [.. cipher.Attributes.Select(attribute => attribute with { IsShort = false })] }),
        Ciphers("key-length-in-octets", "Key Length is in octets", "RFC7296-3.3.5-3",
            cipher => cipher.KeyLength is { } bits ? cipher with { Attributes = [TransformAttribute.KeyLength(bits / 8)] } : cipher),
        Offering("key-length-of-fixed-cipher", "ChaCha20-Poly1305 is offered with a key length", "RFC7296-3.3.5-4", offer => With(offer, Transform.Encryption(EncryptionId.ChaCha20Poly1305, 256))),
        Offering("combined-cipher-with-integrity", "Combined ciphers are offered with HMAC-SHA2-256", "RFC7296-3.3-7",
            offer => Proposals(offer, proposal => IsCombined(proposal) ? proposal with { Transforms = proposal.Transforms.Add(Transform.Integrity(IntegrityId.HmacSha256_128)) } : proposal)),
        Offering("combined-esp-cipher-with-integrity", "Combined ciphers of ESP are offered with HMAC-SHA2-256", "RFC8221-6-2", offer => Proposals(offer, proposal =>
            proposal.Protocol == ProtocolId.Esp && IsCombined(proposal) ? proposal with { Transforms = proposal.Transforms.Add(Transform.Integrity(IntegrityId.HmacSha256_128)) } : proposal)),
        Offering("ike-cipher-without-integrity", "IKE is offered AES-CBC without integrity", "RFC8247-2.1-1", offer => Unauthenticated(offer, ProtocolId.Ike)),
        Offering("esp-cipher-without-integrity", "ESP is offered AES-CBC without integrity", "RFC8221-6-1", offer => Unauthenticated(offer, ProtocolId.Esp)),
        Offering("esp-without-anything", "ESP is offered NULL encryption without integrity", "RFC4303-3.2-2", offer => Proposals(offer, proposal => proposal.Protocol == ProtocolId.Esp
            ? proposal with { Transforms = [Transform.Encryption(EncryptionId.Null), .. proposal.OfType(TransformType.SequenceNumbers)] }
            : proposal)),
        Offering("none-spelled-out", "Combined ciphers are offered with integrity NONE", "RFC7296-1.2-6",
            offer => Proposals(offer, proposal => IsCombined(proposal) ? proposal with { Transforms = proposal.Transforms.Add(Transform.Integrity(IntegrityId.None)) } : proposal)),
        Offering("ike-integrity-none", "IKE is offered AES-CBC with integrity NONE", "RFC7296-5-2", offer => Proposals(offer, proposal => proposal.Protocol == ProtocolId.Ike
            ? proposal with { Transforms = [Transform.Encryption(EncryptionId.AesCbc, 256), Transform.Integrity(IntegrityId.None), .. proposal.Transforms.Where(transform => transform.Type is not (TransformType.Encryption or TransformType.Integrity))] }
            : proposal)),
        Offering("short-icv-with-long-key", "IKE is offered AES-CCM with the short ICV and 256-bit keys", "RFC8247-2.1-10", offer => With(offer, Transform.Encryption(EncryptionId.AesCcm8, 256), ProtocolId.Ike)),
        Offering("unassigned-transform", "An encryption is offered that the registry does not have", "RFC7296-3-1", offer => With(offer, new(TransformType.Encryption, 999, []))),
        Banned("group-2-offered", "The 1024-bit MODP group is offered", "RFC8247-2.4-4", Transform.KeyExchange(KeyExchangeId.Modp1024)),
        Banned("group-5-offered", "The 1536-bit MODP group is offered", "RFC8247-2.4-3", Transform.KeyExchange(KeyExchangeId.Modp1536)),
        Banned("group-23-offered", "Group 23 is offered", "RFC8247-2.4-7", Transform.KeyExchange(KeyExchangeId.Modp2048_224)),
        Banned("group-24-offered", "Group 24 is offered", "RFC8247-2.4-8", Transform.KeyExchange(KeyExchangeId.Modp2048_256)),
        Offering("esp-offered-3des", "ESP is offered 3DES", "RFC8221-5-3", offer => With(offer, Transform.Encryption(EncryptionId.TripleDes), ProtocolId.Esp)),
        Offering("esp-offered-idea", "ESP is offered IDEA", "RFC8221-5-15", offer => With(offer, Transform.Encryption(EncryptionId.Idea), ProtocolId.Esp)),
        Writing("transforms-with-reserved-octets", "Transforms are sent with reserved octets", "RFC7296-3.3.2-1", (SecurityAssociationPayload sa) => Transforms(sa, transform => transform with { Reserved = 1 })),
        Sending("proposal-length-wrong", "An SA payload says that its proposal has one transform more", "RFC7296-3.3-4", message => Changed<SecurityAssociationPayload>(message, sa =>
        {
            const int transformCount = 7;
            var body = sa.ToRaw().Body.ToArray();
            body[transformCount]++;
            return new UnknownPayload(PayloadType.SecurityAssociation, body);
        })),
        Writing("child-spi-zero", "Child SAs have SPIs of zero", "RFC4303-2.1-6", (SecurityAssociationPayload sa) => Proposals(sa, proposal => proposal.Spi.Length == 4 ? proposal with { Spi = new byte[4] } : proposal)),
        Offering("extended-numbers-offered-to-no-window", "Child SAs are offered with extended sequence numbers, replay check or not", "RFC4303-3.3.3-5", offer => WithExtendedNumbers(offer, ProtocolId.Esp)),
        Offering("extended-numbers-offered-to-no-window-of-ah", "SAs of AH are offered with extended sequence numbers, replay check or not", "RFC4302-3.3.2-3", offer => WithExtendedNumbers(offer, ProtocolId.Ah)),
        new("told-to-accept-replays-in-vain", "ESP is checked for replays, and negotiated with extended sequence numbers, whatever it was told", "RFC4303-3.3.3-5")
        {
            MisreadPolicy = policy => policy with { AcceptsReplays = policy.AcceptsReplays && policy.UsesAh },
        },
        new("told-to-accept-replays-of-ah-in-vain", "AH is checked for replays, and negotiated with extended sequence numbers, whatever it was told", "RFC4302-3.3.2-3")
        {
            MisreadPolicy = policy => policy with { AcceptsReplays = policy.AcceptsReplays && !policy.UsesAh },
        },

        // Selectors of the packet that wants the SA.
        Sending("selectors-of-packet-left-out", "The selectors of the packet that wants an SA are left out", "RFC7296-2.9-1", message => OfPacket(message, selectors => selectors.RemoveAt(0))),
        Sending("selectors-of-packet-last", "The selectors of the packet that wants an SA come last", "RFC7296-2.9-1", message => OfPacket(message, selectors => [.. selectors.Skip(1), selectors[0]])),
        Sending("selectors-of-packet-without-protocol", "The selectors of the packet that wants an SA name its addresses alone", "RFC7296-2.23.1-2",
            message => OfPacket(message, selectors => selectors.SetItem(0, selectors[0] with { IpProtocol = 0, StartPort = 0, EndPort = ushort.MaxValue }))),
        Sending("selectors-of-packet-without-ports", "The selectors of the packet that wants an SA name no ports", "RFC7296-2.23.1-6",
            message => OfPacket(message, selectors => selectors.SetItem(0, selectors[0] with { StartPort = 0, EndPort = ushort.MaxValue }))),

        // Key exchange.
        Sending("key-exchange-of-other-group", "KE says another group than the proposals", "RFC7296-3.4-2",
            message => Changed<KeyExchangePayload>(message, exchange => new KeyExchangePayload(KeyExchangeId.Modp1024, exchange.Data))),
        Sending("key-exchange-without-group", "New child SAs are asked for with KE and without a group", "RFC7296-3.4-3", message =>
            message.Header is { IsResponse: false, ExchangeType: ExchangeType.CreateChildSa } && message.Find<SecurityAssociationPayload>() is { Proposals: [{ Spi.Length: 4 }, ..] } && message.Find<KeyExchangePayload>() is null
                ? message with { Payloads = message.Payloads.Add(new KeyExchangePayload(KeyExchangeId.Curve25519, new byte[32])) }
                : message),
        Sending("key-exchange-not-answered", "CREATE_CHILD_SA is answered without KE though a group was chosen", "RFC7296-3.4-4",
            message => message.Header is { IsResponse: true, ExchangeType: ExchangeType.CreateChildSa } ? Without<KeyExchangePayload>(message) : message),
        Options("public-value-used-again", "Rekeyings of the IKE SA have the public value of IKE_SA_INIT", "RFC7296-2.18-1", options => options with { IkeCodec = FirstPublicValue(message => message.Header.ExchangeType == ExchangeType.CreateChildSa) }),
        Options("hint-at-group-overlooked", "After INVALID_KE_PAYLOAD KE is that of the first try", "RFC7296-1.2-4", options => options with { IkeCodec = FirstPublicValue(message => message.Header is { IsResponse: false, ExchangeType: ExchangeType.IkeSaInit }) }),
        Options("second-try-offers-less", "After INVALID_KE_PAYLOAD the other groups are not offered any more", "RFC7296-1.2-5", options => options with { IkeCodec = OneGroupOnSecondTry() }),
        Writing("key-exchange-with-reserved-octets", "KE is sent with reserved octets", "RFC7296-2.5-6", (KeyExchangePayload exchange) => exchange with { Reserved = 1 }),
        Writing("hint-at-group-not-offered", "INVALID_KE_PAYLOAD names a group that nobody offered", "RFC7296-3.4-4",
            (NotifyPayload notify) => notify.NotifyType == NotifyType.InvalidKePayload ? notify with { Data = new byte[] { 0, 1 } } : notify),
    ];

    private static SecurityAssociationPayload WithExtendedNumbers(SecurityAssociationPayload offer, ProtocolId protocol) =>
        With(offer, Transform.SequenceNumbers(SequenceNumbersId.Extended64), protocol);

    private static IkeMessage OfPacket(IkeMessage message, Func<ImmutableArray<TrafficSelector>, ImmutableArray<TrafficSelector>> change) =>
        message.Header.IsResponse ? message : Changed<TrafficSelectorPayload>(message, payload => payload.Selectors.Length > 1 ? payload with { Selectors = change(payload.Selectors) } : payload);

    /// <summary>Remembers the first KE that it sees, and sends it again.</summary>
    private static DefectiveCodec FirstPublicValue(Predicate<IkeMessage> where)
    {
        KeyExchangePayload? first = null;
        return new(onWrite: message =>
        {
            first ??= message.Find<KeyExchangePayload>();
            return where(message) ? Changed<KeyExchangePayload>(message, _ => first!) : message;
        });
    }

    private static DefectiveCodec OneGroupOnSecondTry()
    {
        KeyExchangeId? first = null;
        return new(onWrite: message =>
        {
            if (message.Header is not { IsResponse: false, ExchangeType: ExchangeType.IkeSaInit } || message.Find<KeyExchangePayload>() is not { } exchange)
                return message;
            first ??= exchange.Method;
            return first == exchange.Method
                ? message
                : Changed<SecurityAssociationPayload>(message, offer => Proposals(offer, proposal => proposal with
                {
                    Transforms = [.. proposal.Transforms.Where(transform => transform.Type != TransformType.KeyExchange || transform.Id == (ushort)exchange.Method)],
                }));
        });
    }

    private static Defect Banned(string name, string effect, string requirement, Transform group) => Offering(name, effect, requirement, offer => With(offer, group, ProtocolId.Ike));

    /// <summary>Changes what is offered in requests.</summary>
    private static Defect Offering(string name, string effect, string requirement, Func<SecurityAssociationPayload, SecurityAssociationPayload> change) =>
        Sending(name, effect, requirement, message => message.Header.IsResponse ? message : Changed<SecurityAssociationPayload>(message, change));

    private static Defect Ciphers(string name, string effect, string requirement, Func<Transform, Transform> change) => Writing(
        name, effect, requirement, (SecurityAssociationPayload sa) => Transforms(sa, transform => transform.Type == TransformType.Encryption ? change(transform) : transform));

    private static SecurityAssociationPayload With(SecurityAssociationPayload offer, Transform transform, ProtocolId? protocol = null) =>
        Proposals(offer, proposal => protocol is null || proposal.Protocol == protocol ? proposal with { Transforms = proposal.Transforms.Add(transform) } : proposal);

    private static SecurityAssociationPayload Unauthenticated(SecurityAssociationPayload offer, ProtocolId protocol) => Proposals(offer, proposal => proposal.Protocol != protocol ? proposal : proposal with
    {
        Transforms = [Transform.Encryption(EncryptionId.AesCbc, 256), .. proposal.Transforms.Where(transform => transform.Type is not (TransformType.Encryption or TransformType.Integrity))],
    });

    private static bool IsCombined(Proposal proposal) => proposal.OfType(TransformType.Encryption).Any() && proposal.OfType(TransformType.Encryption).All(cipher => Ipsec.Crypto.Algorithms.Encryption((EncryptionId)cipher.Id)?.IsAead == true);
}
