namespace Ipsec.Packets.Ike;

/// <summary>Transform type 14: how a group controller authenticates its messages (RFC 9838).</summary>
public enum GroupControllerAuthenticationId : ushort
{
    /// <summary>Implicit (RFC9838).</summary>
    Implicit = 1,
    /// <summary>Digital Signature (RFC9838).</summary>
    DigitalSignature = 2,
}
