using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>Deletes child SAs and tells the peer (RFC 7296 section 1.4.1): nothing is sent on them from the request on, received until the response.</summary>
internal sealed class ChildDeletion(IReadOnlyList<Child> children) : OwnExchange
{
    private Child[] _named = [];

    public override ExchangeType Type => ExchangeType.Informational;

    public override bool ConcernsChildren => true;

    public override ImmutableArray<Payload>? Start(IkeSa sa, DateTimeOffset now)
    {
        // The peer may have been first.
        _named = [.. children.Where(child => child.State == ChildState.Deleting)];
        if (_named.Length == 0)
            return null;
        foreach (var child in _named)
            sa.HalfClose(child);
        return [.. Payloads(_named.Select(child => child.Sa))];
    }

    public override void Complete(IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> response)
    {
        foreach (var child in _named)
            sa.RemoveChild(child);
    }

    /// <summary>A Delete payload for each protocol, with the SPIs of the inbound SAs.</summary>
    public static IEnumerable<Payload> Payloads(IEnumerable<ChildSa> children) =>
        children.GroupBy(child => child.Protocol, child => child.InboundSpi).Select(group => DeletePayload.Esp([.. group]) with { Protocol = group.Key });
}

/// <summary>Deletes at the peer what it believes in and this end does not have: it granted a child SA in a way that can't be used (RFC 7296 section 1.3.1).</summary>
internal sealed class StrayDeletion(IkeContext context, ProtocolId protocol, uint inboundSpi) : OwnExchange
{
    public override ExchangeType Type => ExchangeType.Informational;

    public override bool ConcernsChildren => true;

    public override ImmutableArray<Payload>? Start(IkeSa sa, DateTimeOffset now) => [DeletePayload.Esp(inboundSpi) with { Protocol = protocol }];

    public override void Complete(IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> response) => Abandon();

    public override void Abandon() => context.ReleaseChildSpi(inboundSpi);
}
