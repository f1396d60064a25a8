namespace Ipsec.Packets.Ike;

/// <summary>Gateway identity types of REDIRECT (RFC 5685).</summary>
public enum GatewayIdentityType : byte
{
    /// <summary>IPv4 (RFC5685).</summary>
    Ipv4 = 1,
    /// <summary>IPv6 (RFC5685).</summary>
    Ipv6 = 2,
    /// <summary>FQDN (RFC5685).</summary>
    Fqdn = 3,
}
