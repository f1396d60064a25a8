namespace Ipsec.Packets.Ike;

/// <summary>Attributes of a group SA policy (RFC 9838).</summary>
public enum GroupSaAttributeType : ushort
{
    /// <summary>GSA_KEY_LIFETIME (RFC9838).</summary>
    KeyLifetime = 1,
    /// <summary>GSA_INITIAL_MESSAGE_ID (RFC9838).</summary>
    InitialMessageId = 2,
    /// <summary>GSA_NEXT_SPI (RFC9838).</summary>
    NextSpi = 3,
}
