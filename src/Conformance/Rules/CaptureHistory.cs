using System.Buffers.Binary;
using System.Net;
using Conformance.Decoding;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Conformance.Rules;

/// <summary>
/// What the packets so far say about the one at hand: which request a response answers, what was offered, which sequence numbers were used. Told to the
/// sightings themselves before a rule sees them. Bounded: beyond the limits rules are not exercised, rather than wrong.
/// </summary>
internal sealed class CaptureHistory
{
    private const int MaximumAssociations = 4096;

    private readonly Dictionary<(ulong Spi, IPAddress Low, IPAddress High), IkeHistory> _ike = [];
    private readonly Dictionary<(byte Protocol, uint Spi, IPAddress Source, IPAddress Destination), SequenceHistory> _sequences = [];
    private readonly HashSet<(IPAddress, ushort, IPAddress, ushort)> _flows = [];
    private readonly Dictionary<(IPAddress Low, IPAddress High), PairHistory> _pairs = [];

    public void Learn(Sighting sighting)
    {
        sighting.Pair = Pair(sighting.Sender, sighting.Receiver);
        switch (sighting)
        {
            case IkeSighting ike:
                ike.History = Of(_ike, Key(ike), () => new IkeHistory());
                ike.History?.Learn(ike);
                ike.Pair?.Learn(ike);
                break;
            case UdpSighting udp:
                udp.IsOfProtectedFlow = IsProtected(udp);
                break;
            case EspSighting esp:
                Of(_sequences, (IpProtocol.Esp, esp.Spi, esp.Source, esp.Destination), () => new SequenceHistory())?.Learn(esp, esp.Iv.Span);
                break;
            case AhSighting ah:
                Of(_sequences, (IpProtocol.Ah, ah.Spi, ah.Source, ah.Destination), () => new SequenceHistory())?.Learn(ah, []);
                break;
        }
    }

    /// <summary>Only where the protected packets came from their host itself: behind a gateway a packet is rightly in clear.</summary>
    private bool IsProtected(UdpSighting udp)
    {
        var flow = (udp.Source, udp.SourcePort, udp.Destination, udp.DestinationPort);
        if (udp.IsProtected && udp.Source.Equals(udp.Sender) && _flows.Count < MaximumAssociations)
            _flows.Add(flow);
        return _flows.Contains(flow);
    }

    private PairHistory? Pair(IPAddress one, IPAddress other)
    {
        var (low, high) = Order(one, other);
        return Of(_pairs, (low, high), () => new PairHistory());
    }

    private static (ulong, IPAddress, IPAddress) Key(IkeSighting ike)
    {
        var (low, high) = Order(ike.Sender, ike.Receiver);
        return (ike.Header.InitiatorSpi, low, high);
    }

    private static (IPAddress Low, IPAddress High) Order(IPAddress one, IPAddress other) =>
        one.GetAddressBytes().AsSpan().SequenceCompareTo(other.GetAddressBytes()) <= 0 ? (one, other) : (other, one);

    private static TValue? Of<TKey, TValue>(Dictionary<TKey, TValue> all, TKey key, Func<TValue> make)
        where TKey : notnull
        where TValue : class
    {
        if (all.TryGetValue(key, out var known))
            return known;
        if (all.Count == MaximumAssociations)
            return null;
        return all[key] = make();
    }
}

/// <summary>What the two ends of a pair of outer addresses said, over all of their IKE SAs.</summary>
internal sealed class PairHistory
{
    private const int MaximumRemembered = 4096;

    private readonly Dictionary<(IPAddress Sender, ulong Hash), (ulong Spi, uint MessageId)> _nonces = [];
    private readonly Dictionary<(IPAddress Sender, ulong Hash), (ulong Spi, uint MessageId)> _publicValues = [];
    private readonly Dictionary<(IPAddress Sender, ulong IkeSpi), (ushort Source, ushort Destination)> _ports = [];
    private readonly Dictionary<ulong, (IPAddress Sender, ulong Spi, uint MessageId)> _ikeSpis = [];
    private readonly Dictionary<(IPAddress Owner, uint Spi), ChildOffer> _children = [];
    private readonly Dictionary<(IPAddress Owner, uint Spi), NegotiatedSelectors> _selectors = [];

    /// <summary>
    /// The ports of the last IKE message that was encapsulated, of each of the sender's IKE SAs: several clients may be behind one NAT, each with ports of its own.
    /// Empty if there was none.
    /// </summary>
    public IReadOnlyCollection<(ushort Source, ushort Destination)> IkePorts(IPAddress sender) =>
        [.. _ports.Where(known => known.Key.Sender.Equals(sender)).Select(known => known.Value).Distinct()];

    public void Learn(IkeSighting ike)
    {
        if (ike.Udp is { } udp && (udp.SourcePort == UdpEncapsulation.NatTraversalPort || udp.DestinationPort == UdpEncapsulation.NatTraversalPort))
            Remember(ike, (udp.SourcePort, udp.DestinationPort));
        if (ike.IsFragment)
            return;
        if (ike is { IsResponse: true, Header: { ExchangeType: ExchangeType.IkeSaInit, ResponderSpi: not 0 } } && ike.Find<SecurityAssociationPayload>() is not null)
            ike.IkeSpiIsReused |= IsUsed(ike.Header.ResponderSpi, ike);
        var place = (ike.Header.InitiatorSpi, ike.Header.MessageId);
        Negotiate(ike);
        foreach (var payload in ike.Content)
        {
            if (payload.Payload is NoncePayload)
                ike.NonceIsReused |= IsElsewhere(_nonces, ike.Sender, payload.Body, place);
            else if (payload.Payload is KeyExchangePayload exchange && ike.Header.ExchangeType != ExchangeType.IkeSaInit)
                ike.PublicValueIsReused |= IsElsewhere(_publicValues, ike.Sender, exchange.Data.Span, place);
            else if (payload.Payload is SecurityAssociationPayload association)
                Learn(ike, association);
        }
    }

    /// <summary>Whether the IKE SA came out of a CREATE_CHILD_SA exchange of this capture.</summary>
    public bool IsRekeyed(IkeHeader header) => _ikeSpis.ContainsKey(header.InitiatorSpi) && _ikeSpis.ContainsKey(header.ResponderSpi);

    /// <summary>The offer or choice that named an SPI for packets to its owner; null if none was readable.</summary>
    public ChildOffer? Child(IPAddress owner, uint spi) => _children.GetValueOrDefault((owner, spi));

    /// <summary>The selectors of the child SA whose packets to its owner have this SPI; null if its making was not read.</summary>
    public NegotiatedSelectors? Negotiated(IPAddress owner, uint spi) => _selectors.GetValueOrDefault((owner, spi));

    private void Remember(IkeSighting ike, (ushort Source, ushort Destination) ports)
    {
        var key = (ike.Sender, ike.Header.InitiatorSpi);
        if (_ports.ContainsKey(key) || _ports.Count < MaximumRemembered)
            _ports[key] = ports;
    }

    private void Negotiate(IkeSighting ike)
    {
        if (!ike.IsResponse || ike.Request is not { } request || ike.Find<SecurityAssociationPayload>() is not { Proposals: [{ Spi.Length: 4 } chosen] }
            || ike.Selectors(PayloadType.TrafficSelectorInitiator) is not { } initiator || ike.Selectors(PayloadType.TrafficSelectorResponder) is not { } responder
            || _selectors.Count >= MaximumRemembered)
            return;
        _selectors[(ike.Sender, BinaryPrimitives.ReadUInt32BigEndian(chosen.Spi.Span))] = new(responder, initiator);
        if (request.Find<SecurityAssociationPayload>()?.Proposals.FirstOrDefault(proposal => proposal.Number == chosen.Number) is { Spi.Length: 4 } offered)
            _selectors[(request.Sender, BinaryPrimitives.ReadUInt32BigEndian(offered.Spi.Span))] = new(initiator, responder);
    }

    private void Learn(IkeSighting ike, SecurityAssociationPayload association)
    {
        foreach (var proposal in association.Proposals)
            if (proposal is { Protocol: ProtocolId.Ike, Spi.Length: 8 })
                ike.IkeSpiIsReused |= IsUsed(BinaryPrimitives.ReadUInt64BigEndian(proposal.Spi.Span), ike);
            else if (proposal.Spi.Length == 4 && proposal.Protocol is ProtocolId.Esp or ProtocolId.Ah && _children.Count < MaximumRemembered)
            {
                var spi = BinaryPrimitives.ReadUInt32BigEndian(proposal.Spi.Span);
                var key = (ike.Sender, spi);
                if (_children.TryGetValue(key, out var known) && (known.IkeSpi, known.MessageId) != (ike.Header.InitiatorSpi, ike.Header.MessageId))
                    ike.ReusedSpi ??= spi;
                _children[key] = new(ike.Header.InitiatorSpi, ike.Header.MessageId, proposal, ike);
            }
    }

    /// <summary>Whether this end named the same SPI for another IKE SA.</summary>
    private bool IsUsed(ulong spi, IkeSighting ike)
    {
        var place = (ike.Sender, ike.Header.InitiatorSpi, ike.Header.MessageId);
        if (_ikeSpis.TryGetValue(spi, out var before))
            return before.Sender.Equals(ike.Sender) && (before.Spi, before.MessageId) != (ike.Header.InitiatorSpi, ike.Header.MessageId);
        if (_ikeSpis.Count < MaximumRemembered)
            _ikeSpis.Add(spi, place);
        return false;
    }

    private static bool IsElsewhere(
        Dictionary<(IPAddress, ulong), (ulong, uint)> known, IPAddress sender, ReadOnlySpan<byte> octets, (ulong, uint) place)
    {
        var key = (sender, Fingerprint.Of(octets));
        if (known.TryGetValue(key, out var before))
            return before != place;
        if (known.Count < MaximumRemembered)
            known.Add(key, place);
        return false;
    }
}

/// <summary>A proposal that named an SPI.</summary>
internal sealed record ChildOffer(ulong IkeSpi, uint MessageId, Proposal Proposal, IkeSighting Message);
