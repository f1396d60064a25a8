namespace Ipsec.Packets.Ike;

/// <summary>Methods of SECURE_PASSWORD_METHODS (RFC 6467).</summary>
public enum SecurePasswordMethod : ushort
{
    /// <summary>PACE (RFC6631).</summary>
    Pace = 1,
    /// <summary>AugPAKE (RFC6628).</summary>
    AugPAKE = 2,
    /// <summary>Secure PSK Authentication (RFC6617).</summary>
    SecurePskAuthentication = 3,
}
