namespace Ipsec.Packets.Ike;

/// <summary>Transform type 13: key wrap algorithms (RFC 9838).</summary>
public enum KeyWrapId : ushort
{
    /// <summary>KW_5649_128 (RFC9838).</summary>
    Aes128Rfc5649 = 1,
    /// <summary>KW_5649_192 (RFC9838).</summary>
    Aes192Rfc5649 = 2,
    /// <summary>KW_5649_256 (RFC9838).</summary>
    Aes256Rfc5649 = 3,
    /// <summary>KW_ARX (RFC9838).</summary>
    ArxKw = 4,
}
