namespace Ipsec.Packets.Ip;

/// <summary>IANA protocol numbers, as in the IPv4 Protocol and IPv6 Next Header fields.</summary>
public static class IpProtocol
{
    public const byte Icmp = 1;
    public const byte IpInIp = 4;
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Ipv6 = 41;
    public const byte Esp = 50;
    public const byte Ah = 51;
    public const byte NoNextHeader = 59;
    public const byte IpComp = 108;
}
