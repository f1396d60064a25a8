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

    /// <summary>Silence after which the peer is asked whether it is alive; null never asks (RFC 7296 section 2.4).</summary>
    public TimeSpan? LivenessInterval { get; init; }
}
