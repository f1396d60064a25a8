using System.Buffers.Binary;
using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>The peer's INFORMATIONAL requests: liveness, deletion, news of the authentication (RFC 7296 sections 1.4 and 2.4, RFC 4478).</summary>
internal static class Informational
{
    public static void HandleRequest(IkeContext context, IkeSa sa, DateTimeOffset now, IkeHeader header, ImmutableArray<Payload> request)
    {
        if (request.OfType<DeletePayload>().Any(delete => delete.Protocol == ProtocolId.Ike))
        {
            sa.Respond(header, []);
            sa.GiveWay(now, "deleted by the peer");
            return;
        }
        if (request.OfType<NotifyPayload>().Any(notify => notify.NotifyType == NotifyType.AuthenticationFailed))
        {
            // Section 2.21.2: an initiator that does not believe us says so here, and the SA is gone without a delete.
            sa.Respond(header, []);
            sa.Close("the peer answered AUTHENTICATION_FAILED");
            return;
        }
        Reauthentication.TakeLifetime(context, sa, now, request);
        if (request.OfType<DeletePayload>().Any())
            sa.ClaimChildren(now);
        // Section 3.15.4: an address may be asked for here, too, where IKE_AUTH brought none.
        ImmutableArray<Payload> configuration = request.OfType<ConfigurationPayload>().Any()
            ? [.. ConfigurationExchange.Answer(context, sa.Successor ?? sa, request, out var failure), .. failure is null ? ImmutableArray<Payload>.Empty : [failure]]
            : [];
        sa.Respond(header, [.. configuration, .. DeleteChildren(sa, request)]);
        sa.Requests.Pump(now);
    }

    /// <summary>
    /// Section 1.4.1: each SPI in the request is of an SA that we send on; the answer names the other half of each pair, but for those that we have asked to
    /// delete as well: the answer to that is still to come.
    /// </summary>
    private static IEnumerable<Payload> DeleteChildren(IkeSa sa, ImmutableArray<Payload> request)
    {
        var holder = sa.Successor ?? sa;
        var answered = new List<ChildSa>();
        foreach (var delete in request.OfType<DeletePayload>().Where(delete => delete.SpiSize == 4))
        {
            foreach (var spi in delete.Spis)
            {
                var outbound = BinaryPrimitives.ReadUInt32BigEndian(spi.Span);
                if (holder.Children.Find(child => child.Sa.OutboundSpi == outbound && child.Sa.Protocol == delete.Protocol) is not { } child)
                {
                    foreach (var creation in sa.Requests.Outstanding.OfType<ChildCreation>())
                        creation.DroppedByPeer(outbound);
                    continue;
                }
                if (child.IsHalfClosed)
                    continue;
                answered.Add(child.Sa);
                holder.RemoveChild(child);
            }
        }
        return ChildDeletion.Payloads(answered);
    }
}
