using System.Buffers.Binary;
using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>INFORMATIONAL exchanges: liveness and deletion (RFC 7296 sections 1.4 and 2.4).</summary>
internal static class Informational
{
    public static void HandleRequest(IkeSa sa, IkeHeader header, ImmutableArray<Payload> request)
    {
        if (request.OfType<DeletePayload>().Any(delete => delete.Protocol == ProtocolId.Ike))
        {
            sa.Respond(header, []);
            sa.Close("deleted by the peer");
            return;
        }
        if (request.OfType<NotifyPayload>().Any(notify => notify.NotifyType == NotifyType.AuthenticationFailed))
        {
            // Section 2.21.2: an initiator that does not believe us says so here, and the SA is gone without a delete.
            sa.Respond(header, []);
            sa.Close("the peer answered AUTHENTICATION_FAILED");
            return;
        }
        sa.Respond(header, DeleteChildren(sa, request));
    }

    /// <summary>Deletes children of ours and says so.</summary>
    public static void SendDelete(IkeSa sa, DateTimeOffset now, IReadOnlyList<ChildSa> children)
    {
        if (children.Count == 0)
            return;
        uint[] spis = [.. children.Select(child => child.InboundSpi)];
        sa.SendRequest(now, ExchangeType.Informational, [DeletePayload.Esp(spis)], (_, _) => RemoveAll());

        // Section 1.4.1: half-closed until the answer comes; nothing is sent on them any more, so both halves go at once here.
        RemoveAll();

        void RemoveAll()
        {
            foreach (var child in children)
                sa.RemoveChild(child);
        }
    }

    /// <summary>Deletes the IKE SA and says so.</summary>
    public static void SendDelete(IkeSa sa, DateTimeOffset now)
    {
        foreach (var child in sa.Children.ToArray())
            sa.RemoveChild(child);
        sa.State = IkeSaState.Closing;
        sa.SendRequest(
            now, ExchangeType.Informational, [DeletePayload.IkeSa],
            (_, _) => sa.Close("deleted"), _ => sa.Close("deleted; the peer did not answer"));
    }

    /// <summary>Section 1.4.1: each SPI in the request is of an SA that we send on; the answer names the other half of each pair.</summary>
    private static ImmutableArray<Payload> DeleteChildren(IkeSa sa, ImmutableArray<Payload> request)
    {
        var answered = new List<uint>();
        foreach (var delete in request.OfType<DeletePayload>().Where(delete => delete.Protocol == ProtocolId.Esp && delete.SpiSize == 4))
        {
            foreach (var spi in delete.Spis)
            {
                var outbound = BinaryPrimitives.ReadUInt32BigEndian(spi.Span);
                if (sa.Children.FirstOrDefault(child => child.OutboundSpi == outbound) is not { } child)
                    continue;
                answered.Add(child.InboundSpi);
                sa.RemoveChild(child);
            }
        }
        return answered.Count == 0 ? [] : [DeletePayload.Esp([.. answered])];
    }
}
