namespace Ipsec.Packets.Ike;

/// <summary>Identification payload types (RFC 7296 section 3.5).</summary>
public enum IdentificationType : byte
{
    /// <summary>ID_IPV4_ADDR (RFC7296).</summary>
    Ipv4Addr = 1,
    /// <summary>ID_FQDN (RFC7296).</summary>
    Fqdn = 2,
    /// <summary>ID_RFC822_ADDR (RFC7296).</summary>
    Rfc822Addr = 3,
    /// <summary>ID_IPV6_ADDR (RFC7296).</summary>
    Ipv6Addr = 5,
    /// <summary>ID_DER_ASN1_DN (RFC7296).</summary>
    DerAsn1Dn = 9,
    /// <summary>ID_DER_ASN1_GN (RFC7296).</summary>
    DerAsn1Gn = 10,
    /// <summary>ID_KEY_ID (RFC7296).</summary>
    KeyId = 11,
    /// <summary>ID_FC_NAME (RFC4595).</summary>
    FcName = 12,
    /// <summary>ID_NULL (RFC7619).</summary>
    Null = 13,
}
