namespace Ipsec.Packets.Ikev1;

/// <summary>Attributes of a phase 2 transform (RFC 2407 section 4.5).</summary>
public enum IpsecAttributeType : ushort
{
    /// <summary>SA Life Type.</summary>
    SaLifeType = 1,
    /// <summary>SA Life Duration.</summary>
    SaLifeDuration = 2,
    /// <summary>Group Description.</summary>
    GroupDescription = 3,
    /// <summary>Encapsulation Mode.</summary>
    EncapsulationMode = 4,
    /// <summary>Authentication Algorithm.</summary>
    AuthenticationAlgorithm = 5,
    /// <summary>Key Length.</summary>
    KeyLength = 6,
    /// <summary>Key Rounds.</summary>
    KeyRounds = 7,
    /// <summary>Compress Dictionary Size.</summary>
    CompressDictionarySize = 8,
    /// <summary>Compress Private Algorithm.</summary>
    CompressPrivateAlgorithm = 9,
    /// <summary>ECN Tunnel (RFC3168).</summary>
    EcnTunnel = 10,
    /// <summary>Extended (64-bit) Sequence Number (RFC4304).</summary>
    ExtendedSequenceNumber = 11,
    /// <summary>Signature Encoding Algorithm (RFC4359).</summary>
    SignatureEncodingAlgorithm = 13,
    /// <summary>Address Preservation (RFC6407).</summary>
    AddressPreservation = 14,
    /// <summary>SA Direction (RFC6407).</summary>
    SaDirection = 15,
}
