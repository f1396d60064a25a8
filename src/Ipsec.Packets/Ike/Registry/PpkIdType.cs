namespace Ipsec.Packets.Ike;

/// <summary>Types of a postquantum preshared key identity (RFC 8784).</summary>
public enum PpkIdType : byte
{
    /// <summary>PPK_ID_OPAQUE (RFC8784).</summary>
    Opaque = 1,
    /// <summary>PPK_ID_FIXED (RFC8784).</summary>
    Fixed = 2,
}
