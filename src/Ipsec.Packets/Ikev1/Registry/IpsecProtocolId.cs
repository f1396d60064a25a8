namespace Ipsec.Packets.Ikev1;

/// <summary>Security protocols of the IPsec DOI (RFC 2407 section 4.4.1).</summary>
public enum IpsecProtocolId : byte
{
    /// <summary>PROTO_ISAKMP.</summary>
    Isakmp = 1,
    /// <summary>PROTO_IPSEC_AH.</summary>
    Ah = 2,
    /// <summary>PROTO_IPSEC_ESP.</summary>
    Esp = 3,
    /// <summary>PROTO_IPCOMP.</summary>
    Ipcomp = 4,
}
