using System.Collections.Immutable;
using System.Net;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

internal enum IkeSaState
{
    /// <summary>IKE_SA_INIT is not done: no keys.</summary>
    Initial,
    /// <summary>Keys, but nobody is authenticated.</summary>
    HalfOpen,
    Established,
    /// <summary>Rekeyed: its children live under its successor, and the peer is to delete it.</summary>
    Replaced,
    /// <summary>A delete of ours is under way, or waits its turn.</summary>
    Closing,
    Closed,
}

/// <summary>
/// One IKE SA: its keys, its two windows, its children. What the exchanges mean is in <c>Exchanges/</c>.
/// </summary>
internal sealed class IkeSa
{
    private readonly IkeContext _context;
    private readonly ResponseWindow _responses = new();
    private ProtectedMessages? _messages;
    private DateTimeOffset? _firstTemporaryFailure;

    public IkeSa(IkeContext context, IkeConnection connection, bool isInitiator, IPEndPoint local, IPEndPoint remote)
    {
        _context = context;
        (Connection, IsInitiator, Local, Remote) = (connection, isInitiator, local, remote);
        Requests = new(this, context);
    }

    public IkeConnection Connection { get; }

    public bool IsInitiator { get; }

    public IkeSaState State { get; set; } = IkeSaState.Initial;

    public ulong InitiatorSpi { get; set; }
    public ulong ResponderSpi { get; set; }

    public ulong LocalSpi => IsInitiator ? InitiatorSpi : ResponderSpi;

    public IPEndPoint Local { get; set; }
    public IPEndPoint Remote { get; set; }

    public IkeAlgorithms? Algorithms { get; private set; }
    public IkeKeys? Keys { get; private set; }

    public Octets LocalNonce { get; set; }
    public Octets RemoteNonce { get; set; }

    /// <summary>Own and the peer's IKE_SA_INIT message, which AUTH covers.</summary>
    public byte[] LocalInitMessage { get; set; } = [];
    public byte[] RemoteInitMessage { get; set; } = [];

    public bool LocalIsBehindNat { get; set; }
    public bool RemoteIsBehindNat { get; set; }

    /// <summary>Both ends have said that they take fragments (RFC 7383 section 2.3). Before the keys are set.</summary>
    public bool AllowsFragments { get; set; }

    /// <summary>Hashes that the peer takes in a Digital Signature (RFC 7427 section 4); empty if it has not said, or signatures are not used.</summary>
    public ImmutableArray<HashAlgorithmId> PeerHashes { get; set; } = [];

    public PeerAuthentication? Peer { get; set; }

    /// <summary>Whether this end initiated IKE_AUTH, of this SA or of the one that it descends from.</summary>
    public bool IsAuthenticationInitiator { get; init; }

    public List<Child> Children { get; } = [];

    public RequestWindow Requests { get; }

    /// <summary>Our rekeying of this SA that is under way.</summary>
    public IkeRekeying? Rekeying { get; set; }

    /// <summary>The peer's rekeying of it that came while ours was under way (RFC 7296 section 2.8.2).</summary>
    public Rival<IkeSa>? Rival { get; set; }

    /// <summary>What took its place.</summary>
    public IkeSa? Successor { get; private set; }

    /// <summary>The SA that the peer rekeyed into this one.</summary>
    public IkeSa? Predecessor { get; init; }

    public DateTimeOffset LastHeard { get; set; }

    /// <summary>When a responder gives up waiting for IKE_AUTH.</summary>
    public DateTimeOffset? HalfOpenUntil { get; set; }

    public Lifetime Lifetime { get; set; }

    /// <summary>How long the authentication counts (RFC 4478): the soft limit is when the initiator authenticates again.</summary>
    public Lifetime Authentication { get; set; }

    /// <summary>To be deleted as soon as it is established.</summary>
    public bool IsUnwanted { get; private set; }

    /// <summary>Whether requests can be protected and sent.</summary>
    public bool CanSendRequests => _messages is not null && State is not (IkeSaState.Initial or IkeSaState.Closed);

    public DateTimeOffset? NextDeadline
    {
        get
        {
            var next = Requests.NextDeadline;
            if (State == IkeSaState.HalfOpen)
                next = Earlier(next, HalfOpenUntil);
            if (State is IkeSaState.Established or IkeSaState.Replaced)
            {
                next = Earlier(Earlier(next, LivenessDue), Earlier(Lifetime.Next, Authentication.Next));
                foreach (var child in Children)
                    next = Earlier(next, child.Lifetime.Next);
            }
            return next;
        }
    }

    /// <summary>Takes the keys into use.</summary>
    public void SetKeys(IkeAlgorithms algorithms, IkeKeys keys)
    {
        Algorithms = algorithms;
        Keys = keys;
        var initiator = new IkeProtection(algorithms, keys.SkEi, keys.SkAi, _context.Random);
        var responder = new IkeProtection(algorithms, keys.SkEr, keys.SkAr, _context.Random);
        var (outbound, inbound) = IsInitiator ? (initiator, responder) : (responder, initiator);
        _messages = new(_context, outbound, inbound) { AllowsFragments = AllowsFragments };
        State = IkeSaState.HalfOpen;
        _context.Effects.Enqueue(new IkeEffect.KeysDerived(InitiatorSpi, ResponderSpi, algorithms, keys));
    }

    /// <summary>The IKE_SA_INIT exchange was this SA's message 0.</summary>
    public void SkipInitialMessageId()
    {
        if (IsInitiator)
            Requests.NextId = 1;
        else
            _responses.Expected = 1;
    }

    /// <summary>The SA is usable, by authentication or as the heir of one that is: its lifetime starts.</summary>
    public void Establish(DateTimeOffset now)
    {
        State = IkeSaState.Established;
        LastHeard = now;
        Lifetime = Lifetime.Start(now, _context.Options.IkeSoftLifetime, _context.Options.IkeHardLifetime, _context);
    }

    // Messages.

    /// <summary>Handles a response: one that answers a request under way completes its exchange.</summary>
    public void HandleResponse(DateTimeOffset now, IkeHeader header, ReadOnlySpan<byte> octets)
    {
        if (Requests.Find(header) is not { } exchange)
        {
            _context.Violation(ProtocolViolation.UnexpectedResponse, Remote, $"{header.ExchangeType.Notation()} {header.MessageId}");
            return;
        }
        if (_messages is null || !_messages.TryOpen(header, octets, Remote, out var opened))
            return;
        LastHeard = now;
        Requests.Answered(header);
        if (!_context.Codec.TryReadInner(opened.First, opened.Inner, opened.Offset, out var payloads, out var error))
        {
            // Section 2.21: no answer to a response; the SA is of no use any more.
            _context.Violation(ProtocolViolation.MalformedPayload, Remote, error.ToString());
            exchange.Abandon();
            Close("the peer's response is malformed");
            return;
        }
        if (IkeContext.UnsupportedCritical(payloads) is { } type)
        {
            _context.Violation(ProtocolViolation.UnsupportedCriticalPayload, Remote, type.Notation());
            exchange.Abandon();
            Close($"the peer's response has an unknown critical payload {(byte)type}");
            return;
        }
        TakeWindowSize(payloads);
        exchange.Complete(this, now, payloads);
        Requests.Pump(now);
    }

    /// <summary>
    /// Lets a protected request through if it is due: true with its payloads. Retransmissions are answered here with the octets sent before
    /// (RFC 7296 section 2.1); what is outside the window is dropped (section 2.3).
    /// </summary>
    public bool TryAcceptRequest(DateTimeOffset now, IkeHeader header, ReadOnlySpan<byte> octets, IPEndPoint local, IPEndPoint remote, out ImmutableArray<Payload> payloads)
    {
        payloads = [];
        if (_messages is null)
            return false;
        switch (_responses.Classify(header.MessageId, octets, out var response))
        {
            case RequestStanding.Retransmission:
            case RequestStanding.Different when _messages.IsFirstFragment(header, octets):
                foreach (var datagram in response)
                    _context.Effects.Enqueue(new IkeEffect.Send(local, remote, datagram));
                return false;
            case RequestStanding.Different when ProtectedMessages.IsFragment(header):
                return false;
            case RequestStanding.Different:
                _context.Violation(ProtocolViolation.DifferentRequestWithSameMessageId, remote, $"{header.MessageId}");
                return false;
            case RequestStanding.OutsideWindow:
                _context.Violation(ProtocolViolation.MessageIdOutsideWindow, remote, $"{header.MessageId}, expected {_responses.Expected}");
                return false;
        }
        if (!_messages.TryOpen(header, octets, remote, out var opened))
            return false;
        LastHeard = now;
        // Section 2.23: the response goes where the request came from, and an authentic request tells where the peer is now.
        Local = local;
        Remote = remote;
        _responses.Accept(header.MessageId, ProtectedMessages.IsFragment(header) ? [] : octets);
        if (!_context.Codec.TryReadInner(opened.First, opened.Inner, opened.Offset, out payloads, out var error))
        {
            _context.Violation(ProtocolViolation.MalformedPayload, remote, error.ToString());
            Respond(header, [new NotifyPayload(NotifyType.InvalidSyntax)]);
            // Section 2.21.3: fatal on both ends.
            Close("the peer's request is malformed");
            return false;
        }
        if (IkeContext.UnsupportedCritical(payloads) is { } type)
        {
            _context.Violation(ProtocolViolation.UnsupportedCriticalPayload, remote, type.Notation());
            Respond(header, [new NotifyPayload(NotifyType.UnsupportedCriticalPayload, new byte[] { (byte)type })]);
            // Section 2.21.2: an IKE_AUTH with one leaves no SA behind.
            if (header.ExchangeType == ExchangeType.IkeAuth)
                Close("the peer's IKE_AUTH request has an unknown critical payload");
            return false;
        }
        TakeWindowSize(payloads);
        return true;
    }

    /// <summary>Answers a request that was accepted.</summary>
    public void Respond(IkeHeader request, ImmutableArray<Payload> payloads)
    {
        var datagrams = Protect(Header(request.ExchangeType, request.MessageId) with
        {
            Flags = IkeFlags.Response | (IsInitiator ? IkeFlags.Initiator : IkeFlags.None),
        }, payloads);
        _responses.Answered(request.MessageId, datagrams);
        foreach (var datagram in datagrams)
            _context.Effects.Enqueue(new IkeEffect.Send(Local, Remote, datagram));
    }

    /// <summary>The datagrams of a protected message.</summary>
    public byte[][] Protect(IkeHeader header, ImmutableArray<Payload> payloads) => _messages!.Write(new(header, payloads));

    public IkeHeader Header(ExchangeType exchange, uint messageId) => new()
    {
        InitiatorSpi = InitiatorSpi,
        ResponderSpi = ResponderSpi,
        MajorVersion = 2,
        ExchangeType = exchange,
        Flags = IsInitiator ? IkeFlags.Initiator : IkeFlags.None,
        MessageId = messageId,
    };

    /// <summary>What this end wants to say of its window: nothing where it is 1 (RFC 7296 section 2.3).</summary>
    public ImmutableArray<Payload> AnnounceWindow()
    {
        var size = _context.Options.WindowSize;
        if (size == 1)
            return [];
        _responses.Size = size;
        return [new NotifyPayload(NotifyType.SetWindowSize, new byte[] { (byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size })];
    }

    // Time.

    public void Advance(DateTimeOffset now)
    {
        Requests.Advance(now);
        if (State == IkeSaState.HalfOpen && HalfOpenUntil <= now)
            Close("the peer did not authenticate in time");
        if (State is not (IkeSaState.Established or IkeSaState.Replaced))
            return;
        if (LivenessDue <= now)
            Requests.Enqueue(now, new InformationalRequest([]));
        if (Lifetime.Hard <= now || Authentication.Hard <= now)
        {
            (Lifetime, Authentication) = (default, default);
            Delete(now);
            return;
        }
        if (Lifetime.Soft <= now)
        {
            Lifetime = Lifetime.WithoutSoft;
            Rekey(now);
        }
        foreach (var child in Children.ToArray())
            Advance(now, child);
    }

    private void Advance(DateTimeOffset now, Child child)
    {
        if (child.Lifetime.Hard <= now)
        {
            child.Lifetime = default;
            // Section 2.8: what could not be rekeyed takes the IKE SA with it.
            if (child.RekeyingFailed)
                Delete(now);
            else
                DeleteChildren(now, child);
        }
        else if (child.Lifetime.Soft <= now)
        {
            child.Lifetime = child.Lifetime.WithoutSoft;
            Rekey(now, child);
        }
    }

    /// <summary>Puts an exchange off that the peer answered with TEMPORARY_FAILURE; after minutes of that the SA is given up (RFC 7296 section 2.25).</summary>
    public void PutOff(DateTimeOffset now, OwnExchange exchange)
    {
        _firstTemporaryFailure ??= now;
        if (now - _firstTemporaryFailure > _context.Options.TemporaryFailureLimit)
            Delete(now);
        else
            Requests.EnqueueAt(now + _context.Options.TemporaryFailureWait * (1 + _context.NextFraction()), exchange);
    }

    /// <summary>A CREATE_CHILD_SA exchange of ours went through.</summary>
    public void ForgetTemporaryFailures() => _firstTemporaryFailure = null;

    // What a user or a lifetime asks for.

    /// <summary>Rekeys this SA, unless that is under way.</summary>
    public void Rekey(DateTimeOffset now)
    {
        if (State == IkeSaState.Established && !Requests.Unfinished.OfType<IkeRekeying>().Any())
            Requests.Enqueue(now, new IkeRekeying(_context));
    }

    /// <summary>Rekeys a child, unless that is under way.</summary>
    public void Rekey(DateTimeOffset now, Child child)
    {
        if (child.State == ChildState.Live && !Requests.Unfinished.OfType<ChildCreation>().Any(exchange => exchange.Replaced == child))
            Requests.Enqueue(now, ChildCreation.Rekeying(_context, Connection, child));
    }

    /// <summary>Deletes children and tells the peer. One that is being rekeyed goes with what takes its place, when that is done.</summary>
    public void DeleteChildren(DateTimeOffset now, params IEnumerable<Child> children)
    {
        var doomed = new List<Child>();
        foreach (var child in children.Where(child => child.State is ChildState.Live or ChildState.Replaced))
        {
            if (child.Rekeying is { } rekeying)
            {
                rekeying.IsUnwanted = true;
                continue;
            }
            child.State = ChildState.Deleting;
            doomed.Add(child);
        }
        if (doomed.Count > 0)
            Requests.Enqueue(now, new ChildDeletion(doomed));
    }

    /// <summary>
    /// Deletes this SA with its children and tells the peer. While it is being set up (the peer may have it already) or rekeyed that waits for the end of it.
    /// </summary>
    public void Delete(DateTimeOffset now)
    {
        if (State == IkeSaState.Initial)
            Close("given up");
        IsUnwanted = State == IkeSaState.HalfOpen && IsInitiator;
        if (State is not (IkeSaState.Established or IkeSaState.Replaced) || Requests.Unfinished.OfType<IkeDeletion>().Any())
            return;
        if (State == IkeSaState.Established && Rekeying is { } rekeying)
        {
            rekeying.IsUnwanted = true;
            return;
        }
        foreach (var child in Children.ToArray())
            RemoveChild(child);
        State = State == IkeSaState.Replaced ? State : IkeSaState.Closing;
        Requests.DropWaiting();
        Requests.Enqueue(now, new IkeDeletion());
    }

    // Children.

    public void AddChild(DateTimeOffset now, Child child, ChildKeys keys)
    {
        Children.Add(child);
        child.Lifetime = Lifetime.Start(now, _context.Options.ChildSoftLifetime, _context.Options.ChildHardLifetime, _context);
        _context.Effects.Enqueue(new IkeEffect.Install(child.Sa, keys, IsSending: child.Replaces is null));
    }

    /// <summary>The peer has been told to close it: nothing is sent on it any more, while what is on its way is still received (RFC 7296 section 1.4.1).</summary>
    public void HalfClose(Child child)
    {
        child.IsHalfClosed = true;
        StartHeirs(child);
        _context.Effects.Enqueue(new IkeEffect.StopSending(child.Sa));
    }

    public void RemoveChild(Child child)
    {
        if (!Children.Remove(child))
            return;
        StartHeirs(child);
        child.State = ChildState.Gone;
        _context.ReleaseChildSpi(child.Sa.InboundSpi);
        _context.Effects.Enqueue(new IkeEffect.Remove(child.Sa));
    }

    /// <summary>The peer is to delete it. If it does not, we do.</summary>
    public void AwaitDeletion(DateTimeOffset now, Child child)
    {
        if (child.State != ChildState.Live)
            return;
        child.State = ChildState.Replaced;
        child.Lifetime = new(null, now + _context.Options.ReplacedLifetime);
    }

    // The end.

    /// <summary>Superfluous: another IKE SA has the children, and the peer is to delete this one. If it does not, we do.</summary>
    public void Retire(DateTimeOffset now)
    {
        if (State != IkeSaState.Established)
            return;
        State = IkeSaState.Replaced;
        Lifetime = new(null, now + _context.Options.ReplacedLifetime);
        Authentication = default;
    }

    /// <summary>The successor takes over all children, and whatever was still to be done with them (RFC 7296 section 2.8).</summary>
    public void HandOver(DateTimeOffset now, IkeSa successor)
    {
        Retire(now);
        // The successor may have been rekeyed itself before it was known to be one.
        while (successor.Successor is { } next)
            successor = next;
        Successor = successor;
        Rival = null;
        successor.Children.AddRange(Children);
        Children.Clear();
        Requests.MoveTo(successor.Requests);
        _context.Notice(new IkeEvent.Rekeyed(Connection.Name, successor.InitiatorSpi, successor.ResponderSpi));
        if (successor.State == IkeSaState.Closed)
            successor.DropChildren();
        else
            successor.Requests.Pump(now);
    }

    /// <summary>The peer deletes this SA, or does not answer: a rekeying of its own that it has finished counts, ours is forgotten (RFC 7296 section 2.8.2).</summary>
    public void GiveWay(DateTimeOffset now, string reason)
    {
        if (Rival is { } rival)
            HandOver(now, rival.Made);
        Close(reason);
    }

    /// <summary>
    /// The peer has something done with children under this SA: so they are its children, even if a rekeying of ours is still to find out that it is of no use.
    /// </summary>
    public void ClaimChildren(DateTimeOffset now)
    {
        if (Predecessor?.Rival?.Made == this)
            Predecessor.HandOver(now, this);
    }

    /// <summary>Ends the SA with its children and zeroes its keys.</summary>
    public void Close(string reason)
    {
        if (State == IkeSaState.Closed)
            return;
        var before = State;
        State = IkeSaState.Closed;
        DropChildren();
        Requests.Abandon();
        _messages?.Dispose();
        Keys?.Dispose();
        if (before is IkeSaState.Established or IkeSaState.Closing)
            _context.Notice(new IkeEvent.Closed(Connection.Name, reason));
        else if (before != IkeSaState.Replaced)
            _context.Notice(new IkeEvent.Failed(Connection.Name, reason));
    }

    private void DropChildren()
    {
        foreach (var child in Children.ToArray())
            RemoveChild(child);
    }

    /// <summary>Those that waited for it may be sent on now.</summary>
    private void StartHeirs(Child child)
    {
        foreach (var heir in Children.Where(heir => heir.Replaces == child))
        {
            heir.Replaces = null;
            if (heir.State == ChildState.Live)
                _context.Effects.Enqueue(new IkeEffect.StartSending(heir.Sa));
        }
    }

    private void TakeWindowSize(ImmutableArray<Payload> payloads)
    {
        // Section 2.3: it can only grow. What we have under way at once is bounded all the same.
        if (payloads.OfType<NotifyPayload>().FirstOrDefault(notify => notify.NotifyType == NotifyType.SetWindowSize) is { Data: { Length: 4 } data })
            Requests.Widen((int)Math.Min(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(data.Span), (uint)_context.Options.MaximumOutstandingRequests));
    }

    private DateTimeOffset? LivenessDue =>
        State == IkeSaState.Established && Requests.IsEmpty && _context.Options.LivenessInterval is { } interval ? LastHeard + interval : null;

    private static DateTimeOffset? Earlier(DateTimeOffset? left, DateTimeOffset? right) => left is null || right < left ? right ?? left : left;
}
