using System.Buffers.Binary;
using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>AUTH_LIFETIME (RFC 4478): the responder says for how many seconds it believes in the initiator, which authenticates again before that.</summary>
internal static class Reauthentication
{
    // How much of the time the initiator lets pass.
    private const double SoftPart = 0.8;

    /// <summary>As the responder: starts the time, and says so.</summary>
    public static ImmutableArray<Payload> Announce(IkeContext context, IkeSa sa, DateTimeOffset now)
    {
        if (context.Options.AuthenticationLifetime is not { } lifetime)
            return [];
        sa.Authentication = new(null, now + lifetime);
        var seconds = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(seconds, (uint)lifetime.TotalSeconds);
        return [new NotifyPayload(NotifyType.AuthLifetime, seconds)];
    }

    /// <summary>As the original initiator: notes when to authenticate again.</summary>
    public static void TakeLifetime(IkeContext context, IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> payloads)
    {
        if (!sa.IsAuthenticationInitiator
            || payloads.OfType<NotifyPayload>().FirstOrDefault(notify => notify.NotifyType == NotifyType.AuthLifetime) is not { Data: { Length: 4 } data })
            return;
        var lifetime = TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(data.Span));
        // No hard limit: it is the responder that deletes what was not authenticated again in time, and after a lifetime of zero it allows some (section 2).
        sa.Authentication = Lifetime.Start(now, lifetime * SoftPart, null, context);
    }

    /// <summary>A new IKE SA from scratch takes the place of an old one: it gets the further children, then the old one is deleted (RFC 7296 section 2.8.3).</summary>
    public static void Supersede(IkeContext context, IkeSa sa, IkeSa predecessor, DateTimeOffset now)
    {
        while (predecessor.Successor is { } heir)
            predecessor = heir;
        var further = predecessor.Children.Where(child => child.State == ChildState.Live && !sa.Children.Any(first => IsSame(first.Sa, child.Sa)));
        foreach (var child in further.ToArray())
            sa.Requests.Enqueue(now, ChildCreation.New(context, ChildTerms.ForRekeying(sa.Connection, child.Sa)));
        sa.Requests.Enqueue(now, new Farewell(predecessor));
    }

    private static bool IsSame(ChildSa left, ChildSa right) =>
        left.LocalTraffic.SequenceEqual(right.LocalTraffic) && left.RemoteTraffic.SequenceEqual(right.RemoteTraffic);

    /// <summary>No exchange of the new SA but the end of its others: then the old SA goes.</summary>
    private sealed class Farewell(IkeSa predecessor) : OwnExchange
    {
        public override ExchangeType Type => ExchangeType.Informational;

        public override bool IsExclusive => true;

        public override bool ConcernsChildren => true;

        public override ImmutableArray<Payload>? Start(IkeSa sa, DateTimeOffset now)
        {
            var last = predecessor;
            while (last.Successor is { } heir)
                last = heir;
            last.Delete(now);
            return null;
        }

        public override void Complete(IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> response)
        {
        }
    }
}
