using System.Collections.Immutable;
using System.Net;
using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>What an endpoint wants done. Drained in order after each call.</summary>
public abstract record IkeEffect
{
    private IkeEffect()
    {
    }

    /// <summary>Send this IKE message; the sender adds the non-ESP marker on port 4500.</summary>
    public sealed record Send(IPEndPoint Local, IPEndPoint Remote, byte[] Message) : IkeEffect;

    /// <summary>Install both directions of a child SA. Whoever takes it owns the keys and disposes them.</summary>
    public sealed record Install(ChildSa Child, ChildKeys Keys) : IkeEffect;

    /// <summary>Remove both directions of a child SA.</summary>
    public sealed record Remove(ChildSa Child) : IkeEffect;

    /// <summary>An IKE SA got its keys: for a key log, if one was asked for. The keys are borrowed.</summary>
    public sealed record KeysDerived(ulong InitiatorSpi, ulong ResponderSpi, IkeAlgorithms Algorithms, IkeKeys Keys) : IkeEffect;

    public sealed record Notice(IkeEvent Event) : IkeEffect;
}

/// <summary>A pair of ESP SAs.</summary>
/// <param name="IsExchangeInitiator">Whether this end initiated the exchange that made it: says which keys are whose.</param>
/// <param name="UdpPorts">UDP ports (local, remote) where ESP goes in UDP, else null.</param>
public sealed record ChildSa(
    string Connection, uint InboundSpi, uint OutboundSpi, EspAlgorithms Algorithms, bool TransportMode, bool IsExchangeInitiator,
    IPAddress Local, IPAddress Remote, (ushort Local, ushort Remote)? UdpPorts,
    ImmutableArray<TrafficSelector> LocalTraffic, ImmutableArray<TrafficSelector> RemoteTraffic, PeerAuthentication Peer);

/// <summary>Who authenticated, and how: what an application wants to know of the traffic that it gets.</summary>
public sealed record PeerAuthentication(string Identity, IdentificationType IdentityType, AuthenticationMethod Method);

/// <summary>What happened, for logs and for a user who waits.</summary>
public abstract record IkeEvent
{
    private IkeEvent()
    {
    }

    public sealed record Established(string Connection, ulong InitiatorSpi, ulong ResponderSpi, PeerAuthentication Peer) : IkeEvent;

    public sealed record ChildFailed(string Connection, string Reason) : IkeEvent;

    public sealed record Failed(string Connection, string Reason) : IkeEvent;

    public sealed record Closed(string Connection, string Reason) : IkeEvent;

    public sealed record PeerAlive(string Connection) : IkeEvent;

    /// <summary>A peer (or somebody in its name) broke the protocol.</summary>
    public sealed record Misbehaved(ProtocolViolation Violation, IPEndPoint Remote, string Detail) : IkeEvent;
}
