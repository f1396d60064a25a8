namespace Ipsec.Packets.Ike;

/// <summary>IPComp transforms: first octet of IPCOMP_SUPPORTED after the CPI (RFC 7296 section 2.22).</summary>
public enum CompressionId : byte
{
    /// <summary>IPCOMP_OUI.</summary>
    Oui = 1,
    /// <summary>IPCOMP_DEFLATE (RFC2394).</summary>
    Deflate = 2,
    /// <summary>IPCOMP_LZS (RFC2395).</summary>
    Lzs = 3,
    /// <summary>IPCOMP_LZJH (RFC3051).</summary>
    Lzjh = 4,
}
