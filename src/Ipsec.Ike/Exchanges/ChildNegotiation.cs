using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>What the keys of a child SA are made from, apart from SK_d (RFC 7296 section 2.17).</summary>
/// <param name="SharedSecret">g^ir of the exchange, or empty.</param>
internal readonly record struct ChildKeyInputs(Octets InitiatorNonce, Octets ResponderNonce, byte[] SharedSecret);

/// <summary>SA, TSi, TSr and the notifications that go with them, in both roles (RFC 7296 sections 1.2, 1.3.1, 2.9, 2.22).</summary>
internal static class ChildNegotiation
{
    /// <summary>The initiator's payloads.</summary>
    /// <param name="exchange">Nonce and KE payload, of CREATE_CHILD_SA.</param>
    public static ImmutableArray<Payload> Offer(IkeContext context, ChildTerms terms, uint inboundSpi, params ReadOnlySpan<Payload> exchange) =>
    [
        .. Mode(terms.TransportMode),
        .. Fragments(terms.NonFirstFragmentsAlso && !terms.TransportMode),
        .. FlowPadding(terms.RefusesFlowPadding),
        .. Compression.Announce(terms.Compression ? context.CpiFor(inboundSpi) : null),
        ProposalSelection.Offer(terms.Proposals, SpiOctets(inboundSpi)),
        .. exchange,
        new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, [.. First(terms.Packet?.Local, terms.LocalTraffic), .. terms.LocalTraffic]),
        new TrafficSelectorPayload(PayloadType.TrafficSelectorResponder, [.. First(terms.Packet?.Remote, terms.RemoteTraffic), .. terms.RemoteTraffic]),
    ];

    /// <summary>
    /// The responder's answer to an offer: the chosen SA and narrowed selectors, with the child installed; or one notification that says why not.
    /// </summary>
    /// <param name="responderNonce">Sent along in CREATE_CHILD_SA; null in IKE_AUTH, whose nonces were in IKE_SA_INIT.</param>
    /// <param name="replaced">The child that the new one takes the place of.</param>
    public static Child? Accept(
        IkeContext context, IkeSa sa, DateTimeOffset now, ChildTerms terms, ImmutableArray<Payload> request, NoncePayload? responderNonce, Child? replaced,
        out ImmutableArray<Payload> answer)
    {
        answer = [new NotifyPayload(NotifyType.InvalidSyntax)];
        if (!TryReadOffer(request, out var offer, out var theirs, out var ours))
            return null;
        var exchange = request.OfType<KeyExchangePayload>().FirstOrDefault();
        if (ProposalSelection.ChoosePreferring(exchange?.Method ?? KeyExchangeId.None, terms.Proposals, offer.Proposals) is not { Spi.Length: 4 } chosen
            || !ChildProtocol.TryFrom(chosen, out var algorithms))
            return Refuse(new(NotifyType.NoProposalChosen), out answer);
        // Section 1.3.1: transport mode is asked for by the initiator and granted by the responder.
        var asked = IsTransportMode(request);
        var (proposedLocal, proposedRemote) = (ours.Selectors, theirs.Selectors);
        var original = asked && terms.TransportMode ? TransportModeNat.Translate(sa, ref proposedLocal, ref proposedRemote) : null;
        var localTraffic = TrafficSelectorNarrowing.Narrow(proposedLocal, terms.LocalTraffic);
        var remoteTraffic = TrafficSelectorNarrowing.Narrow(proposedRemote, terms.RemoteTraffic);
        // Section 2.9: something has to be left that a packet can be for. Section 2.9.2: what replaces an SA carries all that it carried.
        if (!TrafficSelectorNarrowing.HaveTraffic(localTraffic, remoteTraffic) || !sa.PeerEntry.MaySpeakFor(sa.Connection, remoteTraffic)
            || (replaced is not null && !TrafficSelectorNarrowing.Covers(localTraffic, remoteTraffic, replaced.Sa)))
            return Refuse(new(NotifyType.TsUnacceptable), out answer);
        // Section 2.9: a pair of addresses for each SA is the first one that is asked for, if there is one.
        var (offeredLocal, offeredRemote) = (localTraffic, remoteTraffic);
        if (terms.SinglePairs && replaced is null)
            (localTraffic, remoteTraffic) = (TrafficSelectorNarrowing.AtFirstAddress(localTraffic), TrafficSelectorNarrowing.AtFirstAddress(remoteTraffic));
        if (!TrafficSelectorNarrowing.HaveTraffic(localTraffic, remoteTraffic))
            return Refuse(new(NotifyType.SinglePairRequired), out answer);
        var additional = !TrafficSelectorNarrowing.IsSubset(offeredLocal, localTraffic) || !TrafficSelectorNarrowing.IsSubset(offeredRemote, remoteTraffic);
        if (TrafficConflict.Find(context, sa, localTraffic, remoteTraffic) is { } other)
        {
            context.Notice(new IkeEvent.ChildFailed(sa.Connection.Name, $"{other} has SAs for the traffic that {sa.Peer!.Identity} asks for"));
            answer = [new NotifyPayload(NotifyType.TsUnacceptable)];
            return null;
        }
        // A responder whose policy is transport mode, asked for a tunnel, refuses.
        if (terms.TransportMode && !asked)
            return Refuse(new(NotifyType.NoProposalChosen), out answer);
        var transport = asked && terms.TransportMode;
        // Section 1.3.1: who does not want what fragments were asked for leaves it out of the answer.
        var fragments = terms.NonFirstFragmentsAlso && !transport && AllowsFragments(request);
        byte[] secret = [];
        KeyExchangePayload? ownExchange = null;
        if (responderNonce is not null && !KeyExchangeNegotiation.TryRespond(context, sa.Remote, chosen, exchange, out ownExchange, out secret, out var refusal))
            return Refuse(refusal, out answer);

        var inboundSpi = context.NewChildSpi();
        // Section 2.22: one algorithm is accepted at most, and only one that was offered.
        var cpis = terms.Compression && Compression.Choose(request) is { } outbound && context.CpiFor(inboundSpi) is { } inbound ? (inbound, outbound) : ((ushort, ushort)?)null;
        var inputs = responderNonce is null
            ? new ChildKeyInputs(sa.RemoteNonce, sa.LocalNonce, secret)
            : new(request.OfType<NoncePayload>().First().Nonce, responderNonce.Nonce, secret);
        var child = new Child(new(
            sa.Connection.Name, chosen.Protocol, inboundSpi, BinaryPrimitives.ReadUInt32BigEndian(chosen.Spi.Span), algorithms, transport, IsExchangeInitiator: false,
            sa.Local.Address, sa.Remote.Address, NatTraversal.EspPorts(sa), localTraffic, remoteTraffic, sa.Peer!)
        {
            Original = original,
            NonFirstFragmentsAlso = fragments,
            Cpis = cpis,
            PeerRefusesFlowPadding = RefusesFlowPadding(request),
        })
        {
            Replaces = replaced,
        };
        sa.AddChild(now, child, DeriveKeys(sa, algorithms, inputs));
        answer =
        [
            .. Mode(transport),
            .. Fragments(fragments),
            .. FlowPadding(terms.RefusesFlowPadding),
            .. Compression.Announce(cpis?.Item1),
            .. additional ? [new NotifyPayload(NotifyType.AdditionalTsPossible)] : ImmutableArray<Payload>.Empty,
            new SecurityAssociationPayload([chosen with { Spi = SpiOctets(inboundSpi) }]),
            .. Present(responderNonce),
            .. Present(ownExchange),
            new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, remoteTraffic),
            new TrafficSelectorPayload(PayloadType.TrafficSelectorResponder, localTraffic),
        ];
        return child;

        Child? Refuse(NotifyPayload reason, out ImmutableArray<Payload> answer)
        {
            context.Notice(new IkeEvent.ChildFailed(sa.Connection.Name, NotifyPayload.NotifyName(reason.NotifyType)));
            answer = [reason];
            return null;
        }
    }

    /// <summary>The initiator's reading of an answer that is no refusal: installs the child, or says why there is none.</summary>
    /// <param name="method">Of the KE payload that was sent; null if none was.</param>
    /// <param name="replaced">The child that the new one takes the place of.</param>
    public static Child? Complete(
        IkeContext context, IkeSa sa, DateTimeOffset now, ChildTerms terms, ImmutableArray<Payload> response, uint inboundSpi, KeyExchangeId? method,
        ChildKeyInputs inputs, Child? replaced, out string failure)
    {
        failure = "the response has no SA, TSi and TSr";
        if (!TryReadOffer(response, out var answer, out var ours, out var theirs))
            return null;
        var offered = ImmutableArray.CreateRange(terms.Proposals.Select((own, index) => own with { Number = (byte)(index + 1) }));
        if (!ProposalSelection.IsValidChoice(offered, answer) || answer.Proposals is not [{ Spi.Length: 4 } chosen]
            || !ChildProtocol.TryFrom(chosen, out var algorithms) || KeyExchangeNegotiation.Chosen(chosen) is { } group && group != method)
        {
            context.Violation(ProtocolViolation.ChoiceNotOffered, sa.Remote, "child SA");
            failure = "the peer chose what was not offered";
            return null;
        }
        if (!Compression.TryReadAnswer(response, terms.Compression, out var outboundCpi))
        {
            context.Violation(ProtocolViolation.ChoiceNotOffered, sa.Remote, "IPComp");
            failure = "the peer accepted compression that was not offered";
            return null;
        }
        var transport = IsTransportMode(response);
        var (localTraffic, remoteTraffic) = (ours.Selectors, theirs.Selectors);
        var original = transport ? TransportModeNat.Translate(sa, ref localTraffic, ref remoteTraffic) : null;
        if (!TrafficSelectorNarrowing.IsSubset(localTraffic, terms.LocalTraffic) || !TrafficSelectorNarrowing.IsSubset(remoteTraffic, terms.RemoteTraffic))
        {
            context.Violation(ProtocolViolation.SelectorsNotOffered, sa.Remote, "child SA");
            failure = "the peer's traffic selectors are no subset of the offered ones";
            return null;
        }
        if (!sa.PeerEntry.MaySpeakFor(sa.Connection, remoteTraffic))
        {
            failure = "the peer may not speak for its traffic";
            return null;
        }
        if (replaced is not null && !TrafficSelectorNarrowing.Covers(localTraffic, remoteTraffic, replaced.Sa))
        {
            failure = "the peer narrowed the traffic of an SA that it rekeys";
            return null;
        }
        if (transport != terms.TransportMode)
        {
            failure = transport ? "the peer wants transport mode, which was not offered" : "the peer declined transport mode";
            return null;
        }
        var child = new Child(new(
            sa.Connection.Name, chosen.Protocol, inboundSpi, BinaryPrimitives.ReadUInt32BigEndian(chosen.Spi.Span), algorithms, transport, IsExchangeInitiator: true,
            sa.Local.Address, sa.Remote.Address, NatTraversal.EspPorts(sa), localTraffic, remoteTraffic, sa.Peer!)
        {
            Original = original,
            NonFirstFragmentsAlso = terms.NonFirstFragmentsAlso && !transport && AllowsFragments(response),
            Cpis = outboundCpi is { } outbound && context.CpiFor(inboundSpi) is { } inbound ? (inbound, outbound) : null,
            PeerRefusesFlowPadding = RefusesFlowPadding(response),
        });
        sa.AddChild(now, child, DeriveKeys(sa, algorithms, KeyExchangeNegotiation.Chosen(chosen) is null ? inputs with { SharedSecret = [] } : inputs));
        return child;
    }

    /// <summary>Whether SA, TSi and TSr are all there.</summary>
    public static bool IsOffer(ImmutableArray<Payload> payloads) => TryReadOffer(payloads, out _, out _, out _);

    private static ChildKeys DeriveKeys(IkeSa sa, EspAlgorithms algorithms, ChildKeyInputs inputs)
    {
        var keys = ChildKeys.Derive(
            algorithms, sa.Algorithms!.Prf, sa.Keys!.SkD, inputs.SharedSecret, inputs.InitiatorNonce.ToArray(), inputs.ResponderNonce.ToArray());
        CryptographicOperations.ZeroMemory(inputs.SharedSecret);
        return keys;
    }

    private static bool TryReadOffer(
        ImmutableArray<Payload> payloads, out SecurityAssociationPayload offer, out TrafficSelectorPayload initiator, out TrafficSelectorPayload responder)
    {
        offer = payloads.OfType<SecurityAssociationPayload>().FirstOrDefault()!;
        initiator = payloads.OfType<TrafficSelectorPayload>().FirstOrDefault(selectors => selectors.Side == PayloadType.TrafficSelectorInitiator)!;
        responder = payloads.OfType<TrafficSelectorPayload>().FirstOrDefault(selectors => selectors.Side == PayloadType.TrafficSelectorResponder)!;
        return offer is not null && initiator is not null && responder is not null;
    }

    private static bool IsTransportMode(ImmutableArray<Payload> payloads) =>
        payloads.OfType<NotifyPayload>().Any(notify => notify.NotifyType == NotifyType.UseTransportMode);

    private static bool AllowsFragments(ImmutableArray<Payload> payloads) =>
        payloads.OfType<NotifyPayload>().Any(notify => notify.NotifyType == NotifyType.NonFirstFragmentsAlso);

    private static Payload[] Fragments(bool allowed) => allowed ? [new NotifyPayload(NotifyType.NonFirstFragmentsAlso)] : [];

    /// <summary>Section 2.9: the packet that wants the SA comes first.</summary>
    private static ImmutableArray<TrafficSelector> First(TrafficSelector? packet, ImmutableArray<TrafficSelector> traffic) =>
        packet is null ? [] : TrafficSelectorNarrowing.Narrow([packet], traffic);

    /// <summary>Section 1.3.1: each end speaks for what it receives.</summary>
    private static bool RefusesFlowPadding(ImmutableArray<Payload> payloads) =>
        payloads.OfType<NotifyPayload>().Any(notify => notify.NotifyType == NotifyType.EspTfcPaddingNotSupported);

    private static Payload[] FlowPadding(bool refused) => refused ? [new NotifyPayload(NotifyType.EspTfcPaddingNotSupported)] : [];

    private static Payload[] Mode(bool transport) => transport ? [new NotifyPayload(NotifyType.UseTransportMode)] : [];

    private static Payload[] Present(Payload? payload) => payload is null ? [] : [payload];

    private static Octets SpiOctets(uint spi)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, spi);
        return Octets.TakeOver(octets);
    }
}
