using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>An INFORMATIONAL request about nothing that is kept here: a liveness check where it is empty, else notifications (RFC 7296 sections 1.4 and 2.4).</summary>
/// <param name="finished">Called when the response is there.</param>
/// <param name="timedOut">Called when none came; by default the SA is closed, as the peer is dead.</param>
internal sealed class InformationalRequest(ImmutableArray<Payload> payloads, Action? finished = null, Action? timedOut = null) : OwnExchange
{
    public override ExchangeType Type => ExchangeType.Informational;

    public override ImmutableArray<Payload>? Start(IkeSa sa, DateTimeOffset now) => payloads;

    public override void Complete(IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> response) => finished?.Invoke();

    public override void TimeOut(IkeSa sa, DateTimeOffset now)
    {
        if (timedOut is not null)
            timedOut();
        else
            base.TimeOut(sa, now);
    }
}
