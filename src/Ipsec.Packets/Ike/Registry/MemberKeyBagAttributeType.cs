namespace Ipsec.Packets.Ike;

/// <summary>Attributes of a member key bag (RFC 9838).</summary>
public enum MemberKeyBagAttributeType : ushort
{
    /// <summary>WRAP_KEY (RFC9838).</summary>
    WrapKey = 1,
    /// <summary>AUTH_KEY (RFC9838).</summary>
    AuthKey = 2,
    /// <summary>GM_SENDER_ID (RFC9838).</summary>
    GmSenderId = 3,
}
