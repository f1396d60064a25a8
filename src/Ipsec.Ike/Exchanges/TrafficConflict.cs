using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>
/// Two peers that ask for the same traffic (RFC 3948 sections 5.1 and 5.2): behind NATs they may have the same inner address, or the same outer one. Nothing in a
/// packet would say whose SA it is for, so who comes later is refused. Without a NAT addresses say who is who, and the newest SA counts.
/// </summary>
internal static class TrafficConflict
{
    /// <summary>The identity that already has a child SA for some of this traffic and is another's than the peer's; null if there is none.</summary>
    public static string? Find(IkeContext context, IkeSa sa, ImmutableArray<TrafficSelector> local, ImmutableArray<TrafficSelector> remote)
    {
        if (!context.Options.RefusesConflictingPeers)
            return null;
        foreach (var other in context.Sas.Values)
        {
            if (IsSamePeer(sa, other) || !(IsThroughNat(sa) || IsThroughNat(other)))
                continue;
            if (other.Children.Any(child => child.State == ChildState.Live
                && TrafficSelectorNarrowing.Overlap(local, child.Sa.LocalTraffic) && TrafficSelectorNarrowing.Overlap(remote, child.Sa.RemoteTraffic)))
                return other.Peer!.Identity;
        }
        return null;
    }

    /// <summary>Who has proved no identity is known by where it is.</summary>
    private static bool IsSamePeer(IkeSa sa, IkeSa other) =>
        other.Peer is null || other.Peer.IsSame(sa.Peer!) || (other.Peer.IsAnonymous && sa.Peer!.IsAnonymous && other.Remote.Equals(sa.Remote));

    private static bool IsThroughNat(IkeSa sa) => sa.LocalIsBehindNat || sa.RemoteIsBehindNat;
}
