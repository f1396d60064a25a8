using System.Collections.Immutable;

namespace Ipsec.Ike;

/// <summary>Limits and timers of an endpoint.</summary>
public sealed record IkeOptions
{
    /// <summary>Wait before the first retransmission of a request; it doubles with each (RFC 7296 section 2.4 leaves the times to us).</summary>
    public TimeSpan RetransmissionInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a request is sent in all before the peer counts as dead.</summary>
    public int RequestAttempts { get; init; } = 6;

    /// <summary>A responder forgets an IKE SA that is not authenticated by then.</summary>
    public TimeSpan HalfOpenLifetime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From this many half-open IKE SAs on, initiators must return a cookie (RFC 7296 section 2.6). 0: always.</summary>
    public int CookieThreshold { get; init; } = 16;

    /// <summary>More half-open IKE SAs than this are refused silently: memory stays bounded.</summary>
    public int MaximumHalfOpen { get; init; } = 1024;

    /// <summary>Unprotected error notifications sent per second at most (RFC 7296 section 2.21.4).</summary>
    public int UnprotectedErrorsPerSecond { get; init; } = 20;

    /// <summary>Notifications of packets with unknown SPIs and outside of their SAs' selectors, sent per second at most, to all peers (RFC 7296 section 2.21.4).</summary>
    public int ComplaintsPerSecond { get; init; } = 2;

    /// <summary>Silence after which the peer is asked whether it is alive; null never asks (RFC 7296 section 2.4).</summary>
    public TimeSpan? LivenessInterval { get; init; }

    /// <summary>Requests that the peer may have under way at once; above 1 it is told so (RFC 7296 section 2.3).</summary>
    public int WindowSize { get; init; } = 1;

    /// <summary>Requests of this end under way at once at most, whatever more the peer permits.</summary>
    public int MaximumOutstandingRequests { get; init; } = 16;

    /// <summary>Child SAs of one IKE SA; more are refused with NO_ADDITIONAL_SAS (RFC 7296 section 1.3).</summary>
    public int MaximumChildren { get; init; } = 1024;

    /// <summary>Age at which a child SA is rekeyed; null for never (RFC 7296 section 2.8).</summary>
    public TimeSpan? ChildSoftLifetime { get; init; }

    /// <summary>Age at which a child SA is deleted; null for never.</summary>
    public TimeSpan? ChildHardLifetime { get; init; }

    /// <summary>Age at which an IKE SA is rekeyed; null for never.</summary>
    public TimeSpan? IkeSoftLifetime { get; init; }

    /// <summary>Age at which an IKE SA is deleted with its children; null for never.</summary>
    public TimeSpan? IkeHardLifetime { get; init; }

    /// <summary>The part of a soft lifetime, from 0 to 1, by which chance may shorten it (RFC 7296 section 2.8.1).</summary>
    public double LifetimeJitter { get; init; } = 0.1;

    /// <summary>How long the peer that is to delete what has been rekeyed has time for it; then this end does.</summary>
    public TimeSpan ReplacedLifetime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Least wait before a request that was answered with TEMPORARY_FAILURE is tried again; up to twice that (RFC 7296 section 2.25).</summary>
    public TimeSpan TemporaryFailureWait { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>When nothing but TEMPORARY_FAILURE has come for so long, the IKE SA is closed.</summary>
    public TimeSpan TemporaryFailureLimit { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>As a responder: how long an initiator's authentication counts, which it is told (RFC 4478); null for ever. Whole seconds.</summary>
    public TimeSpan? AuthenticationLifetime { get; init; }

    /// <summary>What is looked at in a peer's certificates.</summary>
    public CertificateChecks CertificateChecks { get; init; } = CertificateChecks.All;

    /// <summary>How long a certificate that a peer has sent a URL for has time to come (RFC 7296 section 3.6).</summary>
    public TimeSpan LookupLifetime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Octets at a URL at most.</summary>
    public int MaximumLookupLength { get; init; } = 65536;

    /// <summary>URLs of all peers that are looked up at once at most; more count as not found.</summary>
    public int MaximumLookups { get; init; } = 16;

    /// <summary>Whether the first IKE SA with a peer is said to be the only one, so that the peer drops what it has left of others (RFC 7296 section 2.4).</summary>
    public bool SendsInitialContact { get; init; } = true;

    /// <summary>The PAD: which peers there are, how they prove themselves, what they may speak for. Null: that is what each connection says.</summary>
    public IPeerDirectory? Peers { get; init; }

    /// <summary>
    /// Whether a peer is refused that asks through a NAT for traffic of another peer (RFC 3948 sections 5.1 and 5.2). Otherwise the newest SA gets that traffic,
    /// whoever is at its other end.
    /// </summary>
    public bool RefusesConflictingPeers { get; init; } = true;

    /// <summary>Whether connections may use algorithms that RFC 8247 and RFC 8221 forbid.</summary>
    public bool AllowsForbiddenAlgorithms { get; init; }

    /// <summary>Whether fragments of IKE messages are taken, and sent to peers that take them (RFC 7383).</summary>
    public bool SupportsFragmentation { get; init; } = true;

    /// <summary>How long fragments of a message wait for the others.</summary>
    public TimeSpan FragmentLifetime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Octets of an IKE message in one datagram, without UDP header and non-ESP marker; longer ones are fragmented. Null for what RFC 7383 section 2.5.1 recommends
    /// where nothing is known of the path: IP datagrams of 576 octets in IPv4, of 1280 in IPv6.
    /// </summary>
    public int? FragmentSize { get; init; }

    /// <summary>
    /// Sizes below <see cref="FragmentSize"/>, falling, that a fragmented request is tried with in turn while no response comes (RFC 7383 section 2.5.2). What was
    /// answered is the size from then on. Empty: the size stays.
    /// </summary>
    public ImmutableArray<int> ProbedFragmentSizes { get; init; } = [];

    /// <summary>How often a request is sent in one size before the next smaller one is tried; in the smallest as often as any request.</summary>
    public int AttemptsPerProbe { get; init; } = 3;
}
