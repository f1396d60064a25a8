using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>What became of a packet.</summary>
public enum Disposition
{
    /// <summary>Outbound: protected by SAs. Inbound: opened and allowed.</summary>
    Processed,
    /// <summary>Policy lets it pass as it is.</summary>
    Bypassed,
    Discarded,
}

/// <summary>Why a packet was discarded; one member per reason that RFC 4301, 4302, 4303 and 3173 know.</summary>
public enum DiscardReason
{
    None,
    /// <summary>No IP packet, or no ESP, AH or IPComp header where one should be.</summary>
    Malformed,
    /// <summary>The SPD says DISCARD, or has no entry.</summary>
    Policy,
    /// <summary>The SPD says PROTECT and there is no SA (yet).</summary>
    NoSecurityAssociation,
    /// <summary>RFC 4303 section 3.3.3: the sequence number would cycle.</summary>
    SequenceNumberOverflow,
    /// <summary>RFC 4303 section 3.3.4: transport mode takes whole datagrams, no fragments.</summary>
    FragmentInTransportMode,
    /// <summary>The protected packet would not fit the path, and the packet says not to fragment it (RFC 4301 section 8.2).</summary>
    TooBig,
    /// <summary>The SA's hard lifetime is over (RFC 4301 section 4.4.2.1).</summary>
    LifetimeExpired,
    /// <summary>Headers that AH can't classify (RFC 4302 section 3.3.3.1), or addresses that the SA's mode can't carry.</summary>
    Unprotectable,
    /// <summary>No SA has this SPI (RFC 4303 section 3.4.2, RFC 4302 section 3.4.2).</summary>
    UnknownSpi,
    /// <summary>A fragment was offered to ESP or AH (RFC 4303 section 3.4.1, RFC 4302 section 3.4.1).</summary>
    FragmentOfProtectedPacket,
    /// <summary>Replayed, or left of the window (RFC 4303 section 3.4.3).</summary>
    Replay,
    /// <summary>RFC 4303 section 3.4.4, RFC 4302 section 3.4.4.</summary>
    IntegrityCheckFailed,
    /// <summary>RFC 4303 section 2.4.</summary>
    BadPadding,
    /// <summary>The compressed payload is no DEFLATE stream, or expands beyond an IP packet (RFC 3173).</summary>
    BadCompression,
    /// <summary>Next header 59 (RFC 4303 section 2.6): discarded without being an error.</summary>
    Dummy,
    /// <summary>The packet inside isn't what the SA's mode and selectors allow (RFC 4301 section 5.2).</summary>
    SelectorMismatch,
    /// <summary>Not all SAs that the policy asks for, or in another order (RFC 2401 section 5.2.1).</summary>
    BundleMismatch,
    /// <summary>More protection inside protection than this host follows.</summary>
    TooDeep,
    /// <summary>Came in clear where the SPD says PROTECT (RFC 4301 section 5.2).</summary>
    UnprotectedTraffic,
    /// <summary>Congestion experienced on a packet that can't say so (RFC 6040 section 4.2).</summary>
    CongestionOfNonEct,
    /// <summary>A first fragment too short to show its ports (RFC 4301 section 7.3, RFC 1858).</summary>
    TinyFragment,
}

/// <summary>An auditable event (RFC 4301 section 5.2, RFC 4302 and 4303 section 4): what an administrator can log.</summary>
/// <param name="Protocol">ESP, AH or IPComp; 0 of packets without.</param>
/// <param name="SequenceNumber">As received, 32 bits; 0 where there is none.</param>
/// <param name="FlowLabel">IPv6 only, 20 bits.</param>
public readonly record struct AuditEvent(
    DateTimeOffset Time, DiscardReason Reason, byte Protocol, uint Spi, IpAddress Source, IpAddress Destination, uint SequenceNumber, uint FlowLabel);
