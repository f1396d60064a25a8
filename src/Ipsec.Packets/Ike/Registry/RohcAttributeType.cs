namespace Ipsec.Packets.Ike;

/// <summary>Attributes of ROHC_SUPPORTED (RFC 5857).</summary>
public enum RohcAttributeType : ushort
{
    /// <summary>MAX_CID (RFC5857).</summary>
    MaxCid = 1,
    /// <summary>ROHC_PROFILE (RFC5857).</summary>
    RohcProfile = 2,
    /// <summary>ROHC_INTEG (RFC5857).</summary>
    RohcInteg = 3,
    /// <summary>ROHC_ICV_LEN (RFC5857).</summary>
    RohcIcvLen = 4,
    /// <summary>MRRU (RFC5857).</summary>
    Mrru = 5,
}
