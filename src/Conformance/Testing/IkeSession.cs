using System.Collections.Immutable;
using System.Net;
using Conformance.Evidence;
using Conformance.Implementations;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Udp;

namespace Conformance.Testing;

/// <summary>
/// What the tester knows of one IKE SA: scripted state that does what the script says, and nothing by itself. It shares codecs and algorithms with the in-house
/// stack, and nothing above them, so that a mistake in the stack can't hide on both ends.
/// </summary>
public sealed partial class IkeSession
{
    private readonly Topology _topology;
    private readonly RandomSource _random;
    private readonly Recorder _recorder;
    private readonly IkeSession? _predecessor;
    private IkeProtection? _own;
    private IkeProtection? _peer;

    internal IkeSession(ConnectionPolicy policy, Topology topology, RandomSource random, Recorder recorder, bool isInitiator)
    {
        Policy = policy;
        _topology = topology;
        _random = random;
        _recorder = recorder;
        IsInitiator = isInitiator;
        Local = new(topology.Tester, UdpEncapsulation.IkePort);
        Remote = new(topology.Iut, UdpEncapsulation.IkePort);
        OwnNonce = Octets.TakeOver(random.Bytes(32));
        if (isInitiator)
            InitiatorSpi = random.NextUInt64() | 1;
    }

    /// <summary>What a rekeying makes of an IKE SA: it has its keys from the other's SK_d (RFC 7296 section 2.18).</summary>
    /// <param name="isInitiator">Whether the tester rekeys: it is the new SA's original initiator then.</param>
    internal IkeSession(IkeSession predecessor, bool isInitiator)
        : this(predecessor.Policy, predecessor._topology, predecessor._random, predecessor._recorder, isInitiator)
    {
        _predecessor = predecessor;
        (Local, Remote, HasNat) = (predecessor.Local, predecessor.Remote, predecessor.HasNat);
        (OffersFragmentation, PeerTakesFragments) = (predecessor.OffersFragmentation, predecessor.PeerTakesFragments);
    }

    /// <summary>What the tester goes by, seen from the implementation as everywhere in the harness: the scenario's policy, unless a script wants something else of it.</summary>
    public ConnectionPolicy Policy { get; set; }

    /// <summary>Whether the tester is the IKE SA's original initiator.</summary>
    public bool IsInitiator { get; }

    public ulong InitiatorSpi { get; set; }
    public ulong ResponderSpi { get; set; }

    public IPEndPoint Local { get; set; }
    public IPEndPoint Remote { get; set; }

    public Octets OwnNonce { get; set; }
    public Octets PeerNonce { get; private set; }

    /// <summary>Own and the peer's IKE_SA_INIT message, which AUTH covers.</summary>
    public Octets OwnInit { get; set; }
    public Octets PeerInit { get; private set; }

    public PrivateValue? PrivateValue { get; private set; }
    public IkeAlgorithms? Algorithms { get; private set; }
    public IkeKeys? Keys { get; private set; }

    /// <summary>Message id of the next request of the tester.</summary>
    public uint NextRequestId { get; set; }

    /// <summary>
    /// Where the tester pretends to be, with a NAT in front of it that shows its real address; null for no NAT. As its own address it tells this one
    /// (RFC 7296 sections 2.23 and 2.23.1). To be set before IKE_SA_INIT.
    /// </summary>
    public IPEndPoint? Inside { get; set; }

    /// <summary>Whether NAT detection found (or was made to find) a NAT: ESP then goes in UDP.</summary>
    public bool HasNat { get; set; }

    /// <summary>Whether the tester says in IKE_SA_INIT that it takes fragments (RFC 7383 section 2.3).</summary>
    public bool OffersFragmentation { get; set; }

    /// <summary>Whether the peer has said so.</summary>
    public bool PeerTakesFragments { get; private set; }

    /// <summary>Fragments of the peer's messages that are not whole yet.</summary>
    internal IkeFragmentReassembler Fragments { get; } = new();

    public List<EspSession> Children { get; } = [];

    public bool HasKeys => Keys is not null;

    /// <summary>Protection of the tester's own messages.</summary>
    public IkeProtection OwnProtection => _own ?? throw new InvalidOperationException("the session has no keys yet");

    /// <summary>Protection of the peer's messages.</summary>
    public IkeProtection PeerProtection => _peer ?? throw new InvalidOperationException("the session has no keys yet");

    /// <summary>A header as it should be for a request or response of the tester.</summary>
    public IkeHeader Header(ExchangeType exchange, uint messageId, bool isResponse = false) => new()
    {
        InitiatorSpi = InitiatorSpi,
        ResponderSpi = ResponderSpi,
        MajorVersion = 2,
        ExchangeType = exchange,
        Flags = (IsInitiator ? IkeFlags.Initiator : IkeFlags.None) | (isResponse ? IkeFlags.Response : IkeFlags.None),
        MessageId = messageId,
    };

    // The initiator's side.

    /// <summary>SA, KE, Nonce and NAT detection of an IKE_SA_INIT request.</summary>
    /// <param name="method">Key exchange method; by default that of the policy's first suite.</param>
    public ImmutableArray<Payload> InitRequestPayloads(KeyExchangeId? method = null)
    {
        var proposals = PolicyProposals.ForIke(Policy);
        Generate(method ?? (KeyExchangeId)Policy.IkeSuites[0].KeyExchange);
        return
        [
            new SecurityAssociationPayload(proposals),
            new KeyExchangePayload(PrivateValue!.Method, PrivateValue.PublicValue),
            new NoncePayload(OwnNonce),
            .. NatDetectionPayloads(),
            .. Announcements(),
        ];
    }

    /// <summary>Takes the peer's IKE_SA_INIT response: derives the keys. Null, or what is wrong with it.</summary>
    public string? TakeInitResponse(ReceivedIke response)
    {
        if (response.Find<SecurityAssociationPayload>() is not { Proposals: [var chosen] })
            return "no SA payload with exactly one proposal";
        ResponderSpi = response.Header.ResponderSpi;
        NextRequestId = 1;
        if (TakeKeyExchange(response, chosen) is { } trouble)
            return trouble;
        DetectNat(response);
        if (HasNat)
        {
            Local = new(Local.Address, UdpEncapsulation.NatTraversalPort);
            Remote = new(Remote.Address, UdpEncapsulation.NatTraversalPort);
        }
        return null;
    }

    /// <summary>IDi, IDr, AUTH and the child's SA, TSi, TSr of an IKE_AUTH request.</summary>
    /// <param name="child">Its inbound SPI goes into the SA payload.</param>
    public ImmutableArray<Payload> AuthRequestPayloads(out EspSession child)
    {
        var fresh = child = NewChild();
        var identity = OwnIdentity();
        return
        [
            identity,
            .. CertificatePayloads(),
            .. Policy.LocalIdentity.Type == IdentificationType.Null ? [] : ImmutableArray.Create<Payload>(Policy.LocalIdentity.Payload(PayloadType.IdentificationResponder)),
            Authenticate(identity),
            .. TransportNotify(),
            new SecurityAssociationPayload([.. FirstChildProposals().Select(proposal => proposal with { Spi = fresh.InboundSpiOctets })]),
            new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, OwnTraffic()),
            new TrafficSelectorPayload(PayloadType.TrafficSelectorResponder, PolicyTraffic.OfIut(Policy, _topology)),
        ];
    }

    /// <summary>Takes the peer's IKE_AUTH response: checks AUTH, keys the child. Null, or what is wrong with it.</summary>
    public string? TakeAuthResponse(ReceivedIke response, EspSession child)
    {
        if (response.AnyError is { } error)
            return $"the response has {error.Notation}";
        if ((Policy.Eap is null ? VerifyPeer(response, PayloadType.IdentificationResponder) : VerifyAfterEap(response)) is { } reason)
            return reason;
        return response.Find<SecurityAssociationPayload>() is { Proposals: [{ Spi.Length: 4 } chosen] }
            ? KeyChild(child, chosen, initiatorNonce: OwnNonce, responderNonce: PeerNonce, testerInitiated: true)
            : "no SA payload with exactly one proposal and an SPI of 4 octets";
    }

    // The responder's side.

    /// <summary>Takes the peer's IKE_SA_INIT request and says what to answer; keys are derived as soon as the answer is made. Null and what is wrong, or the payloads.</summary>
    public ImmutableArray<Payload>? AnswerInitRequest(ReceivedIke request, out string trouble)
    {
        InitiatorSpi = request.Header.InitiatorSpi;
        ResponderSpi = _random.NextUInt64() | 1;
        Local = request.Local;
        Remote = request.Remote;
        trouble = "no proposal that the tester's policy knows";
        if (Choose(request, PolicyProposals.ForIke(Policy)) is not var (offer, own))
            return null;
        Generate((KeyExchangeId)own.OfType(TransformType.KeyExchange).Single().Id);
        if (TakeKeyExchange(request, own) is { } problem)
        {
            trouble = problem;
            return null;
        }
        DetectNat(request);
        trouble = "";
        return
        [
            new SecurityAssociationPayload([own with { Number = offer.Number }]),
            new KeyExchangePayload(PrivateValue!.Method, PrivateValue.PublicValue),
            new NoncePayload(OwnNonce),
            .. NatDetectionPayloads(),
            .. Announcements(),
            .. Policy.IsCertified(PolicyEnds.Implementation) ? CertificateRequests() : [],
        ];
    }

    /// <summary>Takes the peer's IKE_AUTH request: checks AUTH, keys the child, and says what to answer. Null and what is wrong, or the payloads.</summary>
    public ImmutableArray<Payload>? AnswerAuthRequest(ReceivedIke request, out EspSession child, out string trouble)
    {
        // RFC 7296 section 2.23: with a NAT, IKE goes on at port 4500 from here on.
        (Local, Remote) = (request.Local, request.Remote);
        if (VerifyPeer(request, PayloadType.IdentificationInitiator) is { } reason)
        {
            child = NewChild();
            trouble = reason;
            return null;
        }
        var identity = OwnIdentity();
        return AnswerOffer(request, [identity, .. CertificatePayloads().Where(payload => payload is CertificatePayload), Authenticate(identity)], out child, out trouble);
    }

    /// <summary>Keys the child that a request offers, and says what to answer behind the tester's proof.</summary>
    private ImmutableArray<Payload>? AnswerOffer(ReceivedIke request, ImmutableArray<Payload> proof, out EspSession child, out string trouble)
    {
        child = NewChild();
        trouble = "no child proposal that the tester's policy knows";
        if (Choose(request, FirstChildProposals()) is not ({ Spi.Length: 4 } offer, var own))
            return null;
        if (KeyChild(child, own with { Spi = offer.Spi }, initiatorNonce: PeerNonce, responderNonce: OwnNonce, testerInitiated: false) is { } problem)
        {
            trouble = problem;
            return null;
        }
        trouble = "";
        return
        [
            .. proof,
            .. TransportNotify(),
            new SecurityAssociationPayload([own with { Number = offer.Number, Spi = child.InboundSpiOctets }]),
            new TrafficSelectorPayload(PayloadType.TrafficSelectorInitiator, PolicyTraffic.OfIut(Policy, _topology)),
            new TrafficSelectorPayload(PayloadType.TrafficSelectorResponder, PolicyTraffic.OfTester(Policy, _topology)),
        ];
    }

    /// <summary>NAT_DETECTION_SOURCE_IP and NAT_DETECTION_DESTINATION_IP, as they are where the tester is or pretends to be.</summary>
    public ImmutableArray<Payload> NatDetectionPayloads() =>
    [
        new NotifyPayload(NotifyType.NatDetectionSourceIp, NatDetection.Hash(InitiatorSpi, ResponderSpi, Inside ?? Local)),
        new NotifyPayload(NotifyType.NatDetectionDestinationIp, NatDetection.Hash(InitiatorSpi, ResponderSpi, Remote)),
    ];

    public IdentificationPayload OwnIdentity() => (Identity ?? Policy.RemoteIdentity).Payload(
        IsInitiator ? PayloadType.IdentificationInitiator : PayloadType.IdentificationResponder);

    /// <summary>SIGNATURE_HASH_ALGORITHMS and IKEV2_FRAGMENTATION_SUPPORTED, where they have a place.</summary>
    private ImmutableArray<Payload> Announcements() =>
        [.. HashAnnouncement(), .. OffersFragmentation ? [new NotifyPayload(NotifyType.Ikev2FragmentationSupported)] : ImmutableArray<Payload>.Empty];

    /// <summary>IKE_AUTH has no key exchange for the child: its proposals name no method (RFC 7296 section 1.2).</summary>
    private ImmutableArray<Proposal> FirstChildProposals() => [.. PolicyProposals.ForEsp(Policy).Select(proposal => proposal with
    {
        Transforms = [.. proposal.Transforms.Where(transform => transform.Type != TransformType.KeyExchange)],
    })];

    private void Generate(KeyExchangeId method)
    {
        PrivateValue?.Dispose();
        PrivateValue = Ipsec.Crypto.Algorithms.KeyExchange(method)!.Generate(_random);
    }

    private string? TakeKeyExchange(ReceivedIke message, Proposal chosen)
    {
        if (message.Find<KeyExchangePayload>() is not { } exchange || message.Find<NoncePayload>() is not { } nonce)
            return "no KE or Nonce payload";
        if (!IkeAlgorithms.TryFrom(chosen, out var algorithms))
            return "a proposal that names no complete set of algorithms";
        if (exchange.Method != PrivateValue!.Method)
            return $"key exchange method {exchange.Method}, not {PrivateValue.Method}";
        if (!PrivateValue.TryAgree(exchange.Data.Span, out var secret, out var reason))
            return $"key exchange data: {reason}";
        PeerNonce = nonce.Nonce;
        PeerInit = message.Octets;
        PeerTakesFragments |= message.Notify(NotifyType.Ikev2FragmentationSupported) is not null;
        Algorithms = algorithms;
        var (initiatorNonce, responderNonce) = IsInitiator ? (OwnNonce, PeerNonce) : (PeerNonce, OwnNonce);
        Keys = _predecessor is { Keys: { } old }
            ? IkeKeys.DeriveRekeyed(
                algorithms, _predecessor.Algorithms!.Prf, old.SkD, secret, initiatorNonce.ToArray(), responderNonce.ToArray(), InitiatorSpi, ResponderSpi)
            : IkeKeys.Derive(algorithms, secret, initiatorNonce.ToArray(), responderNonce.ToArray(), InitiatorSpi, ResponderSpi);
        var initiator = new IkeProtection(algorithms, Keys.SkEi, Keys.SkAi, _random);
        var responder = new IkeProtection(algorithms, Keys.SkEr, Keys.SkAr, _random);
        (_own, _peer) = IsInitiator ? (initiator, responder) : (responder, initiator);
        _recorder.Keys(KeyRecords.Of(InitiatorSpi, ResponderSpi, algorithms, Keys));
        return null;
    }

    private void DetectNat(ReceivedIke message)
    {
        var header = message.Header;
        bool Differs(NotifyType type, IPEndPoint expected) => message.Notify(type) is { } notify
            && notify.Data != (Octets)NatDetection.Hash(header.InitiatorSpi, header.ResponderSpi, expected);
        HasNat = Inside is not null || Differs(NotifyType.NatDetectionSourceIp, message.Remote) || Differs(NotifyType.NatDetectionDestinationIp, message.Local);
    }

    private ImmutableArray<TrafficSelector> OwnTraffic() => Inside is { } inside && Policy.Mode == IpsecMode.Transport
        ? [TrafficSelector.Range(inside.Address, inside.Address)]
        : PolicyTraffic.OfTester(Policy, _topology);

    private ImmutableArray<Payload> TransportNotify() =>
        Policy.Mode == IpsecMode.Transport ? [new NotifyPayload(NotifyType.UseTransportMode)] : [];

    private EspSession NewChild() => new(this, _topology, _random, (_random.NextUInt32() | 0x80000000) & 0xfffffffe) { OwnNonce = _random.Bytes(32) };

    private string? KeyChild(EspSession child, Proposal chosen, Octets initiatorNonce, Octets responderNonce, bool testerInitiated, params byte[] secret)
    {
        if (chosen.Protocol != child.Protocol || ChildAlgorithms(chosen) is not { } algorithms)
            return $"no {child.Protocol} proposal that names a complete set of algorithms";
        var keys = ChildKeys.Derive(algorithms, Algorithms!.Prf, Keys!.SkD, secret, initiatorNonce.ToArray(), responderNonce.ToArray());
        child.SetKeys(algorithms, keys, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(chosen.Spi.Span), testerInitiated, _recorder);
        Children.Add(child);
        return null;
    }

    /// <summary>An AH SA has no cipher, and so no key for one: its keying material is the integrity key alone (RFC 7296 section 2.17).</summary>
    private static EspAlgorithms? ChildAlgorithms(Proposal chosen)
    {
        if (chosen.Protocol != ProtocolId.Ah)
            return EspAlgorithms.TryFrom(chosen, out var esp) ? esp : null;
        if (chosen.OfType(TransformType.Encryption).Any() || chosen.OfType(TransformType.Integrity).SingleOrDefault() is not { } integrity
            || Ipsec.Crypto.Algorithms.Integrity((IntegrityId)integrity.Id) is not { } algorithm)
            return null;
        return new(
            Ipsec.Crypto.Algorithms.Encryption(EncryptionId.Null)!, 0, algorithm,
            chosen.OfType(TransformType.SequenceNumbers).Any(numbers => numbers.Id == (ushort)SequenceNumbersId.Extended64));
    }
}
