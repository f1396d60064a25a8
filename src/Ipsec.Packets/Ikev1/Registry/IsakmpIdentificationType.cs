namespace Ipsec.Packets.Ikev1;

/// <summary>Identification types of the IPsec DOI (RFC 2407 section 4.6.2.1).</summary>
public enum IsakmpIdentificationType : byte
{
    /// <summary>ID_IPV4_ADDR.</summary>
    Ipv4Addr = 1,
    /// <summary>ID_FQDN.</summary>
    Fqdn = 2,
    /// <summary>ID_USER_FQDN.</summary>
    UserFqdn = 3,
    /// <summary>ID_IPV4_ADDR_SUBNET.</summary>
    Ipv4AddrSubnet = 4,
    /// <summary>ID_IPV6_ADDR.</summary>
    Ipv6Addr = 5,
    /// <summary>ID_IPV6_ADDR_SUBNET.</summary>
    Ipv6AddrSubnet = 6,
    /// <summary>ID_IPV4_ADDR_RANGE.</summary>
    Ipv4AddrRange = 7,
    /// <summary>ID_IPV6_ADDR_RANGE.</summary>
    Ipv6AddrRange = 8,
    /// <summary>ID_DER_ASN1_DN.</summary>
    DerAsn1Dn = 9,
    /// <summary>ID_DER_ASN1_GN.</summary>
    DerAsn1Gn = 10,
    /// <summary>ID_KEY_ID.</summary>
    KeyId = 11,
    /// <summary>ID_LIST (RFC3554).</summary>
    List = 12,
}
