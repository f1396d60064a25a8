namespace Ipsec.Packets.Ike;

/// <summary>Attributes of a group key bag (RFC 9838).</summary>
public enum GroupKeyBagAttributeType : ushort
{
    /// <summary>SA_KEY (RFC9838).</summary>
    SaKey = 1,
}
