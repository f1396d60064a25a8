using System.Collections.Immutable;
using System.Net;
using Ipsec.Crypto;
using Ipsec.Packets;
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
    /// <param name="IsSending">False where only the inbound SA is used yet: what it replaces goes on sending until <see cref="StartSending"/>.</param>
    public sealed record Install(ChildSa Child, ChildKeys Keys, bool IsSending) : IkeEffect;

    /// <summary>The outbound SA is used from now on.</summary>
    public sealed record StartSending(ChildSa Child) : IkeEffect;

    /// <summary>The outbound SA is not used any more; the inbound one still is.</summary>
    public sealed record StopSending(ChildSa Child) : IkeEffect;

    /// <summary>The peer's address or port has changed: the SAs are the same, their ends are not.</summary>
    public sealed record Move(ChildSa Before, ChildSa After) : IkeEffect;

    /// <summary>Remove both directions of a child SA.</summary>
    public sealed record Remove(ChildSa Child) : IkeEffect;

    /// <summary>An IKE SA got its keys: for a key log, if one was asked for. The keys are borrowed.</summary>
    public sealed record KeysDerived(ulong InitiatorSpi, ulong ResponderSpi, IkeAlgorithms Algorithms, IkeKeys Keys) : IkeEffect;

    /// <summary>A gateway has given this end addresses: they are its own from now on, for the connection's traffic.</summary>
    public sealed record Configure(string Connection, InternalConfiguration Configuration) : IkeEffect;

    /// <summary>These addresses are not this end's any more.</summary>
    public sealed record Unconfigure(string Connection, ImmutableArray<IPAddress> Addresses) : IkeEffect;

    /// <summary>
    /// Ask for what is at this URL over HTTP, and nowhere but where certificates may be: <see cref="IkeEndpoint.TakeLookup"/> is told what came. The URL is a peer's
    /// that has not been authenticated.
    /// </summary>
    /// <param name="Id">Unique at the endpoint.</param>
    /// <param name="Url">Printable ASCII, scheme "http".</param>
    /// <param name="MaximumLength">Octets; of more nobody wants to know.</param>
    public sealed record LookUp(ulong Id, string Url, int MaximumLength) : IkeEffect;

    /// <summary>Nobody waits for this any more.</summary>
    public sealed record StopLookingUp(ulong Id) : IkeEffect;

    public sealed record Notice(IkeEvent Event) : IkeEffect;
}

/// <summary>A pair of ESP or AH SAs.</summary>
/// <param name="Algorithms">Of AH: NULL encryption, and the integrity algorithm.</param>
/// <param name="IsExchangeInitiator">Whether this end initiated the exchange that made it: says which keys are whose.</param>
/// <param name="UdpPorts">UDP ports (local, remote) where ESP goes in UDP, else null.</param>
public sealed record ChildSa(
    string Connection, ProtocolId Protocol, uint InboundSpi, uint OutboundSpi, EspAlgorithms Algorithms, bool TransportMode, bool IsExchangeInitiator,
    IPAddress Local, IPAddress Remote, (ushort Local, ushort Remote)? UdpPorts,
    ImmutableArray<TrafficSelector> LocalTraffic, ImmutableArray<TrafficSelector> RemoteTraffic, PeerAuthentication Peer)
{
    /// <summary>Transport mode through a NAT: the addresses that the peer sends from and to; null where they arrive as they were sent.</summary>
    public OriginalAddresses? Original { get; init; }

    /// <summary>Both ends agreed on fragments but the first, although it is for particular ports (RFC 4301 section 7.3).</summary>
    public bool NonFirstFragmentsAlso { get; init; }

    /// <summary>CPIs of IPComp with DEFLATE inside of the pair (RFC 7296 section 2.22); null without.</summary>
    public (ushort Inbound, ushort Outbound)? Cpis { get; init; }

    /// <summary>The peer takes no TFC padding (RFC 7296 section 1.3.1).</summary>
    public bool PeerRefusesFlowPadding { get; init; }
}

/// <summary>Addresses of a peer's packets before any NAT changed them (RFC 7296 section 2.23.1; what RFC 3948 section 3.1.2 calls the real ones).</summary>
public sealed record OriginalAddresses(IPAddress Source, IPAddress Destination);

/// <summary>An IKE SA as a user sees it.</summary>
/// <param name="IsInitiator">Whether this end is its original initiator.</param>
/// <param name="IsEstablished">False before it is authenticated, and when it has been replaced or is being closed.</param>
/// <param name="Peer">Null until the peer is authenticated.</param>
public sealed record IkeSaInfo(string Connection, ulong InitiatorSpi, ulong ResponderSpi, bool IsInitiator, bool IsEstablished, PeerAuthentication? Peer);

/// <summary>Who authenticated, and how: what an application wants to know of the traffic that it gets.</summary>
public sealed record PeerAuthentication(string Identity, IdentificationType IdentityType, AuthenticationMethod Method)
{
    /// <summary>Who has proved nothing (RFC 7619), whatever it called itself.</summary>
    public static PeerAuthentication Nobody { get; } = new("", IdentificationType.Null, AuthenticationMethod.NullAuthentication);

    public bool IsAnonymous => Method == AuthenticationMethod.NullAuthentication;

    /// <summary>The verified certificates, DER: the peer's own first, the trust anchor last; empty without certificates.</summary>
    public ImmutableArray<Octets> Chain { get; init; } = [];

    /// <summary>The same identity, however it was proved. Of two who have proved none nobody knows (RFC 7619 section 2.3).</summary>
    public bool IsSame(PeerAuthentication other) => !IsAnonymous && (Identity, IdentityType) == (other.Identity, other.IdentityType);
}

/// <summary>What happened, for logs and for a user who waits.</summary>
public abstract record IkeEvent
{
    private IkeEvent()
    {
    }

    public sealed record Established(string Connection, ulong InitiatorSpi, ulong ResponderSpi, PeerAuthentication Peer) : IkeEvent;

    /// <summary>A new IKE SA took the place of one, with its children.</summary>
    public sealed record Rekeyed(string Connection, ulong InitiatorSpi, ulong ResponderSpi) : IkeEvent;

    /// <summary>The peer would not rekey the IKE SA.</summary>
    public sealed record RekeyingFailed(string Connection, string Reason) : IkeEvent;

    public sealed record ChildFailed(string Connection, string Reason) : IkeEvent;

    public sealed record Failed(string Connection, string Reason) : IkeEvent;

    public sealed record Closed(string Connection, string Reason) : IkeEvent;

    public sealed record PeerAlive(string Connection) : IkeEvent;

    /// <summary>A peer (or somebody in its name) broke the protocol.</summary>
    public sealed record Misbehaved(ProtocolViolation Violation, IPEndPoint Remote, string Detail) : IkeEvent;
}
