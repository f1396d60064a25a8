using System.Collections.Immutable;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>IKE_SA_INIT and IKE_AUTH as the initiator has them (RFC 7296 section 1.2).</summary>
internal sealed class InitialInitiator : OwnExchange
{
    // Section 2.6 and 2.7 let the responder send us back; a few times is enough for a cookie and a group each.
    private const int MaximumRestarts = 4;

    private readonly IkeContext _context;
    private readonly IkeSa _sa;
    private readonly IkeSa? _predecessor;
    private readonly (TrafficSelector Local, TrafficSelector Remote)? _packet;
    private readonly SecurityAssociationPayload _offer;
    private PrivateValue _private;
    private NotifyPayload? _cookie;
    private int _restarts;
    private uint _inboundSpi;
    private ChildTerms? _terms;
    private EapClient? _eap;
    private ExtensibleAuthenticationPayload? _eapResponse;
    private IdentificationPayload? _responder;
    private PeerAuthentication? _peer;

    private InitialInitiator(IkeContext context, IkeSa sa, IkeSa? predecessor, (TrafficSelector Local, TrafficSelector Remote)? packet)
    {
        (_context, _sa, _predecessor, _packet) = (context, sa, predecessor, packet);
        _offer = ProposalSelection.Offer(sa.Connection.IkeProposals, Octets.Empty);
        var method = (KeyExchangeId)_offer.Proposals[0].OfType(TransformType.KeyExchange).First().Id;
        _private = Generate(method)!;
        sa.InitiatorSpi = context.NewIkeSpi();
        sa.LocalNonce = context.NewNonce();
    }

    /// <summary>Starts a connection: the first IKE_SA_INIT request is on its way.</summary>
    /// <param name="predecessor">The IKE SA that this one is to take the place of, to authenticate again (RFC 7296 section 2.8.3).</param>
    /// <param name="packet">As <see cref="IkeCommand.CreateChild.Packet"/>.</param>
    public static InitialInitiator Begin(
        IkeContext context, IkeSa sa, IkeSa? predecessor, (TrafficSelector Local, TrafficSelector Remote)? packet, DateTimeOffset now)
    {
        var exchange = new InitialInitiator(context, sa, predecessor, packet);
        sa.LastHeard = now;
        exchange.SendInit(now);
        return exchange;
    }

    public IkeSa Sa => _sa;

    public override ExchangeType Type => _sa.State == IkeSaState.Initial ? ExchangeType.IkeSaInit : ExchangeType.IkeAuth;

    public override bool IsExclusive => true;

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
        if (message.Notify(NotifyType.InvalidKePayload) is { } wanted)
        {
            // Section 2.7: only a group of ours, and with all our proposals again.
            if (KeyExchangeNegotiation.Retry(wanted, _offer.Proposals, _private.Method) is not { } method || !Restart(now) || Generate(method) is not { } replacement)
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
        _sa.Requests.Answered(message.Header);
        _sa.SkipInitialMessageId();
        _sa.ResponderSpi = message.Header.ResponderSpi;
        _sa.RemoteNonce = nonce.Nonce;
        _sa.RemoteInitMessage = datagram.Message.ToArray();
        _sa.LastHeard = now;
        _sa.AllowsFragments = _context.Options.SupportsFragmentation && message.Notify(NotifyType.Ikev2FragmentationSupported) is not null;
        _sa.PeerHashes = _sa.Connection.UsesSignatures ? SignatureChoice.Read(message) : [];
        _sa.PeerLooksUp = message.Notify(NotifyType.HttpCertLookupSupported) is not null;
        NatTraversal.Detect(_sa, message, datagram.Local, datagram.Remote);
        NatTraversal.FloatPorts(_sa);
        _sa.SetKeys(algorithms, IkeKeys.Derive(
            algorithms, secret, _sa.LocalNonce.ToArray(), nonce.Nonce.ToArray(), _sa.InitiatorSpi, _sa.ResponderSpi));
        CryptographicOperations.ZeroMemory(secret);
        _private.Dispose();
        _sa.Requests.Enqueue(now, this);
    }

    /// <summary>The IKE_AUTH request; with EAP the next one.</summary>
    public override ImmutableArray<Payload>? Start(IkeSa sa, DateTimeOffset now)
    {
        var identity = Authentication.OwnIdentity(sa);
        if (_eap is not null)
        {
            return _eap.HasSucceeded
                ? [new AuthenticationPayload(AuthenticationMethod.SharedKey, Authentication.ByKey(sa, _eap.Key ?? sa.Keys!.SkPi, identity))]
                : [_eapResponse!];
        }
        ImmutableArray<Payload> wanted = sa.Connection.RemoteIdentity is { Type: not IdentificationType.Null } remote
            ? [new IdentificationPayload(PayloadType.IdentificationResponder, remote.Type, remote.Data)]
            : [];
        // Section 2.16: who leaves AUTH out wants EAP.
        var usesEap = sa.Connection.Eap is not null;
        var proof = usesEap ? null : Authentication.Prove(_context, sa, identity);
        if (proof is null && !usesEap)
        {
            sa.Close("this end's certificate is of no use for what the peer takes");
            return null;
        }
        _inboundSpi = _context.NewChildSpi();
        _terms = (ChildTerms.ForFirst(sa) with { Packet = _packet }).ForOffer();
        return
        [
            identity,
            .. usesEap ? [] : CertificateRequests.Present(sa.Connection, sa.PeerLooksUp),
            .. InitialContact.Announce(_context, sa),
            .. CertificateRequests.Ask(sa.Connection),
            .. wanted,
            .. proof is null ? ImmutableArray<Payload>.Empty : [proof],
            .. ConfigurationExchange.Ask(sa.Connection, _predecessor?.Configuration),
            .. ChildNegotiation.Offer(_context, _terms, _inboundSpi),
            .. sa.AnnounceWindow(),
        ];
    }

    /// <summary>The IKE_AUTH response.</summary>
    public override void Complete(IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> response)
    {
        var error = response.OfType<NotifyPayload>().FirstOrDefault(notify => notify.IsError);
        if (error?.NotifyType is NotifyType.AuthenticationFailed or NotifyType.InvalidSyntax or NotifyType.UnsupportedCriticalPayload)
        {
            Abandon();
            sa.Close($"the peer answered {NotifyPayload.NotifyName(error.NotifyType)}");
            return;
        }
        if (!CertificateLookup.TryBegin(_context, sa, now, response, (later, whole) => Take(sa, later, whole), Abandon))
            Take(sa, now, response);
    }

    private void Take(IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> response)
    {
        var error = response.OfType<NotifyPayload>().FirstOrDefault(notify => notify.IsError);
        if (sa.Connection.Eap is { } credential && _eap is not { HasSucceeded: true })
        {
            if (TakeEap(sa, now, credential, response, out var trouble))
                sa.Requests.Enqueue(now, this);
            else
                Refuse(sa, now, trouble);
            return;
        }
        if ((_eap is null ? Authentication.Verify(_context, sa, now, response, out var reason) : ConfirmEap(sa, response, out reason)) is not { } peer)
        {
            Refuse(sa, now, reason);
            return;
        }
        sa.Peer = peer;
        sa.Establish(now);
        _context.Notice(new IkeEvent.Established(sa.Connection.Name, sa.InitiatorSpi, sa.ResponderSpi, peer));
        Reauthentication.TakeLifetime(_context, sa, now, response);
        // Section 2.21.2: a child that fails does not take the IKE SA with it.
        if (!ConfigurationExchange.Take(_context, sa, response))
        {
            // Section 3.15.4: of no use without an address. When to try again is the user's to say.
            Abandon();
            _context.Notice(new IkeEvent.ChildFailed(sa.Connection.Name, error is null ? "the peer assigned no address" : NotifyPayload.NotifyName(error.NotifyType)));
            sa.Delete(now);
        }
        else if (error is not null)
        {
            Abandon();
            _context.Notice(new IkeEvent.ChildFailed(sa.Connection.Name, NotifyPayload.NotifyName(error.NotifyType)));
        }
        else if (ChildNegotiation.Complete(
            _context, sa, now, _terms!, response, _inboundSpi, method: null, new(sa.LocalNonce, sa.RemoteNonce, []), replaced: null,
            out var failure) is null)
        {
            _context.Notice(new IkeEvent.ChildFailed(sa.Connection.Name, failure));
            sa.Requests.Enqueue(now, new StrayDeletion(_context, sa.Connection.ChildProposals[0].Protocol, _inboundSpi));
        }
        if (sa.IsUnwanted)
            sa.Delete(now);
        else if (_predecessor is not null && sa.State == IkeSaState.Established)
            Reauthentication.Supersede(_context, sa, _predecessor, now);
    }

    /// <summary>
    /// The responder has to prove itself by a signature before anything is told to it (RFC 7296 sections 2.16 and 5); after that each response brings a message of EAP.
    /// </summary>
    private bool TakeEap(IkeSa sa, DateTimeOffset now, EapCredential credential, ImmutableArray<Payload> response, out string reason)
    {
        if (_eap is null)
        {
            if (Authentication.Verify(_context, sa, now, response, out reason) is not { } peer)
                return false;
            if (peer.Chain.IsEmpty)
            {
                reason = "with EAP the responder has to prove itself by a certificate";
                return false;
            }
            _peer = peer;
            _responder = response.OfType<IdentificationPayload>().First(payload => payload.Side == PayloadType.IdentificationResponder);
            _eap = new(credential, _context.Random);
        }
        if (response.OfType<ExtensibleAuthenticationPayload>().FirstOrDefault() is not { } message)
        {
            reason = "no EAP payload where one is due";
            return false;
        }
        _eapResponse = _eap.Take(message, out reason);
        return _eapResponse is not null || _eap.HasSucceeded;
    }

    /// <summary>AUTH of the responder with what EAP made.</summary>
    private PeerAuthentication? ConfirmEap(IkeSa sa, ImmutableArray<Payload> response, out string reason)
    {
        var isRight = response.OfType<AuthenticationPayload>().FirstOrDefault() is { Method: AuthenticationMethod.SharedKey } authentication
            && Authentication.IsByKey(sa, _eap!.Key ?? sa.Keys!.SkPr, _responder!, authentication);
        _eap!.Dispose();
        reason = isRight ? "" : "AUTH after EAP does not verify";
        return isRight ? _peer : null;
    }

    private void Refuse(IkeSa sa, DateTimeOffset now, string reason)
    {
        _context.Violation(ProtocolViolation.AuthenticationFailed, sa.Remote, reason);
        Abandon();
        // Section 2.21.2: the responder believes in this SA; tell it.
        sa.Requests.Enqueue(now, new InformationalRequest(
            [new NotifyPayload(NotifyType.AuthenticationFailed)], () => sa.Close(reason), () => sa.Close(reason)));
    }

    public override void Abandon()
    {
        _eap?.Dispose();
        _private.Dispose();
        _context.ReleaseChildSpi(_inboundSpi);
    }

    private void SendInit(DateTimeOffset now)
    {
        var payloads = ImmutableArray.CreateBuilder<Payload>();
        // Section 2.6: the cookie comes first, everything else stays as it was.
        if (_cookie is not null)
            payloads.Add(_cookie);
        payloads.AddRange(_offer, new KeyExchangePayload(_private.Method, _private.PublicValue), new NoncePayload(_sa.LocalNonce));
        payloads.AddRange(NatTraversal.Notifications(_sa));
        if (_context.Options.SupportsFragmentation)
            payloads.Add(new NotifyPayload(NotifyType.Ikev2FragmentationSupported));
        payloads.AddRange(SignatureChoice.Announce(_sa.Connection));
        _sa.LocalInitMessage = _context.Codec.Write(new(_sa.Header(ExchangeType.IkeSaInit, 0), payloads.DrainToImmutable()));
        _sa.Requests.SendInit(now, this, _sa.LocalInitMessage);
    }

    private bool Restart(DateTimeOffset now)
    {
        _sa.LastHeard = now;
        return ++_restarts <= MaximumRestarts;
    }

    private PrivateValue? Generate(KeyExchangeId method) => Algorithms.KeyExchange(method)?.Generate(_context.Random);
}
