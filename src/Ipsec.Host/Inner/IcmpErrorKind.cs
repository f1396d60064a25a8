namespace Ipsec.Host.Inner;

/// <summary>What an ICMP error says, the same for both families (RFC 792, RFC 1812 section 5.2.7; RFC 4443 section 3).</summary>
public enum IcmpErrorKind
{
    /// <summary>Any type and code that no other member names.</summary>
    Other,

    NoRoute,

    /// <summary>The next hop does not answer.</summary>
    AddressUnreachable,

    AdministrativelyProhibited,

    /// <summary>ICMPv6 calls it a parameter problem: unrecognised next header.</summary>
    ProtocolUnreachable,

    PortUnreachable,

    /// <summary>ICMP calls it unreachable: fragmentation needed and DF set (RFC 1191).</summary>
    PacketTooBig,

    /// <summary>Time to live or hop limit ran out on the way.</summary>
    HopLimitExceeded,
}
