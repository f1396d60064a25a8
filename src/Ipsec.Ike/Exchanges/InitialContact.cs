using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>INITIAL_CONTACT in IKE_AUTH: this is the only IKE SA between the two identities (RFC 7296 section 2.4).</summary>
internal static class InitialContact
{
    /// <summary>The notification, if there is no other IKE SA with the peer.</summary>
    public static ImmutableArray<Payload> Announce(IkeContext context, IkeSa sa) =>
        context.Options.SendsInitialContact && !context.Sas.Values.Any(other => other != sa && other.Peer is not null && other.Connection.RemoteIdentity == sa.Connection.RemoteIdentity)
            ? [new NotifyPayload(NotifyType.InitialContact)]
            : [];

    /// <summary>Drops what is left of other IKE SAs with the peer that has just been authenticated. It has forgotten them, so nothing is said.</summary>
    public static void Take(IkeContext context, IkeSa sa, ImmutableArray<Payload> payloads)
    {
        if (!payloads.OfType<NotifyPayload>().Any(notify => notify.NotifyType == NotifyType.InitialContact))
            return;
        foreach (var other in context.Sas.Values.Where(other => other != sa && other.Peer is { } peer && peer.IsSame(sa.Peer!)).ToArray())
            other.Close("the peer has started anew");
    }
}
