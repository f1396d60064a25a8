namespace Ipsec.Packets.Ip;

/// <summary>IANA protocol numbers, as in the IPv4 Protocol and IPv6 Next Header fields.</summary>
public static class IpProtocol
{
    public const byte Ipv6HopByHop = 0;
    public const byte Icmp = 1;
    public const byte IpInIp = 4;
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Ipv6 = 41;
    public const byte Ipv6Routing = 43;
    public const byte Ipv6Fragment = 44;
    public const byte Gre = 47;
    public const byte Esp = 50;
    public const byte Ah = 51;
    public const byte Icmpv6 = 58;
    public const byte NoNextHeader = 59;
    public const byte Ipv6DestinationOptions = 60;
    public const byte IpComp = 108;
    public const byte Sctp = 132;
    public const byte Mobility = 135;
    public const byte Hip = 139;
    public const byte Shim6 = 140;
    /// <summary>Wrapped ESP (RFC 5840).</summary>
    public const byte Wesp = 141;
    /// <summary>Aggregation and fragmentation payload inside ESP (RFC 9347).</summary>
    public const byte AggFrag = 144;

    /// <summary>The usual short name; the number for those without one here.</summary>
    public static string Name(byte protocol) => protocol switch
    {
        Ipv6HopByHop => "Hop-by-Hop Options",
        Icmp => "ICMP",
        IpInIp => "IPv4",
        Tcp => "TCP",
        Udp => "UDP",
        Ipv6 => "IPv6",
        Ipv6Routing => "Routing",
        Ipv6Fragment => "Fragment",
        Gre => "GRE",
        Esp => "ESP",
        Ah => "AH",
        Icmpv6 => "ICMPv6",
        NoNextHeader => "No Next Header",
        Ipv6DestinationOptions => "Destination Options",
        IpComp => "IPComp",
        Sctp => "SCTP",
        Mobility => "Mobility",
        Hip => "HIP",
        Shim6 => "Shim6",
        Wesp => "WESP",
        AggFrag => "AGGFRAG",
        _ => $"{protocol}",
    };
}
