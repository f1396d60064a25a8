namespace Ipsec.Dataplane;

/// <summary>What became of a packet.</summary>
public enum Disposition
{
    /// <summary>Outbound: sealed into an ESP packet. Inbound: opened and allowed.</summary>
    Processed,
    /// <summary>Policy lets it pass as it is.</summary>
    Bypassed,
    Discarded,
}

/// <summary>Why a packet was discarded; one member per reason that RFC 4301 and RFC 4303 know.</summary>
public enum DiscardReason
{
    None,
    /// <summary>No IPv4 packet, or no ESP packet.</summary>
    Malformed,
    /// <summary>The SPD says DISCARD, or has no entry.</summary>
    Policy,
    /// <summary>The SPD says PROTECT and there is no SA (yet).</summary>
    NoSecurityAssociation,
    /// <summary>RFC 4303 section 3.3.3: the sequence number would cycle.</summary>
    SequenceNumberOverflow,
    /// <summary>RFC 4303 section 3.3.4: transport mode takes whole datagrams, no fragments.</summary>
    FragmentInTransportMode,
    /// <summary>No SA has this SPI (RFC 4303 section 3.4.2).</summary>
    UnknownSpi,
    /// <summary>Replayed, or left of the window (RFC 4303 section 3.4.3).</summary>
    Replay,
    /// <summary>RFC 4303 section 3.4.4.</summary>
    IntegrityCheckFailed,
    /// <summary>RFC 4303 section 2.4.</summary>
    BadPadding,
    /// <summary>Next header 59 (RFC 4303 section 2.6): discarded without being an error.</summary>
    Dummy,
    /// <summary>The packet inside isn't what the SA's mode and selectors allow (RFC 4301 section 5.2).</summary>
    SelectorMismatch,
    /// <summary>Came in clear where the SPD says PROTECT (RFC 4301 section 5.2).</summary>
    UnprotectedTraffic,
    /// <summary>Congestion experienced on a packet that can't say so (RFC 6040 section 4.2).</summary>
    CongestionOfNonEct,
}

/// <summary>An auditable event (RFC 4303 section 4; RFC 4301): what an administrator can log.</summary>
/// <param name="SequenceNumber">As received, 32 bits; 0 where there is none.</param>
public readonly record struct AuditEvent(
    DateTimeOffset Time, DiscardReason Reason, uint Spi, Packets.Ip.Ipv4Address Source, Packets.Ip.Ipv4Address Destination, uint SequenceNumber);
