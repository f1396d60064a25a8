using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>What comes in and goes out: requests and responses of both ends, retransmissions, the window.</summary>
internal sealed partial class IkeSa
{
    private (IPEndPoint Local, IPEndPoint Remote)? _asker;

    /// <summary>
    /// Something authentic and new came from there: a host that is not behind a NAT itself sends there from now on, IKE and ESP in UDP. One that is does not, lest a single packet
    /// with a wrong address breaks the connection (RFC 7296 section 2.23). Before IKE_AUTH is done both do, as the initiator changes to port 4500.
    /// </summary>
    public void Follow(IPEndPoint local, IPEndPoint remote)
    {
        if (LocalIsBehindNat && (IsInitiator || State != IkeSaState.HalfOpen))
            return;
        for (var sa = this; sa is not null; sa = sa.Successor)
        {
            (sa.Local, sa.Remote) = (local, remote);
            foreach (var child in sa.Children.Where(child => child.Sa.UdpPorts is { } ports && ports.Local == local.Port))
                sa.Follow(child);
        }
    }

    // In transport mode the address is part of the traffic that was agreed on: only its port can change.
    private void Follow(Child child)
    {
        var before = child.Sa;
        var after = before with { Remote = Remote.Address, UdpPorts = ((ushort)Local.Port, (ushort)Remote.Port) };
        if (after == before || (before.TransportMode && !after.Remote.Equals(before.Remote)))
            return;
        child.Sa = after;
        _context.Effects.Enqueue(new IkeEffect.Move(before, after));
    }

    /// <summary>Handles a response: one that answers a request under way completes its exchange.</summary>
    public void HandleResponse(DateTimeOffset now, IkeHeader header, ReadOnlySpan<byte> octets, IPEndPoint local, IPEndPoint remote)
    {
        if (Requests.Find(header) is not { } exchange)
        {
            _context.Violation(ProtocolViolation.UnexpectedResponse, Remote, $"{header.ExchangeType.Notation()} {header.MessageId}");
            return;
        }
        if (_messages is null || !_messages.TryOpen(now, header, octets, Remote, out var opened))
            return;
        LastHeard = now;
        Follow(local, remote);
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
        if (!_messages.TryOpen(now, header, octets, remote, out var opened))
            return false;
        LastHeard = now;
        // Section 2.23: the response goes where the request came from, whatever becomes of that.
        _asker = (local, remote);
        Follow(local, remote);
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
            _context.Effects.Enqueue(new IkeEffect.Send(_asker!.Value.Local, _asker.Value.Remote, datagram));
    }

    /// <summary>Octets of an IKE message in one datagram, as far as is known of the path.</summary>
    public int FragmentSize { get; set; }

    /// <summary>The datagrams of a protected message.</summary>
    public byte[][] Protect(IkeHeader header, ImmutableArray<Payload> payloads, int? size = null) => _messages!.Write(new(header, payloads), size ?? FragmentSize);

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

    private void TakeWindowSize(ImmutableArray<Payload> payloads)
    {
        // Section 2.3: it can only grow. What we have under way at once is bounded all the same.
        if (payloads.OfType<NotifyPayload>().FirstOrDefault(notify => notify.NotifyType == NotifyType.SetWindowSize) is { Data: { Length: 4 } data })
            Requests.Widen((int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(data.Span), (uint)_context.Options.MaximumOutstandingRequests));
    }
}
