using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>CREATE_CHILD_SA that rekeys its IKE SA, in both roles (RFC 7296 sections 1.3.2, 2.8.2 and 2.18).</summary>
internal sealed class IkeRekeying(IkeContext context) : OwnExchange
{
    private ulong _spi;
    private Octets _nonce;
    private KeyExchangeId? _wanted;
    private PrivateValue? _private;
    private bool _hasRetried;

    public override ExchangeType Type => ExchangeType.CreateChildSa;

    public override bool IsExclusive => true;

    /// <summary>Old and new are to be deleted when the exchange is over.</summary>
    public bool IsUnwanted { get; set; }

    public override ImmutableArray<Payload>? Start(IkeSa sa, DateTimeOffset now)
    {
        var proposals = sa.Connection.IkeProposals;
        var method = _wanted ?? KeyExchangeNegotiation.Preferred(proposals);
        if (sa.State != IkeSaState.Established || method is null || Algorithms.KeyExchange(method.Value) is not { } exchange)
            return null;
        sa.Rekeying = this;
        _spi = context.NewIkeSpi();
        _nonce = context.NewNonce();
        _private = exchange.Generate(context.Random);
        return [ProposalSelection.Offer(proposals, Spi(_spi)), new NoncePayload(_nonce), new KeyExchangePayload(_private.Method, _private.PublicValue)];
    }

    public override void Complete(IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> response)
    {
        sa.Rekeying = null;
        using var own = _private!;
        _private = null;
        if (response.OfType<NotifyPayload>().FirstOrDefault(notify => notify.IsError) is { } error)
        {
            Refused(sa, now, error, own.Method);
        }
        else if (Take(sa, now, response, own, out var lowerNonce) is { } made)
        {
            sa.ForgetTemporaryFailures();
            Settle(sa, now, made, lowerNonce);
        }
        else
        {
            // The peer believes in an SA that can't be; there is no saying so but by a new start.
            sa.Delete(now);
        }
        if (!IsUnwanted)
            return;
        sa.Successor?.Delete(now);
        sa.Delete(now);
    }

    public override void TimeOut(IkeSa sa, DateTimeOffset now)
    {
        sa.Rekeying = null;
        sa.GiveWay(now, "the peer does not answer");
    }

    public override void Abandon() => _private?.Dispose();

    /// <summary>Answers the peer's request: the new IKE SA is there at once, and takes the children unless a rekeying of ours is under way as well.</summary>
    public static ImmutableArray<Payload> Accept(IkeContext context, IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> request)
    {
        var offer = request.OfType<SecurityAssociationPayload>().First();
        var nonce = request.OfType<NoncePayload>().First();
        var exchange = request.OfType<KeyExchangePayload>().FirstOrDefault();
        if (ProposalSelection.ChoosePreferring(exchange?.Method ?? KeyExchangeId.None, sa.Connection.IkeProposals, offer.Proposals) is not { Spi.Length: 8 } chosen
            || !IkeAlgorithms.TryFrom(chosen, out var algorithms) || BinaryPrimitives.ReadUInt64BigEndian(chosen.Spi.Span) is var initiatorSpi && initiatorSpi == 0)
            return [new NotifyPayload(NotifyType.NoProposalChosen)];
        if (!KeyExchangeNegotiation.TryRespond(context, sa.Remote, chosen, exchange, out var ownExchange, out var secret, out var refusal))
            return [refusal];
        var own = new NoncePayload(context.NewNonce());
        var responderSpi = context.NewIkeSpi();
        var made = Heir(context, sa, now, isInitiator: false, initiatorSpi, responderSpi, algorithms, secret, nonce.Nonce, own.Nonce);
        if (sa.Rekeying is null)
            sa.HandOver(now, made);
        else
            sa.Rival = new(made, Collision.Lower(nonce.Nonce, own.Nonce));
        return [new SecurityAssociationPayload([chosen with { Spi = Spi(responderSpi) }]), own, ownExchange!];
    }

    private IkeSa? Take(IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> response, PrivateValue own, out Octets lowerNonce)
    {
        lowerNonce = default;
        var offered = ProposalSelection.Offer(sa.Connection.IkeProposals, Spi(_spi)).Proposals;
        if (response.OfType<SecurityAssociationPayload>().FirstOrDefault() is not { } answer || response.OfType<KeyExchangePayload>().FirstOrDefault() is not { } exchange
            || response.OfType<NoncePayload>().FirstOrDefault() is not { Nonce.Length: >= NoncePayload.MinimumLength and <= NoncePayload.MaximumLength } nonce)
        {
            context.Violation(ProtocolViolation.MissingPayload, sa.Remote, "IKE rekey response");
            return null;
        }
        if (!ProposalSelection.IsValidChoice(offered, answer) || answer.Proposals is not [{ Spi.Length: 8 } chosen] || !IkeAlgorithms.TryFrom(chosen, out var algorithms)
            || algorithms.KeyExchange.Id != own.Method || exchange.Method != own.Method
            || BinaryPrimitives.ReadUInt64BigEndian(chosen.Spi.Span) is var responderSpi && responderSpi == 0)
        {
            context.Violation(ProtocolViolation.ChoiceNotOffered, sa.Remote, "IKE rekey");
            return null;
        }
        if (!own.TryAgree(exchange.Data.Span, out var secret, out var reason))
        {
            context.Violation(ProtocolViolation.BadKeyExchangeData, sa.Remote, reason);
            return null;
        }
        lowerNonce = Collision.Lower(_nonce, nonce.Nonce);
        return Heir(context, sa, now, isInitiator: true, _spi, responderSpi, algorithms, secret, _nonce, nonce.Nonce);
    }

    /// <summary>Of two new IKE SAs the one with the lowest nonce goes, by who made it; the other has the children, and who made that deletes the old one.</summary>
    private static void Settle(IkeSa sa, DateTimeOffset now, IkeSa made, Octets lowerNonce)
    {
        if (sa.Successor is not null)
        {
            // The peer's has proved to be the one that counts.
            made.Retire(now);
            made.Delete(now);
        }
        else if (sa.Rival is not { } rival)
        {
            sa.HandOver(now, made);
            sa.Delete(now);
        }
        else if (Collision.Loses(lowerNonce, rival.LowerNonce))
        {
            sa.HandOver(now, rival.Made);
            made.Retire(now);
            made.Delete(now);
        }
        else
        {
            sa.HandOver(now, made);
            sa.Delete(now);
            rival.Made.Retire(now);
        }
    }

    private void Refused(IkeSa sa, DateTimeOffset now, NotifyPayload error, KeyExchangeId tried)
    {
        if (error.NotifyType == NotifyType.InvalidSyntax)
        {
            // Section 2.21.3: fatal on both ends.
            sa.Close("the peer answered INVALID_SYNTAX");
        }
        else if (sa.Rival is { } rival)
        {
            // Section 2.8.2: the peer has finished its own rekeying before it saw ours.
            sa.HandOver(now, rival.Made);
        }
        else if (IsUnwanted || sa.Successor is not null)
        {
            return;
        }
        else if (error.NotifyType == NotifyType.TemporaryFailure)
        {
            sa.PutOff(now, this);
        }
        else if (!_hasRetried && KeyExchangeNegotiation.Retry(error, sa.Connection.IkeProposals, tried) is { } wanted)
        {
            _hasRetried = true;
            _wanted = wanted;
            sa.Requests.Enqueue(now, this);
        }
        else
        {
            context.Notice(new IkeEvent.RekeyingFailed(sa.Connection.Name, NotifyPayload.NotifyName(error.NotifyType)));
        }
    }

    /// <summary>The new IKE SA, with message ids from 0 and a window of 1; who initiated the exchange is its original initiator.</summary>
    private static IkeSa Heir(
        IkeContext context, IkeSa old, DateTimeOffset now, bool isInitiator, ulong initiatorSpi, ulong responderSpi, IkeAlgorithms algorithms, byte[] secret,
        Octets initiatorNonce, Octets responderNonce)
    {
        var heir = new IkeSa(context, old.Connection, isInitiator, old.Local, old.Remote)
        {
            InitiatorSpi = initiatorSpi,
            ResponderSpi = responderSpi,
            LocalIsBehindNat = old.LocalIsBehindNat,
            RemoteIsBehindNat = old.RemoteIsBehindNat,
            AllowsFragments = old.AllowsFragments,
            Peer = old.Peer,
            PeerEntry = old.PeerEntry,
            IsAuthenticationInitiator = old.IsAuthenticationInitiator,
            Authentication = old.Authentication,
            Predecessor = isInitiator ? null : old,
        };
        heir.SetKeys(algorithms, IkeKeys.DeriveRekeyed(
            algorithms, old.Algorithms!.Prf, old.Keys!.SkD, secret, initiatorNonce.ToArray(), responderNonce.ToArray(), initiatorSpi, responderSpi));
        CryptographicOperations.ZeroMemory(secret);
        heir.Establish(now);
        context.Register(heir);
        // The initiator does not know the new SA before it has our response.
        if (heir.AnnounceWindow() is { IsEmpty: false } announcement)
            heir.Requests.EnqueueAt(isInitiator ? now : now + context.Options.RetransmissionInterval, new InformationalRequest(announcement));
        return heir;
    }

    private static Octets Spi(ulong spi)
    {
        var octets = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(octets, spi);
        return Octets.TakeOver(octets);
    }
}
