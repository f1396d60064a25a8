using System.Buffers.Binary;
using System.Net;
using Conformance.Decoding;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

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
            case EspSighting esp:
                Of(_sequences, (IpProtocol.Esp, esp.Spi, esp.Source, esp.Destination), () => new SequenceHistory())?.Learn(esp, esp.Iv.Span);
                break;
            case AhSighting ah:
                Of(_sequences, (IpProtocol.Ah, ah.Spi, ah.Source, ah.Destination), () => new SequenceHistory())?.Learn(ah, []);
                break;
        }
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
    private readonly Dictionary<ulong, (IPAddress Sender, ulong Spi, uint MessageId)> _ikeSpis = [];
    private readonly Dictionary<(IPAddress Owner, uint Spi), ChildOffer> _children = [];

    /// <summary>Whether an IKE message of this pair could be read that chose algorithms for a child SA.</summary>
    public bool HasNegotiated => _children.Count > 0;

    public void Learn(IkeSighting ike)
    {
        if (ike.IsFragment)
            return;
        if (ike is { IsResponse: true, Header: { ExchangeType: ExchangeType.IkeSaInit, ResponderSpi: not 0 } } && ike.Find<SecurityAssociationPayload>() is not null)
            ike.IkeSpiIsReused |= IsUsed(ike.Header.ResponderSpi, ike);
        var place = (ike.Header.InitiatorSpi, ike.Header.MessageId);
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
            return before.Sender.Equals(ike.Sender) && before != place;
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
