using System.Collections.Immutable;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>IKE_SA_INIT and IKE_AUTH as the responder has them (RFC 7296 section 1.2).</summary>
internal static class InitialResponder
{
    /// <summary>
    /// Answers an IKE_SA_INIT request, with a half-open IKE SA if all is well. Until then nothing is kept: errors and cookies are stateless.
    /// </summary>
    /// <param name="cookies">Null where no cookie is asked for.</param>
    /// <param name="refusal">The notification to answer with, if there is no SA; null with no SA means silence.</param>
    public static IkeSa? HandleInitRequest(
        IkeContext context, IkeConnection connection, CookieSecret? cookies, DateTimeOffset now, IkeDatagram datagram, IkeMessage request, out NotifyPayload? refusal)
    {
        refusal = null;
        if (IkeContext.UnsupportedCritical(request.Payloads) is { } type)
        {
            context.Violation(ProtocolViolation.UnsupportedCriticalPayload, datagram.Remote, type.Notation());
            refusal = new(NotifyType.UnsupportedCriticalPayload, new byte[] { (byte)type });
            return null;
        }
        if (request.Find<SecurityAssociationPayload>() is not { } offer || request.Find<KeyExchangePayload>() is not { } exchange
            || request.Find<NoncePayload>() is not { } nonce)
        {
            context.Violation(ProtocolViolation.MissingPayload, datagram.Remote, request.Summary);
            refusal = new(NotifyType.InvalidSyntax);
            return null;
        }
        if (nonce.Nonce.Length is < NoncePayload.MinimumLength or > NoncePayload.MaximumLength)
        {
            context.Violation(ProtocolViolation.BadNonceLength, datagram.Remote, $"{nonce.Nonce.Length}");
            refusal = new(NotifyType.InvalidSyntax);
            return null;
        }
        var spi = request.Header.InitiatorSpi;
        if (cookies is not null && request.Notify(NotifyType.Cookie) is { } returned
            && !cookies.Verify(now, returned.Data, nonce.Nonce, datagram.Remote.Address, spi))
        {
            context.Violation(ProtocolViolation.BadCookie, datagram.Remote, "");
            refusal = new(NotifyType.Cookie, cookies.Make(now, nonce.Nonce, datagram.Remote.Address, spi));
            return null;
        }
        if (cookies is not null && request.Notify(NotifyType.Cookie) is null)
        {
            refusal = new(NotifyType.Cookie, cookies.Make(now, nonce.Nonce, datagram.Remote.Address, spi));
            return null;
        }
        if (ProposalSelection.ChoosePreferring(exchange.Method, connection.IkeProposals, offer.Proposals) is not { } chosen
            || !IkeAlgorithms.TryFrom(chosen, out var algorithms))
        {
            refusal = new(NotifyType.NoProposalChosen);
            return null;
        }
        if (algorithms.KeyExchange.Id != exchange.Method)
        {
            refusal = KeyExchangeNegotiation.Refuse(algorithms.KeyExchange.Id);
            return null;
        }
        using var own = algorithms.KeyExchange.Generate(context.Random);
        if (!own.TryAgree(exchange.Data.Span, out var secret, out var reason))
        {
            context.Violation(ProtocolViolation.BadKeyExchangeData, datagram.Remote, reason);
            refusal = new(NotifyType.InvalidSyntax);
            return null;
        }
        return Answer(context, connection, now, datagram, request, chosen, algorithms, own.PublicValue, secret, nonce.Nonce);
    }

    /// <summary>Answers the first protected request: authenticates the peer, itself, and sets up the first child SA.</summary>
    public static void HandleAuthRequest(IkeContext context, IkeSa sa, DateTimeOffset now, IkeHeader header, ImmutableArray<Payload> request)
    {
        if (sa.Eap is { } eap)
        {
            eap.Handle(context, sa, now, header, request);
            return;
        }
        SelectByName(context, sa, request);
        sa.PeerLooksUp = request.OfType<NotifyPayload>().Any(notify => notify.NotifyType == NotifyType.HttpCertLookupSupported);
        if (!EapResponder.TryBegin(context, sa, header, request)
            && !CertificateLookup.TryBegin(context, sa, now, request, (later, whole) => Authenticate(context, sa, later, header, whole), () => { }))
            Authenticate(context, sa, now, header, request);
    }

    private static void Authenticate(IkeContext context, IkeSa sa, DateTimeOffset now, IkeHeader header, ImmutableArray<Payload> request)
    {
        var identity = Authentication.OwnIdentity(sa);
        if (Authentication.Verify(context, sa, now, request, out var reason) is not { } peer)
            Refuse(context, sa, header, reason);
        else if (Authentication.Prove(context, sa, identity) is not { } proof)
            Refuse(context, sa, header, "this end's certificate is of no use for what the peer takes");
        else
            Conclude(context, sa, now, header, request, peer, [identity, .. CertificateRequests.Present(sa.Connection, sa.PeerLooksUp), proof]);
    }

    public static void Refuse(IkeContext context, IkeSa sa, IkeHeader header, string reason)
    {
        context.Violation(ProtocolViolation.AuthenticationFailed, sa.Remote, reason);
        sa.Respond(header, [new NotifyPayload(NotifyType.AuthenticationFailed)]);
        sa.Close(reason);
    }

    /// <summary>The peer is authenticated: what it asked for is done and answered.</summary>
    /// <param name="request">The one that has the offer of a child SA.</param>
    /// <param name="proof">What stands first in the answer.</param>
    public static void Conclude(
        IkeContext context, IkeSa sa, DateTimeOffset now, IkeHeader header, ImmutableArray<Payload> request, PeerAuthentication peer, ImmutableArray<Payload> proof)
    {
        if (!ChildNegotiation.IsOffer(request))
        {
            // Section 2.21.2: what makes no sense leaves no SA behind, and the answer says nothing else.
            context.Violation(ProtocolViolation.MissingPayload, sa.Remote, "IKE_AUTH");
            sa.Respond(header, [new NotifyPayload(NotifyType.InvalidSyntax)]);
            sa.Close("the peer's IKE_AUTH request offers no child SA");
            return;
        }
        sa.Peer = peer;
        sa.Establish(now);
        InitialContact.Take(context, sa, request);
        var configuration = ConfigurationExchange.Answer(context, sa, request, out var failure);
        ImmutableArray<Payload> child = failure is null ? [] : [failure];
        if (failure is null)
            ChildNegotiation.Accept(context, sa, now, ChildTerms.ForFirst(sa), request, responderNonce: null, replaced: null, out child);
        else
            context.Notice(new IkeEvent.ChildFailed(sa.Connection.Name, NotifyPayload.NotifyName(failure.NotifyType)));
        sa.Respond(header, [.. proof, .. configuration, .. child, .. Reauthentication.Announce(context, sa, now), .. sa.AnnounceWindow()]);
        context.Notice(new IkeEvent.Established(sa.Connection.Name, sa.InitiatorSpi, sa.ResponderSpi, peer));
    }

    /// <summary>
    /// A named SPD entry is found by the identity that the initiator asserts (RFC 4301 section 4.4.1.1), where what was agreed on already is to that entry's liking too.
    /// Otherwise the one that was found by address stays.
    /// </summary>
    private static void SelectByName(IkeContext context, IkeSa sa, ImmutableArray<Payload> request)
    {
        if (request.OfType<IdentificationPayload>().FirstOrDefault(payload => payload.Side == PayloadType.IdentificationInitiator) is not { } asserted)
            return;
        var named = context.Connections.Find(candidate =>
            candidate.RemoteIdentity == (asserted.IdType, asserted.Data) && candidate.IsBetween(sa.Local.Address, sa.Remote.Address)
            && candidate.UsesSignatures == sa.Connection.UsesSignatures && ProposalSelection.Choose(candidate.IkeProposals, [sa.Chosen!]) is not null);
        if (named is not null)
            sa.Use(named);
    }

    private static IkeSa Answer(
        IkeContext context, IkeConnection connection, DateTimeOffset now, IkeDatagram datagram, IkeMessage request,
        Proposal chosen, IkeAlgorithms algorithms, byte[] publicValue, byte[] secret, Octets initiatorNonce)
    {
        var sa = new IkeSa(context, connection, isInitiator: false, datagram.Local, datagram.Remote)
        {
            Chosen = chosen,
            InitiatorSpi = request.Header.InitiatorSpi,
            ResponderSpi = context.NewIkeSpi(),
            LocalNonce = context.NewNonce(),
            RemoteNonce = initiatorNonce,
            RemoteInitMessage = datagram.Message.ToArray(),
            LastHeard = now,
            HalfOpenUntil = now + context.Options.HalfOpenLifetime,
            AllowsFragments = context.Options.SupportsFragmentation && request.Notify(NotifyType.Ikev2FragmentationSupported) is not null,
            PeerHashes = connection.UsesSignatures ? SignatureChoice.Read(request) : [],
        };
        NatTraversal.Detect(sa, request, datagram.Local, datagram.Remote);
        var header = sa.Header(ExchangeType.IkeSaInit, 0) with { Flags = IkeFlags.Response };
        sa.LocalInitMessage = context.Codec.Write(new(header,
        [
            new SecurityAssociationPayload([chosen]),
            new KeyExchangePayload(algorithms.KeyExchange.Id, publicValue),
            new NoncePayload(sa.LocalNonce),
            .. NatTraversal.Notifications(sa),
            .. CertificateRequests.Ask(connection),
            .. sa.AllowsFragments ? [new NotifyPayload(NotifyType.Ikev2FragmentationSupported)] : ImmutableArray<Payload>.Empty,
            .. SignatureChoice.Announce(connection),
        ]));
        sa.SkipInitialMessageId();
        sa.SetKeys(algorithms, IkeKeys.Derive(
            algorithms, secret, initiatorNonce.ToArray(), sa.LocalNonce.ToArray(), sa.InitiatorSpi, sa.ResponderSpi));
        CryptographicOperations.ZeroMemory(secret);
        context.Effects.Enqueue(new IkeEffect.Send(datagram.Local, datagram.Remote, sa.LocalInitMessage));
        return sa;
    }
}
