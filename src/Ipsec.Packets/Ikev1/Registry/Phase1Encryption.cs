namespace Ipsec.Packets.Ikev1;

/// <summary>Encryption algorithms of phase 1 (RFC 2409 appendix A): not the numbers of IKEv2.</summary>
public enum Phase1Encryption : ushort
{
    /// <summary>DES-CBC.</summary>
    DesCbc = 1,
    /// <summary>IDEA-CBC.</summary>
    IdeaCbc = 2,
    /// <summary>Blowfish-CBC.</summary>
    BlowfishCbc = 3,
    /// <summary>RC5-R16-B64-CBC.</summary>
    Rc5R16B64Cbc = 4,
    /// <summary>3DES-CBC.</summary>
    TripleDesCbc = 5,
    /// <summary>CAST-CBC.</summary>
    CastCbc = 6,
    /// <summary>AES-CBC.</summary>
    AesCbc = 7,
    /// <summary>CAMELLIA-CBC.</summary>
    CamelliaCbc = 8,
}
