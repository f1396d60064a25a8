using System.Buffers.Binary;
using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>The peer's CREATE_CHILD_SA requests (RFC 7296 section 1.3), and what becomes of them when they meet exchanges of ours (section 2.25).</summary>
internal static class CreateChildResponder
{
    public static void HandleRequest(IkeContext context, IkeSa sa, DateTimeOffset now, IkeHeader header, ImmutableArray<Payload> request)
    {
        var answer = Answer(context, sa, now, request);
        sa.Respond(header, answer);
        // Section 2.21.3: fatal on both ends.
        if (answer is [NotifyPayload { NotifyType: NotifyType.InvalidSyntax }])
            sa.Close("the peer's CREATE_CHILD_SA request makes no sense");
    }

    private static ImmutableArray<Payload> Answer(IkeContext context, IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> request)
    {
        if (request.OfType<SecurityAssociationPayload>().FirstOrDefault() is not { } offer || request.OfType<NoncePayload>().FirstOrDefault() is not { } nonce)
        {
            context.Violation(ProtocolViolation.MissingPayload, sa.Remote, "CREATE_CHILD_SA");
            return [new NotifyPayload(NotifyType.InvalidSyntax)];
        }
        if (nonce.Nonce.Length is < NoncePayload.MinimumLength or > NoncePayload.MaximumLength)
        {
            context.Violation(ProtocolViolation.BadNonceLength, sa.Remote, $"{nonce.Nonce.Length}");
            return [new NotifyPayload(NotifyType.InvalidSyntax)];
        }
        // An SA that is to be closed, or has a successor, gets no new ones.
        if (sa.State != IkeSaState.Established)
            return TemporaryFailure;
        sa.ClaimChildren(now);
        if (offer.Proposals.Any(proposal => proposal.Protocol == ProtocolId.Ike))
            return IsBusy(sa) ? TemporaryFailure : IkeRekeying.Accept(context, sa, now, request);
        // Section 2.25.2: no changes to children while it is open which IKE SA inherits them.
        if (sa.Rekeying is not null)
            return TemporaryFailure;
        if (request.OfType<NotifyPayload>().FirstOrDefault(notify => notify.NotifyType == NotifyType.RekeySa) is { } rekey)
            return RekeyChild(context, sa, now, request, rekey, nonce);
        if (sa.Children.Count >= context.Options.MaximumChildren)
            return [new NotifyPayload(NotifyType.NoAdditionalSas)];
        var configuration = ConfigurationExchange.Answer(context, sa, request, out var failure);
        if (failure is not null)
            return [failure];
        ChildNegotiation.Accept(context, sa, now, ChildTerms.ForFurther(sa), request, new(context.NewNonce()), replaced: null, out var answer);
        return [.. configuration, .. answer];
    }

    /// <summary>Section 2.25.1: a child SA is being created, rekeyed or closed by us; or the peer has rekeyed this IKE SA already.</summary>
    private static bool IsBusy(IkeSa sa) => sa.Rival is not null || sa.Requests.Outstanding.Any(exchange => exchange.ConcernsChildren);

    private static ImmutableArray<Payload> RekeyChild(
        IkeContext context, IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> request, NotifyPayload rekey, NoncePayload nonce)
    {
        var outbound = rekey.Spi.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(rekey.Spi.Span) : 0;
        if (sa.Children.Find(child => child.Sa.OutboundSpi == outbound && child.Sa.Protocol == rekey.Protocol) is not { } old)
        {
            // The peer drops it now (section 2.25), so it must not come to be when the response to a request of ours tells of it.
            foreach (var creation in sa.Requests.Outstanding.OfType<ChildCreation>())
                creation.DroppedByPeer(outbound);
            return [new NotifyPayload(rekey.Protocol, rekey.Spi, NotifyType.ChildSaNotFound, default)];
        }
        if (old.State != ChildState.Live || old.Rival is not null)
            return TemporaryFailure;
        var own = new NoncePayload(context.NewNonce());
        if (ChildNegotiation.Accept(context, sa, now, ChildTerms.ForFurther(sa), request, own, old, out var answer) is not { } made)
            return answer;
        if (old.Rekeying is not null)
            old.Rival = new(made, Collision.Lower(nonce.Nonce, own.Nonce));
        else
            sa.AwaitDeletion(now, old);
        return answer;
    }

    private static ImmutableArray<Payload> TemporaryFailure => [new NotifyPayload(NotifyType.TemporaryFailure)];
}
