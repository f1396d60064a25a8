using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>
/// An exchange that this end wants, from the wish to its end. It waits until the window has room; its request is made only then, so that it is about the
/// SAs as they are at that time. What concerns children goes on under the successor when the IKE SA is rekeyed.
/// </summary>
internal abstract class OwnExchange
{
    public abstract ExchangeType Type { get; }

    /// <summary>Whether it goes alone: after all others have their answers, and before any further one.</summary>
    public virtual bool IsExclusive => false;

    /// <summary>Whether it creates, rekeys or closes a child SA (RFC 7296 section 2.25.1).</summary>
    public virtual bool ConcernsChildren => false;

    /// <summary>The request's payloads; null where there is no reason for the exchange any more.</summary>
    public abstract ImmutableArray<Payload>? Start(IkeSa sa, DateTimeOffset now);

    /// <summary>The authentic response is here.</summary>
    public abstract void Complete(IkeSa sa, DateTimeOffset now, ImmutableArray<Payload> response);

    /// <summary>No response came: as a rule the peer is dead (RFC 7296 section 2.4).</summary>
    public virtual void TimeOut(IkeSa sa, DateTimeOffset now) => sa.Close("the peer does not answer");

    /// <summary>The IKE SA is gone before the response: gives back what the exchange holds.</summary>
    public virtual void Abandon()
    {
    }
}
