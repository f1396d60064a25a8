namespace Ipsec.Packets.Ike;

/// <summary>Configuration payload types (RFC 7296 section 3.15).</summary>
public enum ConfigurationType : byte
{
    /// <summary>CFG_REQUEST (RFC7296).</summary>
    Request = 1,
    /// <summary>CFG_REPLY (RFC7296).</summary>
    Reply = 2,
    /// <summary>CFG_SET (RFC7296).</summary>
    Set = 3,
    /// <summary>CFG_ACK (RFC7296).</summary>
    Ack = 4,
}
