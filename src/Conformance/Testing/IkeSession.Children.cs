using System.Buffers.Binary;
using System.Collections.Immutable;
using Conformance.Implementations;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Testing;

/// <summary>CREATE_CHILD_SA in both roles (RFC 7296 section 1.3): what to send, and what to make of what came.</summary>
public sealed partial class IkeSession
{
    // A child SA, new or in the place of another.

    /// <summary>REKEY_SA where the child replaces one, SA, Nonce, KE where the policy's first suite has a method, TSi and TSr.</summary>
    /// <param name="child">Its inbound SPI, nonce and private value are in the payloads.</param>
    /// <param name="method">Of the KE payload; null for the first suite's own.</param>
    public ImmutableArray<Payload> ChildRequestPayloads(out EspSession child, EspSession? replaced = null, KeyExchangeId? method = null)
    {
        var fresh = child = NewChild();
        method ??= Policy.EspSuites[0].KeyExchange is var group && group != 0 ? (KeyExchangeId)group : null;
        if (method is { } wanted)
            fresh.PrivateValue = Ipsec.Crypto.Algorithms.KeyExchange(wanted)!.Generate(_random);
        return
        [
            .. replaced is null ? [] : ImmutableArray.Create<Payload>(RekeySa(replaced)),
            .. TransportNotify(),
            new SecurityAssociationPayload([.. PolicyProposals.ForEsp(Policy).Select(proposal => proposal with { Spi = fresh.InboundSpiOctets })]),
            new NoncePayload(fresh.OwnNonce),
            .. fresh.PrivateValue is null ? [] : ImmutableArray.Create<Payload>(new KeyExchangePayload(fresh.PrivateValue.Method, fresh.PrivateValue.PublicValue)),
            new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, PolicyTraffic.OfTester(Policy, _topology)),
            new TrafficSelectorPayload(PayloadType.TrafficSelectorResponder, PolicyTraffic.OfIut(Policy, _topology)),
        ];
    }

    /// <summary>REKEY_SA about a child SA of the tester: the SPI is that of what the tester receives on (RFC 7296 section 1.3.3).</summary>
    public static NotifyPayload RekeySa(EspSession replaced) => new(replaced.Protocol, replaced.InboundSpiOctets, NotifyType.RekeySa, Octets.Empty);

    /// <summary>Takes the peer's response: keys the child. Null, or what is wrong with it.</summary>
    public string? TakeChildResponse(ReceivedIke response, EspSession child)
    {
        if (response.AnyError is { } error)
            return $"the response has {error.Notation}";
        if (response.Find<SecurityAssociationPayload>() is not { Proposals: [{ Spi.Length: 4 } chosen] } || response.Find<NoncePayload>() is not { } nonce)
            return "no SA payload with exactly one proposal and an SPI of 4 octets, or no Nonce";
        if (Agree(response, child.PrivateValue, out var secret) is { } trouble)
            return trouble;
        child.PeerNonce = nonce.Nonce;
        return KeyChild(child, chosen, child.OwnNonce, nonce.Nonce, testerInitiated: true, secret);
    }

    /// <summary>Takes the peer's request for a child SA and says what to answer. Null and what is wrong, or the payloads.</summary>
    /// <param name="nonce">The tester's; null for a random one.</param>
    public ImmutableArray<Payload>? AnswerChildRequest(ReceivedIke request, out EspSession child, out string trouble, Octets? nonce = null)
    {
        child = NewChild();
        child.OwnNonce = nonce ?? child.OwnNonce;
        trouble = "no child proposal that the tester's policy knows, or no Nonce";
        if (Choose(request, PolicyProposals.ForEsp(Policy)) is not { Offer.Spi.Length: 4 } choice || request.Find<NoncePayload>() is not { } theirs)
            return null;
        if (choice.Own.OfType(TransformType.KeyExchange).SingleOrDefault() is { } method)
            child.PrivateValue = Ipsec.Crypto.Algorithms.KeyExchange((KeyExchangeId)method.Id)!.Generate(_random);
        if (Agree(request, child.PrivateValue, out var secret) is { } problem)
        {
            trouble = problem;
            return null;
        }
        child.PeerNonce = theirs.Nonce;
        trouble = KeyChild(child, choice.Own with { Spi = choice.Offer.Spi }, theirs.Nonce, child.OwnNonce, testerInitiated: false, secret) ?? "";
        if (trouble != "")
            return null;
        return
        [
            .. TransportNotify(),
            new SecurityAssociationPayload([choice.Own with { Number = choice.Offer.Number, Spi = child.InboundSpiOctets }]),
            new NoncePayload(child.OwnNonce),
            .. child.PrivateValue is null ? [] : ImmutableArray.Create<Payload>(new KeyExchangePayload(child.PrivateValue.Method, child.PrivateValue.PublicValue)),
            .. request.Payloads.OfType<TrafficSelectorPayload>(),
        ];
    }

    // The IKE SA itself.

    /// <summary>SA with the heir's SPI, Nonce and KE of a request that rekeys this IKE SA.</summary>
    public ImmutableArray<Payload> IkeRekeyRequestPayloads(IkeSession heir, KeyExchangeId? method = null)
    {
        heir.Generate(method ?? (KeyExchangeId)Policy.IkeSuites[0].KeyExchange);
        return
        [
            new SecurityAssociationPayload([.. PolicyProposals.ForIke(Policy).Select(proposal => proposal with { Spi = SpiOctets(heir.InitiatorSpi) })]),
            new NoncePayload(heir.OwnNonce),
            new KeyExchangePayload(heir.PrivateValue!.Method, heir.PrivateValue.PublicValue),
        ];
    }

    /// <summary>Takes the peer's response: derives the heir's keys and gives it the children. Null, or what is wrong with it.</summary>
    public string? TakeIkeRekeyResponse(ReceivedIke response, IkeSession heir)
    {
        if (response.AnyError is { } error)
            return $"the response has {error.Notation}";
        if (response.Find<SecurityAssociationPayload>() is not { Proposals: [{ Spi.Length: 8 } chosen] })
            return "no SA payload with exactly one proposal and an SPI of 8 octets";
        heir.ResponderSpi = BinaryPrimitives.ReadUInt64BigEndian(chosen.Spi.Span);
        if (heir.TakeKeyExchange(response, chosen) is { } trouble)
            return trouble;
        heir.Children.AddRange(Children);
        return null;
    }

    /// <summary>Takes the peer's request to rekey this IKE SA and says what to answer; the heir has keys and children then. Null and what is wrong, or the payloads.</summary>
    public ImmutableArray<Payload>? AnswerIkeRekeyRequest(ReceivedIke request, IkeSession heir, out string trouble)
    {
        trouble = "no proposal that the tester's policy knows";
        if (Choose(request, PolicyProposals.ForIke(Policy)) is not { Offer.Spi.Length: 8 } choice)
            return null;
        heir.InitiatorSpi = BinaryPrimitives.ReadUInt64BigEndian(choice.Offer.Spi.Span);
        heir.ResponderSpi = _random.NextUInt64() | 1;
        heir.Generate((KeyExchangeId)choice.Own.OfType(TransformType.KeyExchange).Single().Id);
        if (heir.TakeKeyExchange(request, choice.Own) is { } problem)
        {
            trouble = problem;
            return null;
        }
        heir.Children.AddRange(Children);
        trouble = "";
        return
        [
            new SecurityAssociationPayload([choice.Own with { Number = choice.Offer.Number, Spi = SpiOctets(heir.ResponderSpi) }]),
            new NoncePayload(heir.OwnNonce),
            new KeyExchangePayload(heir.PrivateValue!.Method, heir.PrivateValue.PublicValue),
        ];
    }

    /// <summary>The first offer that one of the tester's own proposals fits, with that; those of the KE payload's group before others.</summary>
    private static (Proposal Offer, Proposal Own)? Choose(ReceivedIke request, ImmutableArray<Proposal> wanted)
    {
        var method = (ushort?)request.Find<KeyExchangePayload>()?.Method;
        wanted = [.. wanted.OrderBy(own => own.OfType(TransformType.KeyExchange).Any(transform => transform.Id != method))];
        foreach (var own in wanted)
            if (request.Find<SecurityAssociationPayload>()?.Proposals.FirstOrDefault(offer => own.Transforms.All(transform => offer.Transforms.Any(transform.Matches))) is { } offer)
                return (offer, own);
        return null;
    }

    /// <summary>The shared secret of a message's KE payload; empty where the tester has no private value for it.</summary>
    private static string? Agree(ReceivedIke message, PrivateValue? own, out byte[] secret)
    {
        secret = [];
        if (own is null)
            return null;
        if (message.Find<KeyExchangePayload>() is not { } exchange || exchange.Method != own.Method)
            return $"no KE payload of {own.Method}";
        if (!own.TryAgree(exchange.Data.Span, out var agreed, out var reason))
            return $"key exchange data: {reason}";
        secret = agreed;
        return null;
    }

    private static Octets SpiOctets(ulong spi)
    {
        var octets = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(octets, spi);
        return octets;
    }
}
