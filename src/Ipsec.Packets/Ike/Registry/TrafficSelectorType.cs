namespace Ipsec.Packets.Ike;

/// <summary>Traffic selector types (RFC 7296 section 3.13.1).</summary>
public enum TrafficSelectorType : byte
{
    /// <summary>TS_IPV4_ADDR_RANGE (RFC7296).</summary>
    Ipv4AddrRange = 7,
    /// <summary>TS_IPV6_ADDR_RANGE (RFC7296).</summary>
    Ipv6AddrRange = 8,
    /// <summary>TS_FC_ADDR_RANGE (RFC4595).</summary>
    FcAddrRange = 9,
    /// <summary>TS_SECLABEL (RFC9478).</summary>
    Seclabel = 10,
}
