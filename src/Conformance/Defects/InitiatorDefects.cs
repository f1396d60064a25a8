using System.Collections.Immutable;
using Ipsec.Host;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using static Conformance.Defects.IkeFault;

namespace Conformance.Defects;

/// <summary>Faults in what an initiator makes of answers, of their absence, and of what only looks like one (RFC 7296 sections 2.1, 2.4, 2.5, 2.7, 2.8, 3.10.1).</summary>
internal static class InitiatorDefects
{
    private static readonly UnknownPayload Refusal = new((PayloadType)120, default) { Flags = 0x80 };

    public static ImmutableArray<Defect> All { get; } =
    [
        // What is to be overlooked in answers, and what is not.
        ReadingAnswers("reserved-bits-in-answers-refused", "Answers with reserved bits in generic headers are refused", "RFC7296-2.5-6", RefusedIf(payloads => payloads.Any(payload => (payload.Flags & 0x7f) != 0))),
        ReadingAnswers("unknown-payloads-in-answers-refused", "Answers with unknown payloads are refused, critical bit or not", "RFC7296-2.5-9", RefusedIf(payloads => payloads.Any(IsUnknown))),
        ReadingAnswers("critical-payloads-in-answers-overlooked", "The critical bit counts for nothing in answers", "RFC7296-2.5-8",
            payloads => [.. payloads.Select(payload => payload is UnknownPayload ? payload with { Flags = 0 } : payload)]),
        ReadingAnswers("order-of-answers-insisted-on", "Answers with SA behind the nonce, or behind the selectors, are refused", "RFC7296-2.5-11", RefusedIf(IsReversed)),
        RefusingAnswers("version-flag-in-answers-minded", "Answers with the Version flag can't be read", "RFC7296-3.1-12", header => ((byte)header.Flags & 0x10) != 0),
        RefusingAnswers("minor-version-of-answers-minded", "Answers with another minor version can't be read", "RFC7296-3.1-8", header => header.MinorVersion != 0),
        ReadingAnswers("configuration-reply-with-unknowns-refused", "A CFG_REPLY with unknown attributes is refused", "RFC7296-3.15.1-21",
            RefusedIf(payloads => payloads.OfType<ConfigurationPayload>().Any(reply => reply.Attributes.Any(attribute => !Enum.IsDefined(attribute.Type))))),

        ReadingAnswers("address-made-up", "Told no address, an initiator takes one that it made up", "RFC7296-2.19-1", payloads =>
            payloads.Any(payload => payload is AuthenticationPayload) && !payloads.Any(payload => payload is ConfigurationPayload)
                ? payloads.Add(new ConfigurationPayload(ConfigurationType.Reply, [new(ConfigurationAttributeType.InternalIp4Address, new byte[] { 10, 9, 8, 7 })]))
                : payloads),

        // Choices and hints.
        Options("own-first-suite-assumed", "Whatever is chosen, it uses what it offered first", "RFC7296-2.7-1", options => options with { IkeCodec = AssumingFirst() }),
        Reading("hint-at-another-group-unheeded", "INVALID_KE_PAYLOAD is taken for a refusal", "RFC7296-3.3.6-7",
            payload => payload is NotifyPayload { NotifyType: NotifyType.InvalidKePayload } ? new NotifyPayload(NotifyType.NoProposalChosen) : payload),
        Sending("rekeying-answered-without-transport-mode", "Transport mode is not confirmed in CREATE_CHILD_SA", "RFC7296-1.3.1-2",
            message => message.Header is { IsResponse: true, ExchangeType: ExchangeType.CreateChildSa } ? Without(NotifyType.UseTransportMode)(message) : message),
        Sending("rekeying-into-tunnel-mode", "What replaces an SA in transport mode is asked for without that", "RFC7296-2.8-5",
            message => message.Notify(NotifyType.RekeySa) is null ? message : Without(NotifyType.UseTransportMode)(message)),
        Options("refusal-ends-ike-sa", "Who refuses a child SA, or a rekeying, or is refused one, says nothing any more", "RFC7296-1.3.1-4", options => options with { IkeCodec = SilentAfterRefusal() }),
        Reading("child-not-found-taken-for-the-end", "CHILD_SA_NOT_FOUND ends the IKE SA", "RFC7296-2.25.1-2",
            payload => payload is NotifyPayload { NotifyType: NotifyType.ChildSaNotFound } ? new NotifyPayload(NotifyType.InvalidSyntax) : payload),

        // Loss, and what anybody could have sent.
        Options("requests-sent-once", "What is not answered is not sent again", "RFC7296-2.1-6", options => options with { Ike = options.Ike with { RequestAttempts = 1 } }),
        new("first-response-overlooked", "The first response to each request is overlooked, and the request repeated", "RFC7296-2.1-6") { Inject = OverlookFirstResponses },
        DeafAfter("unreachable-taken-for-dead", "After an ICMP error nothing is taken from the peer any more", "RFC7296-2.4-4", view => view.Protocol == IpProtocol.Icmp && view.Transport is [DestinationUnreachable, not FragmentationNeeded, ..]),
        DeafAfter("refusal-in-clear-believed", "After an IKE_AUTH response in clear nothing is taken from the peer any more", "RFC7296-2.4-4", view =>
            IkeHeader.TryParse(Ike(view), out var header, out _) && header is { IsResponse: true, ExchangeType: ExchangeType.IkeAuth, NextPayload: PayloadType.Notify }),

        // What it is told.
        new("long-shared-keys-cut", "Of a shared key the first 60 characters count", "RFC7296-1.2-2")
        {
            MisreadPolicy = policy => policy with { PreSharedKey = policy.PreSharedKey[..Math.Min(policy.PreSharedKey.Length, 60)] },
        },
    ];

    private const byte DestinationUnreachable = 3, FragmentationNeeded = 4;

    private static Defect ReadingAnswers(string name, string effect, string requirement, Func<ImmutableArray<Payload>, ImmutableArray<Payload>> change) =>
        Options(name, effect, requirement, options => options with { IkeCodec = new DefectiveCodec(onResponse: change) });

    private static Defect RefusingAnswers(string name, string effect, string requirement, Predicate<IkeHeader> refused) =>
        Options(name, effect, requirement, options => options with { IkeCodec = new DefectiveCodec(refused: header => header.IsResponse && refused(header)) });

    private static bool IsUnknown(Payload payload) => payload.Type is < PayloadType.SecurityAssociation or > PayloadType.ExtensibleAuthentication;

    private static Func<ImmutableArray<Payload>, ImmutableArray<Payload>> RefusedIf(Predicate<ImmutableArray<Payload>> wrong) => payloads => wrong(payloads) ? payloads.Add(Refusal) : payloads;

    private static bool IsReversed(ImmutableArray<Payload> payloads)
    {
        var types = payloads.Select(payload => payload.Type).ToList();
        var offer = types.IndexOf(PayloadType.SecurityAssociation);
        return offer > types.IndexOf(PayloadType.Nonce) && types.Contains(PayloadType.Nonce) || offer > types.IndexOf(PayloadType.TrafficSelectorResponder) && types.Contains(PayloadType.TrafficSelectorResponder);
    }

    private static DefectiveCodec AssumingFirst()
    {
        Proposal? first = null;
        return new(
            onWrite: message =>
            {
                first = message.Header.IsResponse ? first : message.Find<SecurityAssociationPayload>()?.Proposals[0] ?? first;
                return message;
            },
            onResponse: payloads => [.. payloads.Select(payload => payload is SecurityAssociationPayload { Proposals: [var chosen] } && first is not null
                ? new SecurityAssociationPayload([first with { Spi = chosen.Spi, Transforms = [.. first.Transforms.DistinctBy(transform => transform.Type)] }])
                : payload)]);
    }

    private static DefectiveCodec SilentAfterRefusal()
    {
        var isRefused = false;
        return new(
            onRead: payloads =>
            {
                isRefused |= payloads.Any(IsRefusal);
                return payloads;
            },
            onWrite: message =>
            {
                isRefused |= message.Payloads.Any(IsRefusal);
                return message;
            },
            swallowed: _ => isRefused);

        static bool IsRefusal(Payload payload) => payload is NotifyPayload { NotifyType: NotifyType.NoProposalChosen or NotifyType.TsUnacceptable };
    }

    private static IpsecHostOptions OverlookFirstResponses(IpsecHostOptions options)
    {
        var seen = new HashSet<(ulong, uint)>();
        return options with
        {
            PacketFilter = new PacketFilter(received: packet =>
                IpView.TryParse(packet, out var view, out _) && IkeHeader.TryParse(Ike(view), out var header, out _)
                && header.IsResponse && seen.Add((header.InitiatorSpi, header.MessageId)) ? [] : packet),
        };
    }

    private delegate bool Trigger(IpView packet);

    private static Defect DeafAfter(string name, string effect, string requirement, Trigger trigger) => Options(name, effect, requirement, options =>
    {
        var isDeaf = false;
        return options with
        {
            PacketFilter = new PacketFilter(received: packet =>
            {
                isDeaf |= IpView.TryParse(packet, out var view, out _) && trigger(view);
                return isDeaf ? [] : packet;
            }),
        };
    });

    /// <summary>The IKE message in a UDP datagram without NAT; empty in any other packet.</summary>
    private static ReadOnlySpan<byte> Ike(IpView view)
    {
        const int udpHeader = 8, sourcePort = 500;
        return view.Protocol == IpProtocol.Udp && view.Transport.Length > udpHeader && (view.Transport[0] << 8 | view.Transport[1]) == sourcePort ? view.Transport[udpHeader..] : [];
    }
}
