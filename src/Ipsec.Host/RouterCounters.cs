namespace Ipsec.Host;

/// <summary>What a router did with packets for others.</summary>
public sealed record RouterCounters
{
    /// <summary>Sent on, in one piece or in fragments.</summary>
    public long Forwarded { get; internal set; }

    /// <summary>Of <see cref="Forwarded"/>: those that did not fit the next link in one piece.</summary>
    public long Fragmented { get; internal set; }

    public long HopLimitExceeded { get; internal set; }

    /// <summary>Over the next link's MTU, and not to be fragmented.</summary>
    public long TooBig { get; internal set; }

    public long NoRoute { get; internal set; }

    /// <summary>Malformed, with a wrong checksum, or with addresses that no router forwards.</summary>
    public long Refused { get; internal set; }
}
