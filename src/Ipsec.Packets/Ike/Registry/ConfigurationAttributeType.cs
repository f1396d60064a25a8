namespace Ipsec.Packets.Ike;

/// <summary>Configuration attributes (RFC 7296 section 3.15.1).</summary>
public enum ConfigurationAttributeType : ushort
{
    /// <summary>INTERNAL_IP4_ADDRESS (RFC7296).</summary>
    InternalIp4Address = 1,
    /// <summary>INTERNAL_IP4_NETMASK (RFC7296).</summary>
    InternalIp4Netmask = 2,
    /// <summary>INTERNAL_IP4_DNS (RFC7296).</summary>
    InternalIp4Dns = 3,
    /// <summary>INTERNAL_IP4_NBNS (RFC7296).</summary>
    InternalIp4Nbns = 4,
    /// <summary>INTERNAL_IP4_DHCP (RFC7296).</summary>
    InternalIp4Dhcp = 6,
    /// <summary>APPLICATION_VERSION (RFC7296).</summary>
    ApplicationVersion = 7,
    /// <summary>INTERNAL_IP6_ADDRESS (RFC7296).</summary>
    InternalIp6Address = 8,
    /// <summary>INTERNAL_IP6_DNS (RFC7296).</summary>
    InternalIp6Dns = 10,
    /// <summary>INTERNAL_IP6_DHCP (RFC7296).</summary>
    InternalIp6Dhcp = 12,
    /// <summary>INTERNAL_IP4_SUBNET (RFC7296).</summary>
    InternalIp4Subnet = 13,
    /// <summary>SUPPORTED_ATTRIBUTES (RFC7296).</summary>
    SupportedAttributes = 14,
    /// <summary>INTERNAL_IP6_SUBNET (RFC7296).</summary>
    InternalIp6Subnet = 15,
    /// <summary>MIP6_HOME_PREFIX (RFC5026).</summary>
    Mip6HomePrefix = 16,
    /// <summary>INTERNAL_IP6_LINK (RFC5739).</summary>
    InternalIp6Link = 17,
    /// <summary>INTERNAL_IP6_PREFIX (RFC5739).</summary>
    InternalIp6Prefix = 18,
    /// <summary>HOME_AGENT_ADDRESS (3GPP TS 24.302).</summary>
    HomeAgentAddress = 19,
    /// <summary>P_CSCF_IP4_ADDRESS (RFC7651).</summary>
    PCscfIp4Address = 20,
    /// <summary>P_CSCF_IP6_ADDRESS (RFC7651).</summary>
    PCscfIp6Address = 21,
    /// <summary>FTT_KAT (3GPP).</summary>
    FttKat = 22,
    /// <summary>EXTERNAL_SOURCE_IP4_NAT_INFO (3GPP).</summary>
    ExternalSourceIp4NatInfo = 23,
    /// <summary>TIMEOUT_PERIOD_FOR_LIVENESS_CHECK (3GPP TS 24.302).</summary>
    TimeoutPeriodForLivenessCheck = 24,
    /// <summary>INTERNAL_DNS_DOMAIN (RFC8598).</summary>
    InternalDnsDomain = 25,
    /// <summary>INTERNAL_DNSSEC_TA (RFC8598).</summary>
    InternalDnssecTa = 26,
    /// <summary>ENCDNS_IP4 (RFC9464).</summary>
    EncdnsIp4 = 27,
    /// <summary>ENCDNS_IP6 (RFC9464).</summary>
    EncdnsIp6 = 28,
    /// <summary>ENCDNS_DIGEST_INFO (RFC9464).</summary>
    EncdnsDigestInfo = 29,
}
