namespace Ipsec.Packets.Ikev1;

/// <summary>Hash algorithms of phase 1 (RFC 2409 appendix A).</summary>
public enum Phase1Hash : ushort
{
    /// <summary>MD5.</summary>
    Md5 = 1,
    /// <summary>SHA.</summary>
    Sha1 = 2,
    /// <summary>Tiger.</summary>
    Tiger = 3,
    /// <summary>SHA2-256.</summary>
    Sha256 = 4,
    /// <summary>SHA2-384.</summary>
    Sha384 = 5,
    /// <summary>SHA2-512.</summary>
    Sha512 = 6,
}
