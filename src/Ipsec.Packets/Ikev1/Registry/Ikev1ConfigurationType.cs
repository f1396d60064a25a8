namespace Ipsec.Packets.Ikev1;

/// <summary>Messages of a transaction exchange (mode config).</summary>
public enum Ikev1ConfigurationType : byte
{
    /// <summary>ISAKMP_CFG_REQUEST.</summary>
    Request = 1,
    /// <summary>ISAKMP_CFG_REPLY.</summary>
    Reply = 2,
    /// <summary>ISAKMP_CFG_SET.</summary>
    Set = 3,
    /// <summary>ISAKMP_CFG_ACK.</summary>
    Ack = 4,
}
