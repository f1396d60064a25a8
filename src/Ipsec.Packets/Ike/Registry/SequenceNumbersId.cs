namespace Ipsec.Packets.Ike;

/// <summary>Transform type 5: sequence number properties.</summary>
public enum SequenceNumbersId : ushort
{
    /// <summary>32-bit Sequential Numbers (was No ESN) (RFC7296, RFC9827).</summary>
    Sequential32 = 0,
    /// <summary>Partially Transmitted 64-bit Sequential Numbers (was ESN) (RFC7296, RFC9827).</summary>
    Extended64 = 1,
    /// <summary>32-bit Unspecified Numbers (RFC9838).</summary>
    Unspecified32 = 2,
}
