namespace Ipsec.Packets.Ikev1;

/// <summary>Encapsulation modes (RFC 2407 section 4.5, RFC 3947 section 5.1).</summary>
public enum EncapsulationMode : ushort
{
    /// <summary>Tunnel.</summary>
    Tunnel = 1,
    /// <summary>Transport.</summary>
    Transport = 2,
    /// <summary>UDP-Encapsulated-Tunnel (RFC3947).</summary>
    UdpTunnel = 3,
    /// <summary>UDP-Encapsulated-Transport (RFC3947).</summary>
    UdpTransport = 4,
    /// <summary>UDP tunnel (draft).</summary>
    UdpTunnelDraft = 61443,
    /// <summary>UDP transport (draft).</summary>
    UdpTransportDraft = 61444,
}
