using System.Buffers.Binary;
using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests.Simulation;

/// <summary>Reads along what two ends say to each other of traffic, and what SAs come of it, and holds that against their policies (RFC 7296 sections 2.9 to 2.9.2).</summary>
internal sealed class SelectorWitness(TrafficPolicy left, TrafficPolicy right)
{
    private readonly Dictionary<(ulong, ulong, bool, uint), Offer> _offers = [];
    private readonly Dictionary<(bool IsLeft, uint Spi), ChildSa> _children = [];

    /// <summary>What is wrong, as soon as anything is.</summary>
    public string? Broken { get; private set; }

    /// <summary>How often each kind of answer has come.</summary>
    public SortedDictionary<string, int> Answers { get; } = [];

    /// <summary>A message before it is protected.</summary>
    public void Sees(bool isLeft, IkeMessage message)
    {
        var header = message.Header;
        var key = (header.InitiatorSpi, header.ResponderSpi, header.IsFromInitiator != header.IsResponse, header.MessageId);
        var (initiator, responder) = (Selectors(message, PayloadType.TrafficSelectorInitiator), Selectors(message, PayloadType.TrafficSelectorResponder));
        if (!header.IsResponse && initiator is not null && responder is not null)
            Offered(isLeft, _offers[key] = new(initiator.Value, responder.Value, Replaced(isLeft, message)));
        else if (header.IsResponse && _offers.Remove(key, out var offer))
            Answered(isLeft, offer, initiator, responder, message);
    }

    /// <summary>An end has a new pair of SAs.</summary>
    public void Installed(bool isLeft, ChildSa child)
    {
        var policy = isLeft ? left : right;
        var text = $"{Name(isLeft)} has an SA for {new TrafficPolicy(child.LocalTraffic, child.RemoteTraffic)}";
        Demand(SelectorSets.AreWithin(child.LocalTraffic, policy.Local) && SelectorSets.AreWithin(child.RemoteTraffic, policy.Remote), $"{text}, its policy is {policy}");
        Demand(!policy.SinglePairs || IsOnePair(child.LocalTraffic, child.RemoteTraffic), $"{text}, and wants single pairs");
        Demand(SelectorSets.HaveTraffic(child.LocalTraffic, child.RemoteTraffic), $"{text}, which no packet is for");
        _children[(isLeft, child.InboundSpi)] = child;
        if (_children.TryGetValue((!isLeft, child.OutboundSpi), out var other) && other.OutboundSpi == child.InboundSpi)
            Demand(AreMirrored(child, other), $"{text}, {Name(!isLeft)} has it for {new TrafficPolicy(other.LocalTraffic, other.RemoteTraffic)}");
    }

    private void Offered(bool isLeft, Offer offer)
    {
        var policy = isLeft ? left : right;
        // Section 2.9.1: nobody proposes what its own policy does not allow.
        Demand(
            SelectorSets.AreWithin(offer.Initiator, policy.Local) && SelectorSets.AreWithin(offer.Responder, policy.Remote) && (!policy.SinglePairs || IsOnePair(offer.Initiator, offer.Responder)),
            $"{Name(isLeft)} offers {offer}, its policy is {policy}");
        // Section 2.9.2: what replaces an SA is offered with all that it has.
        Demand(
            offer.Replaced is not { } old || (SelectorSets.AreWithin(old.LocalTraffic, offer.Initiator) && SelectorSets.AreWithin(old.RemoteTraffic, offer.Responder)),
            $"{Name(isLeft)} rekeys with less than it has: {offer}");
    }

    private void Answered(
        bool isLeft, Offer offer, ImmutableArray<TrafficSelector>? initiator, ImmutableArray<TrafficSelector>? responder, IkeMessage message)
    {
        var policy = isLeft ? left : right;
        if (message.Notify(NotifyType.TsUnacceptable) is not null)
        {
            Count("TS_UNACCEPTABLE");
            Demand(
                offer.Replaced is null && !SelectorSets.HaveTraffic(SelectorSets.Common(offer.Responder, policy.Local), SelectorSets.Common(offer.Initiator, policy.Remote)),
                $"{Name(isLeft)} answers {offer} with TS_UNACCEPTABLE, its policy is {policy}");
        }
        if (message.Notify(NotifyType.SinglePairRequired) is not null)
        {
            Count("SINGLE_PAIR_REQUIRED");
            Demand(
                policy.SinglePairs && offer.Replaced is null && !IsOnePair(offer.Initiator, offer.Responder),
                $"{Name(isLeft)} answers {offer} with SINGLE_PAIR_REQUIRED, its policy is {policy}");
        }
        if (initiator is not { } theirs || responder is not { } own)
            return;
        var text = $"{Name(isLeft)} answers {offer} with {new Offer(theirs, own, null)}";
        Demand(SelectorSets.AreWithin(theirs, offer.Initiator) && SelectorSets.AreWithin(own, offer.Responder), $"{text}, which is wider");
        var isNarrower = !SelectorSets.AreWithin(offer.Initiator, theirs) || !SelectorSets.AreWithin(offer.Responder, own);
        Count(isNarrower ? "narrowed" : "whole");
        Demand(
            offer.Replaced is not { } old || (SelectorSets.AreWithin(old.LocalTraffic, theirs) && SelectorSets.AreWithin(old.RemoteTraffic, own)), $"{text}, less than what it replaces");
        // Section 2.9: first selectors that the policy allows have to be in the answer. Where it is single pairs it allows no wider ones.
        Demand(
            !(SelectorSets.AreWithin([offer.Initiator[0]], policy.Remote) && SelectorSets.AreWithin([offer.Responder[0]], policy.Local))
            || (policy.SinglePairs && !IsOnePair([offer.Initiator[0]], [offer.Responder[0]]))
            || (SelectorSets.AreWithin([offer.Initiator[0]], theirs) && SelectorSets.AreWithin([offer.Responder[0]], own)),
            $"{text}, without the first selectors, which its policy has: {policy}");
        if (message.Notify(NotifyType.AdditionalTsPossible) is null)
            return;
        Count("ADDITIONAL_TS_POSSIBLE");
        Demand(isNarrower, $"{text} and ADDITIONAL_TS_POSSIBLE, which is all that was asked for");
    }

    private ChildSa? Replaced(bool isLeft, IkeMessage message) =>
        message.Notify(NotifyType.RekeySa) is { Spi.Length: 4 } rekey ? _children.GetValueOrDefault((isLeft, BinaryPrimitives.ReadUInt32BigEndian(rekey.Spi.Span))) : null;

    private void Demand(bool isRight, string wrong) => Broken ??= isRight ? null : wrong;

    private void Count(string answer) => Answers[answer] = Answers.GetValueOrDefault(answer) + 1;

    private static ImmutableArray<TrafficSelector>? Selectors(IkeMessage message, PayloadType side) =>
        message.Payloads.OfType<TrafficSelectorPayload>().FirstOrDefault(payload => payload.Side == side)?.Selectors;

    private static bool IsOnePair(ImmutableArray<TrafficSelector> one, ImmutableArray<TrafficSelector> other) => SelectorSets.AreOneAddress(one) && SelectorSets.AreOneAddress(other);

    private static bool AreMirrored(ChildSa one, ChildSa other) =>
        one.LocalTraffic.SequenceEqual(other.RemoteTraffic) && one.RemoteTraffic.SequenceEqual(other.LocalTraffic);

    private static string Name(bool isLeft) => isLeft ? "left" : "right";

    /// <param name="Replaced">The child that is rekeyed, as who offers has it.</param>
    private sealed record Offer(ImmutableArray<TrafficSelector> Initiator, ImmutableArray<TrafficSelector> Responder, ChildSa? Replaced)
    {
        public override string ToString() => $"TSi {string.Join(" and ", Initiator)}, TSr {string.Join(" and ", Responder)}";
    }
}

/// <summary>The codec as it is, with somebody who reads along.</summary>
internal sealed class WitnessedCodec(Action<IkeMessage> sees) : IIkeMessageCodec
{
    public bool TryRead(ReadOnlySpan<byte> octets, out IkeMessage message, out ParseError error) => IkeMessageCodec.Instance.TryRead(octets, out message, out error);

    public bool TryReadInner(PayloadType first, ReadOnlySpan<byte> octets, int offset, out ImmutableArray<Payload> payloads, out ParseError error) =>
        IkeMessageCodec.Instance.TryReadInner(first, octets, offset, out payloads, out error);

    public byte[] Write(IkeMessage message) => IkeMessageCodec.Instance.Write(message);

    public byte[] WriteProtected(IkeMessage message, IkeProtection protection)
    {
        sees(message);
        return IkeMessageCodec.Instance.WriteProtected(message, protection);
    }

    public byte[][] WriteFragments(IkeMessage message, IkeProtection protection, int size)
    {
        sees(message);
        return ((IIkeMessageCodec)IkeMessageCodec.Instance).WriteFragments(message, protection, size);
    }
}
