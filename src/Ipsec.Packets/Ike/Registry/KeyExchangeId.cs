namespace Ipsec.Packets.Ike;

/// <summary>Transform type 4: key exchange methods.</summary>
public enum KeyExchangeId : ushort
{
    /// <summary>NONE (RFC7296).</summary>
    None = 0,
    /// <summary>MODP-768 (RFC7296).</summary>
    Modp768 = 1,
    /// <summary>MODP-1024 (RFC7296).</summary>
    Modp1024 = 2,
    /// <summary>MODP-1536 (RFC3526).</summary>
    Modp1536 = 5,
    /// <summary>MODP-2048 (RFC3526).</summary>
    Modp2048 = 14,
    /// <summary>MODP-3072 (RFC3526).</summary>
    Modp3072 = 15,
    /// <summary>MODP-4096 (RFC3526).</summary>
    Modp4096 = 16,
    /// <summary>MODP-6144 (RFC3526).</summary>
    Modp6144 = 17,
    /// <summary>MODP-8192 (RFC3526).</summary>
    Modp8192 = 18,
    /// <summary>ECP-256 (RFC5903).</summary>
    Ecp256 = 19,
    /// <summary>ECP-384 (RFC5903).</summary>
    Ecp384 = 20,
    /// <summary>ECP-521 (RFC5903).</summary>
    Ecp521 = 21,
    /// <summary>MODP-1024-160 (RFC5114).</summary>
    Modp1024_160 = 22,
    /// <summary>MODP-2048-224 (RFC5114).</summary>
    Modp2048_224 = 23,
    /// <summary>MODP-2048-256 (RFC5114).</summary>
    Modp2048_256 = 24,
    /// <summary>ECP-192 (RFC5114).</summary>
    Ecp192 = 25,
    /// <summary>ECP-224 (RFC5114).</summary>
    Ecp224 = 26,
    /// <summary>brainpoolP224r1 (RFC6954).</summary>
    BrainpoolP224r1 = 27,
    /// <summary>brainpoolP256r1 (RFC6954).</summary>
    BrainpoolP256r1 = 28,
    /// <summary>brainpoolP384r1 (RFC6954).</summary>
    BrainpoolP384r1 = 29,
    /// <summary>brainpoolP512r1 (RFC6954).</summary>
    BrainpoolP512r1 = 30,
    /// <summary>Curve25519 (RFC8031).</summary>
    Curve25519 = 31,
    /// <summary>Curve448 (RFC8031).</summary>
    Curve448 = 32,
    /// <summary>GOST3410_2012_256 (RFC9385).</summary>
    Gost34102012256 = 33,
    /// <summary>GOST3410_2012_512 (RFC9385).</summary>
    Gost34102012512 = 34,
    /// <summary>ML-KEM-512 (draft-ietf-ipsecme-ikev2-mlkem).</summary>
    MlKem512 = 35,
    /// <summary>ML-KEM-768 (draft-ietf-ipsecme-ikev2-mlkem).</summary>
    MlKem768 = 36,
    /// <summary>ML-KEM-1024 (draft-ietf-ipsecme-ikev2-mlkem).</summary>
    MlKem1024 = 37,
}
