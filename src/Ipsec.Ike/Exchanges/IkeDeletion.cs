using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>Deletes the IKE SA that carries it: the last request on it (RFC 7296 sections 1.4.1 and 2.8).</summary>
internal sealed class IkeDeletion : OwnExchange
{
    public override ExchangeType Type => ExchangeType.Informational;

    public override bool IsExclusive => true;

    public override ImmutableArray<Payload>? Start(IkeSa sa, DateTimeOffset now) => [DeletePayload.IkeSa];

    public override void Complete(IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> response) => sa.Close("deleted");

    public override void TimeOut(IkeSa sa, DateTimeOffset now) => sa.Close("deleted; the peer did not answer");
}
