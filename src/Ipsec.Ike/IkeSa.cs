using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
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
    /// <summary>A delete of ours is under way.</summary>
    Closing,
    Closed,
}

/// <summary>
/// One IKE SA: its keys, its two windows of one request each (RFC 7296 section 2.3), retransmission (section 2.4), its children. What the exchanges
/// mean is in <c>Exchanges/</c>.
/// </summary>
internal sealed class IkeSa(IkeContext context, IkeConnection connection, bool isInitiator, IPEndPoint local, IPEndPoint remote)
{
    private readonly Queue<Request> _waiting = new();
    private Request? _outstanding;
    private uint _nextRequestId;
    private uint _expectedRequestId;
    private byte[]? _lastRequestDigest;
    private byte[]? _lastResponse;
    private IkeProtection? _inbound;
    private IkeProtection? _outbound;

    public IkeConnection Connection => connection;

    public bool IsInitiator => isInitiator;

    public IkeSaState State { get; set; } = IkeSaState.Initial;

    public ulong InitiatorSpi { get; set; }
    public ulong ResponderSpi { get; set; }

    public ulong LocalSpi => isInitiator ? InitiatorSpi : ResponderSpi;

    public IPEndPoint Local { get; set; } = local;
    public IPEndPoint Remote { get; set; } = remote;

    public IkeAlgorithms? Algorithms { get; private set; }
    public IkeKeys? Keys { get; private set; }

    public Octets LocalNonce { get; set; }
    public Octets RemoteNonce { get; set; }

    /// <summary>Own and the peer's IKE_SA_INIT message, which AUTH covers.</summary>
    public byte[] LocalInitMessage { get; set; } = [];
    public byte[] RemoteInitMessage { get; set; } = [];

    public bool LocalIsBehindNat { get; set; }
    public bool RemoteIsBehindNat { get; set; }

    public PeerAuthentication? Peer { get; set; }

    public List<ChildSa> Children { get; } = [];

    public DateTimeOffset LastHeard { get; set; }

    /// <summary>When a responder gives up waiting for IKE_AUTH.</summary>
    public DateTimeOffset? HalfOpenUntil { get; set; }

    public DateTimeOffset? NextDeadline
    {
        get
        {
            DateTimeOffset? next = _outstanding?.Deadline;
            if (State is IkeSaState.HalfOpen && HalfOpenUntil is { } until && (next is null || until < next))
                next = until;
            if (LivenessDue is { } due && (next is null || due < next))
                next = due;
            return next;
        }
    }

    /// <summary>Takes the keys into use.</summary>
    public void SetKeys(IkeAlgorithms algorithms, IkeKeys keys)
    {
        Algorithms = algorithms;
        Keys = keys;
        var initiator = new IkeProtection(algorithms, keys.SkEi, keys.SkAi, context.Random);
        var responder = new IkeProtection(algorithms, keys.SkEr, keys.SkAr, context.Random);
        (_outbound, _inbound) = isInitiator ? (initiator, responder) : (responder, initiator);
        State = IkeSaState.HalfOpen;
        context.Effects.Enqueue(new IkeEffect.KeysDerived(InitiatorSpi, ResponderSpi, algorithms, keys));
    }

    /// <summary>The IKE_SA_INIT exchange was this SA's message 0.</summary>
    public void SkipInitialMessageId()
    {
        if (isInitiator)
            _nextRequestId = 1;
        else
            _expectedRequestId = 1;
    }

    // Requests of ours.

    /// <summary>Sends a protected request, or queues it behind the one that is under way.</summary>
    /// <param name="onResponse">Called with the payloads of the authentic response.</param>
    /// <param name="onTimeout">Called when no response came; by default the SA is closed, as the peer is dead (RFC 7296 section 2.4).</param>
    public void SendRequest(
        DateTimeOffset now, ExchangeType exchange, ImmutableArray<Payload> payloads,
        Action<DateTimeOffset, ImmutableArray<Payload>> onResponse, Action<DateTimeOffset>? onTimeout = null)
    {
        _waiting.Enqueue(new(exchange, payloads, onResponse, onTimeout));
        SendNext(now);
    }

    /// <summary>Sends an IKE_SA_INIT request; another one (with a cookie, with another group) replaces it.</summary>
    public void SendInitRequest(DateTimeOffset now, byte[] octets)
    {
        LocalInitMessage = octets;
        _outstanding = new(ExchangeType.IkeSaInit, [], static (_, _) => { }, null) { MessageId = 0, Octets = octets };
        Transmit(now, _outstanding);
    }

    public void StopInitRequest() => _outstanding = null;

    public bool IsWaitingFor(ExchangeType exchange) => _outstanding?.Exchange == exchange;

    /// <summary>Handles a response: one that answers the request under way completes it.</summary>
    public void HandleResponse(DateTimeOffset now, IkeHeader header, ReadOnlySpan<byte> octets)
    {
        if (_outstanding is not { } request || request.MessageId != header.MessageId || request.Exchange != header.ExchangeType)
        {
            context.Violation(ProtocolViolation.UnexpectedResponse, Remote, $"{header.ExchangeType.Notation()} {header.MessageId}");
            return;
        }
        if (!TryOpen(octets, out var inner, out var first, out var offset))
            return;
        LastHeard = now;
        _outstanding = null;
        if (!context.Codec.TryReadInner(first, inner, offset, out var payloads, out var error))
        {
            // Section 2.21: no answer to a response; the SA is of no use any more.
            context.Violation(ProtocolViolation.MalformedPayload, Remote, error.ToString());
            Close("the peer's response is malformed");
            return;
        }
        if (IkeContext.UnsupportedCritical(payloads) is { } type)
        {
            context.Violation(ProtocolViolation.UnsupportedCriticalPayload, Remote, type.Notation());
            Close($"the peer's response has an unknown critical payload {(byte)type}");
            return;
        }
        request.OnResponse(now, payloads);
        SendNext(now);
    }

    // Requests of the peer.

    /// <summary>
    /// Lets a protected request through if it is the next one: true with its payloads. Retransmissions are answered here with the octets sent before
    /// (RFC 7296 section 2.1); what is outside the window is dropped (section 2.3).
    /// </summary>
    public bool TryAcceptRequest(DateTimeOffset now, IkeHeader header, ReadOnlySpan<byte> octets, IPEndPoint local, IPEndPoint remote, out ImmutableArray<Payload> payloads)
    {
        payloads = [];
        var digest = SHA256.HashData(octets);
        if (_lastResponse is not null && header.MessageId == _expectedRequestId - 1)
        {
            if (digest.AsSpan().SequenceEqual(_lastRequestDigest))
                context.Effects.Enqueue(new IkeEffect.Send(local, remote, _lastResponse));
            else
                context.Violation(ProtocolViolation.DifferentRequestWithSameMessageId, remote, $"{header.MessageId}");
            return false;
        }
        if (header.MessageId != _expectedRequestId)
        {
            context.Violation(ProtocolViolation.MessageIdOutsideWindow, remote, $"{header.MessageId}, expected {_expectedRequestId}");
            return false;
        }
        if (!TryOpen(octets, out var inner, out var first, out var offset))
            return false;
        LastHeard = now;
        // Section 2.23: the response goes where the request came from, and an authentic request tells where the peer is now.
        Local = local;
        Remote = remote;
        _expectedRequestId++;
        _lastRequestDigest = digest;
        if (!context.Codec.TryReadInner(first, inner, offset, out payloads, out var error))
        {
            context.Violation(ProtocolViolation.MalformedPayload, remote, error.ToString());
            Respond(header, [new NotifyPayload(NotifyType.InvalidSyntax)]);
            // Section 2.21.3: fatal on both ends.
            Close("the peer's request is malformed");
            return false;
        }
        if (IkeContext.UnsupportedCritical(payloads) is { } type)
        {
            context.Violation(ProtocolViolation.UnsupportedCriticalPayload, remote, type.Notation());
            Respond(header, [new NotifyPayload(NotifyType.UnsupportedCriticalPayload, new byte[] { (byte)type })]);
            // Section 2.21.2: an IKE_AUTH with one leaves no SA behind.
            if (header.ExchangeType == ExchangeType.IkeAuth)
                Close("the peer's IKE_AUTH request has an unknown critical payload");
            return false;
        }
        return true;
    }

    /// <summary>Answers the request that was just accepted.</summary>
    public void Respond(IkeHeader request, ImmutableArray<Payload> payloads)
    {
        var header = Header(request.ExchangeType, request.MessageId) with
        {
            Flags = IkeFlags.Response | (isInitiator ? IkeFlags.Initiator : IkeFlags.None),
        };
        _lastResponse = context.Codec.WriteProtected(new(header, payloads), _outbound!);
        context.Effects.Enqueue(new IkeEffect.Send(Local, Remote, _lastResponse));
    }

    public void Advance(DateTimeOffset now)
    {
        if (_outstanding is { } request && request.Deadline <= now)
        {
            if (request.Attempts < context.Options.RequestAttempts)
            {
                Transmit(now, request);
            }
            else
            {
                _outstanding = null;
                if (request.OnTimeout is { } onTimeout)
                    onTimeout(now);
                else
                    Close("the peer does not answer");
            }
        }
        if (State is IkeSaState.HalfOpen && HalfOpenUntil <= now)
            Close("the peer did not authenticate in time");
        if (LivenessDue <= now)
            SendRequest(now, ExchangeType.Informational, [], static (_, _) => { });
    }

    public void AddChild(ChildSa child, ChildKeys keys)
    {
        Children.Add(child);
        context.Effects.Enqueue(new IkeEffect.Install(child, keys));
    }

    public void RemoveChild(ChildSa child)
    {
        if (!Children.Remove(child))
            return;
        context.ReleaseChildSpi(child.InboundSpi);
        context.Effects.Enqueue(new IkeEffect.Remove(child));
    }

    /// <summary>Ends the SA with its children and zeroes its keys.</summary>
    public void Close(string reason)
    {
        if (State == IkeSaState.Closed)
            return;
        var wasEstablished = State is IkeSaState.Established or IkeSaState.Closing;
        State = IkeSaState.Closed;
        foreach (var child in Children.ToArray())
            RemoveChild(child);
        _outstanding = null;
        _waiting.Clear();
        _inbound?.Dispose();
        _outbound?.Dispose();
        Keys?.Dispose();
        context.Notice(wasEstablished ? new IkeEvent.Closed(connection.Name, reason) : new IkeEvent.Failed(connection.Name, reason));
    }

    public IkeHeader Header(ExchangeType exchange, uint messageId) => new()
    {
        InitiatorSpi = InitiatorSpi,
        ResponderSpi = ResponderSpi,
        MajorVersion = 2,
        ExchangeType = exchange,
        Flags = isInitiator ? IkeFlags.Initiator : IkeFlags.None,
        MessageId = messageId,
    };

    private DateTimeOffset? LivenessDue =>
        State == IkeSaState.Established && _outstanding is null && context.Options.LivenessInterval is { } interval ? LastHeard + interval : null;

    private void SendNext(DateTimeOffset now)
    {
        if (_outstanding is not null || State == IkeSaState.Closed || !_waiting.TryDequeue(out var request))
            return;
        request.MessageId = _nextRequestId++;
        request.Octets = context.Codec.WriteProtected(new(Header(request.Exchange, request.MessageId), request.Payloads), _outbound!);
        _outstanding = request;
        Transmit(now, request);
    }

    private void Transmit(DateTimeOffset now, Request request)
    {
        request.Deadline = now + context.Options.RetransmissionInterval * Math.Pow(2, request.Attempts);
        request.Attempts++;
        context.Effects.Enqueue(new IkeEffect.Send(Local, Remote, request.Octets));
    }

    private bool TryOpen(ReadOnlySpan<byte> octets, out byte[] inner, out PayloadType first, out int offset)
    {
        inner = [];
        first = PayloadType.None;
        offset = 0;
        if (_inbound is null)
            return false;
        if (_inbound.TryOpen(octets, out var opened, out first, out offset, out var failure))
        {
            inner = opened;
            return true;
        }
        context.Violation(ProtocolViolation.IntegrityCheckFailed, Remote, failure.ToString());
        return false;
    }

    private sealed class Request(
        ExchangeType exchange, ImmutableArray<Payload> payloads, Action<DateTimeOffset, ImmutableArray<Payload>> onResponse, Action<DateTimeOffset>? onTimeout)
    {
        public ExchangeType Exchange => exchange;
        public ImmutableArray<Payload> Payloads => payloads;
        public Action<DateTimeOffset, ImmutableArray<Payload>> OnResponse => onResponse;
        public Action<DateTimeOffset>? OnTimeout => onTimeout;
        public uint MessageId { get; set; }
        public byte[] Octets { get; set; } = [];
        public int Attempts { get; set; }
        public DateTimeOffset Deadline { get; set; }
    }
}
