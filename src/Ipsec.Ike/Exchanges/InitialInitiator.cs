using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>IKE_SA_INIT and IKE_AUTH as the initiator has them (RFC 7296 section 1.2).</summary>
internal sealed class InitialInitiator
{
    // Section 2.6 and 2.7 let the responder send us back; a few times is enough for a cookie and a group each.
    private const int MaximumRestarts = 4;

    private readonly IkeContext _context;
    private readonly IkeSa _sa;
    private readonly SecurityAssociationPayload _offer;
    private PrivateValue _private;
    private NotifyPayload? _cookie;
    private int _restarts;

    private InitialInitiator(IkeContext context, IkeSa sa)
    {
        _context = context;
        _sa = sa;
        _offer = ProposalSelection.Offer(sa.Connection.IkeProposals, Octets.Empty);
        var method = (KeyExchangeId)_offer.Proposals[0].OfType(TransformType.KeyExchange).First().Id;
        _private = Generate(method)!;
        sa.InitiatorSpi = context.NewIkeSpi();
        sa.LocalNonce = context.NewNonce();
    }

    /// <summary>Starts a connection: the first IKE_SA_INIT request is on its way.</summary>
    public static InitialInitiator Start(IkeContext context, IkeSa sa, DateTimeOffset now)
    {
        var exchange = new InitialInitiator(context, sa);
        sa.LastHeard = now;
        exchange.SendInit(now);
        return exchange;
    }

    public IkeSa Sa => _sa;

    /// <summary>An IKE_SA_INIT response for our SPI. It is not authentic yet: what can't be right is ignored, and retransmission goes on.</summary>
    public void HandleInitResponse(DateTimeOffset now, IkeDatagram datagram, IkeMessage message)
    {
        if (message.Header.MessageId != 0 || message.Header.IsFromInitiator)
            return;
        if (message.Notify(NotifyType.Cookie) is { } cookie && Restart(now))
        {
            _cookie = new(NotifyType.Cookie, cookie.Data);
            SendInit(now);
            return;
        }
        if (message.Notify(NotifyType.InvalidKePayload) is { Data.Length: 2 } wanted)
        {
            // Section 2.7: only a group of ours, and with all our proposals again.
            var method = (KeyExchangeId)BinaryPrimitives.ReadUInt16BigEndian(wanted.Data.Span);
            var isOffered = _offer.Proposals.Any(proposal => proposal.OfType(TransformType.KeyExchange).Any(transform => transform.Id == (ushort)method));
            if (!isOffered || method == _private.Method || !Restart(now) || Generate(method) is not { } replacement)
                return;
            _private.Dispose();
            _private = replacement;
            SendInit(now);
            return;
        }
        if (message.Payloads.OfType<NotifyPayload>().FirstOrDefault(notify => notify.IsError) is { } error)
        {
            // Section 2.21.1: anybody could have sent it, so keep trying; it is worth saying why nothing comes of it.
            _context.Notice(new IkeEvent.ChildFailed(_sa.Connection.Name, $"IKE_SA_INIT answered with {NotifyPayload.NotifyName(error.NotifyType)}"));
            return;
        }
        if (IkeContext.UnsupportedCritical(message.Payloads) is { } type)
            _context.Violation(ProtocolViolation.UnsupportedCriticalPayload, datagram.Remote, type.Notation());
        else
            TakeInitResponse(now, datagram, message);
    }

    private void TakeInitResponse(DateTimeOffset now, IkeDatagram datagram, IkeMessage message)
    {
        if (message.Find<SecurityAssociationPayload>() is not { } answer || message.Find<KeyExchangePayload>() is not { } exchange
            || message.Find<NoncePayload>() is not { } nonce)
        {
            _context.Violation(ProtocolViolation.MissingPayload, datagram.Remote, message.Summary);
            return;
        }
        if (nonce.Nonce.Length is < NoncePayload.MinimumLength or > NoncePayload.MaximumLength)
        {
            _context.Violation(ProtocolViolation.BadNonceLength, datagram.Remote, $"{nonce.Nonce.Length}");
            return;
        }
        if (!ProposalSelection.IsValidChoice(_offer.Proposals, answer) || !IkeAlgorithms.TryFrom(answer.Proposals[0], out var algorithms)
            || algorithms.KeyExchange.Id != _private.Method || exchange.Method != _private.Method || message.Header.ResponderSpi == 0)
        {
            _context.Violation(ProtocolViolation.ChoiceNotOffered, datagram.Remote, message.Summary);
            return;
        }
        if (!_private.TryAgree(exchange.Data.Span, out var secret, out var reason))
        {
            _context.Violation(ProtocolViolation.BadKeyExchangeData, datagram.Remote, reason);
            return;
        }
        _sa.StopInitRequest();
        _sa.SkipInitialMessageId();
        _sa.ResponderSpi = message.Header.ResponderSpi;
        _sa.RemoteNonce = nonce.Nonce;
        _sa.RemoteInitMessage = datagram.Message.ToArray();
        _sa.LastHeard = now;
        NatTraversal.Detect(_sa, message, datagram.Local, datagram.Remote);
        NatTraversal.FloatPorts(_sa);
        _sa.SetKeys(algorithms, IkeKeys.Derive(
            algorithms, secret, _sa.LocalNonce.ToArray(), nonce.Nonce.ToArray(), _sa.InitiatorSpi, _sa.ResponderSpi));
        CryptographicOperations.ZeroMemory(secret);
        _private.Dispose();
        SendAuth(now);
    }

    private void SendAuth(DateTimeOffset now)
    {
        var identity = Authentication.OwnIdentity(_sa);
        var inboundSpi = _context.NewChildSpi();
        var remote = _sa.Connection.RemoteIdentity;
        ImmutableArray<Payload> payloads =
        [
            identity,
            new IdentificationPayload(PayloadType.IdentificationResponder, remote.Type, remote.Data),
            Authentication.Prove(_sa, identity),
            .. ChildNegotiation.Offer(_sa, inboundSpi),
        ];
        _sa.SendRequest(now, ExchangeType.IkeAuth, payloads, (then, response) => HandleAuthResponse(then, response, inboundSpi));
    }

    private void HandleAuthResponse(DateTimeOffset now, ImmutableArray<Payload> response, uint inboundSpi)
    {
        var fatal = response.OfType<NotifyPayload>().FirstOrDefault(notify =>
            notify.NotifyType is NotifyType.AuthenticationFailed or NotifyType.InvalidSyntax or NotifyType.UnsupportedCriticalPayload);
        if (fatal is not null)
        {
            _context.ReleaseChildSpi(inboundSpi);
            _sa.Close($"the peer answered {NotifyPayload.NotifyName(fatal.NotifyType)}");
            return;
        }
        if (Authentication.Verify(_sa, response, out var reason) is not { } peer)
        {
            _context.Violation(ProtocolViolation.AuthenticationFailed, _sa.Remote, reason);
            _context.ReleaseChildSpi(inboundSpi);
            // Section 2.21.2: the responder believes in this SA; tell it.
            _sa.SendRequest(
                now, ExchangeType.Informational, [new NotifyPayload(NotifyType.AuthenticationFailed)],
                (_, _) => _sa.Close(reason), _ => _sa.Close(reason));
            return;
        }
        _sa.Peer = peer;
        _sa.State = IkeSaState.Established;
        _context.Notice(new IkeEvent.Established(_sa.Connection.Name, _sa.InitiatorSpi, _sa.ResponderSpi, peer));
        // Section 2.21.2: a child that fails does not take the IKE SA with it.
        if (ChildNegotiation.Complete(_context, _sa, response, inboundSpi, _sa.LocalNonce, _sa.RemoteNonce) is { } failure)
        {
            _context.ReleaseChildSpi(inboundSpi);
            _context.Notice(new IkeEvent.ChildFailed(_sa.Connection.Name, failure));
        }
    }

    private void SendInit(DateTimeOffset now)
    {
        var payloads = ImmutableArray.CreateBuilder<Payload>();
        // Section 2.6: the cookie comes first, everything else stays as it was.
        if (_cookie is not null)
            payloads.Add(_cookie);
        payloads.AddRange(_offer, new KeyExchangePayload(_private.Method, _private.PublicValue), new NoncePayload(_sa.LocalNonce));
        payloads.AddRange(NatTraversal.Notifications(_sa));
        _sa.SendInitRequest(now, _context.Codec.Write(new(_sa.Header(ExchangeType.IkeSaInit, 0), payloads.DrainToImmutable())));
    }

    private bool Restart(DateTimeOffset now)
    {
        _sa.LastHeard = now;
        return ++_restarts <= MaximumRestarts;
    }

    private PrivateValue? Generate(KeyExchangeId method) => Algorithms.KeyExchange(method)?.Generate(_context.Random);
}
