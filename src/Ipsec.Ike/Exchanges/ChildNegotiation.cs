using System.Buffers.Binary;
using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>SA, TSi, TSr and USE_TRANSPORT_MODE of a child SA, in both roles (RFC 7296 sections 1.2, 1.3.1, 2.9).</summary>
internal static class ChildNegotiation
{
    /// <summary>The initiator's payloads.</summary>
    public static ImmutableArray<Payload> Offer(IkeSa sa, uint inboundSpi)
    {
        var connection = sa.Connection;
        var payloads = ImmutableArray.CreateBuilder<Payload>();
        if (connection.TransportMode)
            payloads.Add(new NotifyPayload(NotifyType.UseTransportMode));
        payloads.Add(ProposalSelection.Offer(connection.ChildProposals, SpiOctets(inboundSpi)));
        payloads.Add(new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, connection.LocalTraffic));
        payloads.Add(new TrafficSelectorPayload(PayloadType.TrafficSelectorResponder, connection.RemoteTraffic));
        return payloads.DrainToImmutable();
    }

    /// <summary>
    /// The responder's answer to an offer: the chosen SA and narrowed selectors, with the child installed; or one notification that says why not.
    /// </summary>
    public static ImmutableArray<Payload> Accept(IkeContext context, IkeSa sa, ImmutableArray<Payload> request, Octets initiatorNonce, Octets responderNonce)
    {
        if (!TryReadOffer(request, out var offer, out var theirs, out var ours))
            return [new NotifyPayload(NotifyType.InvalidSyntax)];
        var connection = sa.Connection;
        if (ProposalSelection.Choose(connection.ChildProposals, offer.Proposals) is not { Spi.Length: 4 } chosen
            || !EspAlgorithms.TryFrom(chosen, out var algorithms))
            return Refuse(NotifyType.NoProposalChosen);
        var localTraffic = TrafficSelectorNarrowing.Narrow(ours.Selectors, connection.LocalTraffic);
        var remoteTraffic = TrafficSelectorNarrowing.Narrow(theirs.Selectors, connection.RemoteTraffic);
        if (localTraffic.IsEmpty || remoteTraffic.IsEmpty)
            return Refuse(NotifyType.TsUnacceptable);
        // Section 1.3.1: transport mode is asked for by the initiator and granted by the responder; a responder whose policy is
        // transport mode, asked for a tunnel, refuses.
        var asked = request.OfType<NotifyPayload>().Any(notify => notify.NotifyType == NotifyType.UseTransportMode);
        if (connection.TransportMode && !asked)
            return Refuse(NotifyType.NoProposalChosen);
        var transport = asked && connection.TransportMode;

        var inboundSpi = context.NewChildSpi();
        var child = new ChildSa(
            connection.Name, inboundSpi, BinaryPrimitives.ReadUInt32BigEndian(chosen.Spi.Span), algorithms, transport, IsExchangeInitiator: false,
            sa.Local.Address, sa.Remote.Address, NatTraversal.EspPorts(sa), localTraffic, remoteTraffic, sa.Peer!);
        sa.AddChild(child, DeriveKeys(sa, algorithms, initiatorNonce, responderNonce));

        var payloads = ImmutableArray.CreateBuilder<Payload>();
        if (transport)
            payloads.Add(new NotifyPayload(NotifyType.UseTransportMode));
        payloads.Add(new SecurityAssociationPayload([chosen with { Spi = SpiOctets(inboundSpi) }]));
        payloads.Add(new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, remoteTraffic));
        payloads.Add(new TrafficSelectorPayload(PayloadType.TrafficSelectorResponder, localTraffic));
        return payloads.DrainToImmutable();

        ImmutableArray<Payload> Refuse(NotifyType reason)
        {
            context.Notice(new IkeEvent.ChildFailed(connection.Name, NotifyPayload.NotifyName(reason)));
            return [new NotifyPayload(reason)];
        }
    }

    /// <summary>The initiator's reading of the answer: installs the child, or says why there is none.</summary>
    public static string? Complete(IkeContext context, IkeSa sa, ImmutableArray<Payload> response, uint inboundSpi, Octets initiatorNonce, Octets responderNonce)
    {
        if (response.OfType<NotifyPayload>().FirstOrDefault(notify => notify.IsError) is { } error)
            return NotifyPayload.NotifyName(error.NotifyType);
        if (!TryReadOffer(response, out var answer, out var ours, out var theirs))
            return "the response has no SA, TSi and TSr";
        var connection = sa.Connection;
        if (!ProposalSelection.IsValidChoice(connection.ChildProposals.Select((own, index) => own with { Number = (byte)(index + 1) }).ToImmutableArray(), answer)
            || answer.Proposals is not [{ Spi.Length: 4 } chosen] || !EspAlgorithms.TryFrom(chosen, out var algorithms))
        {
            context.Violation(ProtocolViolation.ChoiceNotOffered, sa.Remote, "child SA");
            return "the peer chose what was not offered";
        }
        if (!TrafficSelectorNarrowing.IsSubset(ours.Selectors, connection.LocalTraffic)
            || !TrafficSelectorNarrowing.IsSubset(theirs.Selectors, connection.RemoteTraffic))
        {
            context.Violation(ProtocolViolation.SelectorsNotOffered, sa.Remote, "child SA");
            return "the peer's traffic selectors are no subset of the offered ones";
        }
        var transport = response.OfType<NotifyPayload>().Any(notify => notify.NotifyType == NotifyType.UseTransportMode);
        if (transport != connection.TransportMode)
            return transport ? "the peer wants transport mode, which was not offered" : "the peer declined transport mode";
        var child = new ChildSa(
            connection.Name, inboundSpi, BinaryPrimitives.ReadUInt32BigEndian(chosen.Spi.Span), algorithms, transport, IsExchangeInitiator: true,
            sa.Local.Address, sa.Remote.Address, NatTraversal.EspPorts(sa), ours.Selectors, theirs.Selectors, sa.Peer!);
        sa.AddChild(child, DeriveKeys(sa, algorithms, initiatorNonce, responderNonce));
        return null;
    }

    private static ChildKeys DeriveKeys(IkeSa sa, EspAlgorithms algorithms, Octets initiatorNonce, Octets responderNonce) =>
        ChildKeys.Derive(algorithms, sa.Algorithms!.Prf, sa.Keys!.SkD, [], initiatorNonce.ToArray(), responderNonce.ToArray());

    private static bool TryReadOffer(
        ImmutableArray<Payload> payloads, out SecurityAssociationPayload offer, out TrafficSelectorPayload initiator, out TrafficSelectorPayload responder)
    {
        offer = payloads.OfType<SecurityAssociationPayload>().FirstOrDefault()!;
        initiator = payloads.OfType<TrafficSelectorPayload>().FirstOrDefault(selectors => selectors.Side == PayloadType.TrafficSelectorInitiator)!;
        responder = payloads.OfType<TrafficSelectorPayload>().FirstOrDefault(selectors => selectors.Side == PayloadType.TrafficSelectorResponder)!;
        return offer is not null && initiator is not null && responder is not null;
    }

    private static Octets SpiOctets(uint spi)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, spi);
        return Octets.TakeOver(octets);
    }
}
