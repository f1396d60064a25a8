namespace Ipsec.Packets.Ike;

/// <summary>Attributes of a group-wide policy (RFC 9838).</summary>
public enum GroupWidePolicyAttributeType : ushort
{
    /// <summary>GWP_ATD (RFC9838).</summary>
    Atd = 1,
    /// <summary>GWP_DTD (RFC9838).</summary>
    Dtd = 2,
    /// <summary>GWP_SENDER_ID_BITS (RFC9838).</summary>
    SenderIdBits = 3,
}
