namespace Ipsec.Packets.Ikev1;

/// <summary>Group types of phase 1 (RFC 2409 appendix A).</summary>
public enum GroupType : ushort
{
    /// <summary>MODP.</summary>
    Modp = 1,
    /// <summary>ECP.</summary>
    Ecp = 2,
    /// <summary>EC2N.</summary>
    Ec2n = 3,
}
