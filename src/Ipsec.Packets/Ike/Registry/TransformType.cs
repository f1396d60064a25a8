namespace Ipsec.Packets.Ike;

/// <summary>Transform types (RFC 7296 section 3.3.2).</summary>
public enum TransformType : byte
{
    /// <summary>ENCR (RFC7296).</summary>
    Encryption = 1,
    /// <summary>PRF (RFC7296).</summary>
    PseudorandomFunction = 2,
    /// <summary>INTEG (RFC7296).</summary>
    Integrity = 3,
    /// <summary>KE (was D-H) (RFC7296, RFC9370).</summary>
    KeyExchange = 4,
    /// <summary>SN (was ESN) (RFC7296, RFC9827).</summary>
    SequenceNumbers = 5,
    /// <summary>ADDKE1 (RFC9370).</summary>
    AdditionalKeyExchange1 = 6,
    /// <summary>ADDKE2 (RFC9370).</summary>
    AdditionalKeyExchange2 = 7,
    /// <summary>ADDKE3 (RFC9370).</summary>
    AdditionalKeyExchange3 = 8,
    /// <summary>ADDKE4 (RFC9370).</summary>
    AdditionalKeyExchange4 = 9,
    /// <summary>ADDKE5 (RFC9370).</summary>
    AdditionalKeyExchange5 = 10,
    /// <summary>ADDKE6 (RFC9370).</summary>
    AdditionalKeyExchange6 = 11,
    /// <summary>ADDKE7 (RFC9370).</summary>
    AdditionalKeyExchange7 = 12,
    /// <summary>KWA (Key Wrap) (RFC9838).</summary>
    KeyWrap = 13,
    /// <summary>GCAUTH (RFC9838).</summary>
    GroupControllerAuthentication = 14,
}
