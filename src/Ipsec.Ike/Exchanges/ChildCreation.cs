using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>CREATE_CHILD_SA for a child SA as its initiator has it: a new one, or one that takes another's place (RFC 7296 sections 1.3.1 and 1.3.3).</summary>
internal sealed class ChildCreation : OwnExchange
{
    // SPIs that a peer may name while the exchange is under way; it has no reason for more than one.
    private const int MaximumStillborn = 64;

    private readonly IkeContext _context;
    private ChildTerms _terms;
    private readonly HashSet<uint> _stillborn = [];
    private uint _inboundSpi;
    private Octets _nonce;
    private KeyExchangeId? _method;
    private PrivateValue? _private;
    private bool _hasRetried;

    private ChildCreation(IkeContext context, ChildTerms terms, Child? replaced)
    {
        (_context, _terms, Replaced) = (context, terms, replaced);
        _method = terms.Proposals.IsEmpty ? null : KeyExchangeNegotiation.Preferred(terms.Proposals);
    }

    public static ChildCreation New(IkeContext context, ChildTerms terms) => new(context, terms, replaced: null);

    public static ChildCreation Rekeying(IkeContext context, IkeConnection connection, Child child) =>
        new(context, ChildTerms.ForRekeying(connection, child.Sa), child);

    public override ExchangeType Type => ExchangeType.CreateChildSa;

    public override bool ConcernsChildren => true;

    /// <summary>The child that the new one takes the place of; null for a new one.</summary>
    public Child? Replaced { get; }

    /// <summary>Old and new are to be deleted when the exchange is over.</summary>
    public bool IsUnwanted { get; set; }

    /// <summary>The peer has no longer an SA that isn't here yet: it may be the one that the response, still on its way, is about.</summary>
    public void DroppedByPeer(uint outboundSpi)
    {
        if (_stillborn.Count < MaximumStillborn)
            _stillborn.Add(outboundSpi);
    }

    public override ImmutableArray<Payload>? Start(IkeSa sa, DateTimeOffset now)
    {
        if (sa.State != IkeSaState.Established || Replaced is { State: not ChildState.Live })
            return null;
        if (Replaced is not null)
            Replaced.Rekeying = this;
        _inboundSpi = _context.NewChildSpi();
        _nonce = _context.NewNonce();
        _private = _method is { } method ? Algorithms.KeyExchange(method)?.Generate(_context.Random) : null;
        Payload[] exchange = _private is null
            ? [new NoncePayload(_nonce)]
            : [new NoncePayload(_nonce), new KeyExchangePayload(_private.Method, _private.PublicValue)];
        var offer = ChildNegotiation.Offer(_context, _terms, _inboundSpi, exchange);
        return Replaced is null ? offer : [new NotifyPayload(Replaced.Sa.Protocol, Spi(Replaced.Sa.InboundSpi), NotifyType.RekeySa, Octets.Empty), .. offer];
    }

    public override void Complete(IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> response)
    {
        if (Replaced is not null)
            Replaced.Rekeying = null;
        using var own = _private;
        _private = null;
        if (response.OfType<NotifyPayload>().FirstOrDefault(notify => notify.IsError) is { } error)
        {
            Release();
            Refused(sa, now, error);
            if (IsUnwanted && Replaced is not null)
                sa.DeleteChildren(now, Replaced);
            return;
        }
        sa.ForgetTemporaryFailures();
        if (Take(sa, now, response, own, out var failure) is { } child)
        {
            Settle(sa, now, child, response.OfType<NoncePayload>().First().Nonce);
            return;
        }
        Failed(sa, failure);
        sa.Requests.Enqueue(now, new StrayDeletion(_context, _terms.Proposals[0].Protocol, _inboundSpi));
    }

    public override void Abandon()
    {
        _private?.Dispose();
        Release();
    }

    /// <summary>Installs what the peer has agreed to; null with the reason if it can't be.</summary>
    private Child? Take(IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> response, PrivateValue? own, out string failure)
    {
        if (response.OfType<NoncePayload>().FirstOrDefault() is not { Nonce.Length: >= NoncePayload.MinimumLength and <= NoncePayload.MaximumLength } nonce)
        {
            _context.Violation(ProtocolViolation.BadNonceLength, sa.Remote, "CREATE_CHILD_SA");
            failure = "the response has no nonce of a right length";
            return null;
        }
        byte[] secret = [];
        if (own is not null && response.OfType<KeyExchangePayload>().FirstOrDefault() is { } exchange)
        {
            if (exchange.Method != own.Method || !own.TryAgree(exchange.Data.Span, out var agreed, out _))
            {
                _context.Violation(ProtocolViolation.BadKeyExchangeData, sa.Remote, "CREATE_CHILD_SA");
                failure = "the peer's key exchange data is wrong";
                return null;
            }
            secret = agreed;
        }
        var method = secret.Length > 0 ? own!.Method : (KeyExchangeId?)null;
        var child = ChildNegotiation.Complete(
            _context, sa, now, _terms, response, _inboundSpi, method, new(_nonce, nonce.Nonce, secret), Replaced, out failure);
        CryptographicOperations.ZeroMemory(secret);
        return child;
    }

    /// <summary>The new child is there: what it makes superfluous goes (RFC 7296 sections 2.8 and 2.8.1).</summary>
    private void Settle(IkeSa sa, DateTimeOffset now, Child child, Octets responderNonce)
    {
        if (_stillborn.Contains(child.Sa.OutboundSpi))
            sa.DeleteChildren(now, child);
        if (Replaced is null)
            return;
        if (IsUnwanted)
        {
            sa.DeleteChildren(now, child, Replaced);
        }
        else if (Replaced.Rival is { } rival && Collision.Loses(Collision.Lower(_nonce, responderNonce), rival.LowerNonce))
        {
            sa.DeleteChildren(now, child);
            sa.AwaitDeletion(now, Replaced);
        }
        else
        {
            if (Replaced.Rival is { } loser)
                sa.AwaitDeletion(now, loser.Made);
            sa.DeleteChildren(now, Replaced);
        }
    }

    private void Refused(IkeSa sa, DateTimeOffset now, NotifyPayload error)
    {
        if (error.NotifyType == NotifyType.InvalidSyntax)
        {
            // Section 2.21.3: fatal on both ends.
            sa.Close("the peer answered INVALID_SYNTAX");
        }
        else if (Replaced?.Rival is not null)
        {
            // Section 2.8.1: the peer's own rekeying has settled the matter.
            sa.AwaitDeletion(now, Replaced);
        }
        else if (error.NotifyType == NotifyType.TemporaryFailure)
        {
            sa.PutOff(now, this);
        }
        else if (error.NotifyType == NotifyType.ChildSaNotFound && Replaced is not null)
        {
            // Section 2.25: it is gone at the peer; what is still wanted here is made anew.
            if (!sa.Children.Contains(Replaced))
                return;
            sa.RemoveChild(Replaced);
            if (!IsUnwanted)
                sa.Requests.Enqueue(now, New(_context, _terms));
        }
        else if (error.NotifyType == NotifyType.NoAdditionalSas && Replaced is not null)
        {
            // Section 4: what can't be rekeyed is made anew, under a new IKE SA, and the old one deleted.
            Failed(sa, NotifyPayload.NotifyName(error.NotifyType));
            sa.StartAnew(now);
        }
        else if (!_hasRetried && KeyExchangeNegotiation.Retry(error, _terms.Proposals, _method) is { } wanted)
        {
            _hasRetried = true;
            _method = wanted;
            sa.Requests.Enqueue(now, this);
        }
        else if (error.NotifyType == NotifyType.SinglePairRequired && _terms.ForPairOfPacket() is { } pair)
        {
            // Section 2.9: what is asked for now is for the packet alone.
            _terms = pair;
            sa.Requests.Enqueue(now, this);
        }
        else
        {
            Failed(sa, NotifyPayload.NotifyName(error.NotifyType));
        }
    }

    private void Release()
    {
        _context.ReleaseChildSpi(_inboundSpi);
        _inboundSpi = 0;
    }

    private void Failed(IkeSa sa, string reason)
    {
        if (Replaced is not null)
            Replaced.RekeyingFailed = true;
        _context.Notice(new IkeEvent.ChildFailed(sa.Connection.Name, reason));
    }

    private static Octets Spi(uint spi)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, spi);
        return Octets.TakeOver(octets);
    }
}
