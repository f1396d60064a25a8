namespace Ipsec.Packets.Ike;

/// <summary>Security protocol identifiers (RFC 7296 section 3.3.1).</summary>
public enum ProtocolId : byte
{
    /// <summary>none (Notify/Delete without SPI) (RFC7296).</summary>
    None = 0,
    /// <summary>IKE (RFC7296).</summary>
    Ike = 1,
    /// <summary>AH (RFC7296).</summary>
    Ah = 2,
    /// <summary>ESP (RFC7296).</summary>
    Esp = 3,
    /// <summary>FC_ESP_HEADER (RFC4595).</summary>
    FcEspHeader = 4,
    /// <summary>FC_CT_AUTHENTICATION (RFC4595).</summary>
    FcCtAuthentication = 5,
    /// <summary>GIKE_UPDATE (RFC9838).</summary>
    GikeUpdate = 6,
}
