namespace Ipsec.Packets.Ikev1;

/// <summary>Attributes of a phase 1 transform (RFC 2409 appendix A).</summary>
public enum Phase1AttributeType : ushort
{
    /// <summary>Encryption Algorithm.</summary>
    EncryptionAlgorithm = 1,
    /// <summary>Hash Algorithm.</summary>
    HashAlgorithm = 2,
    /// <summary>Authentication Method.</summary>
    AuthenticationMethod = 3,
    /// <summary>Group Description.</summary>
    GroupDescription = 4,
    /// <summary>Group Type.</summary>
    GroupType = 5,
    /// <summary>Group Prime.</summary>
    GroupPrime = 6,
    /// <summary>Group Generator One.</summary>
    GroupGeneratorOne = 7,
    /// <summary>Group Generator Two.</summary>
    GroupGeneratorTwo = 8,
    /// <summary>Group Curve A.</summary>
    GroupCurveA = 9,
    /// <summary>Group Curve B.</summary>
    GroupCurveB = 10,
    /// <summary>Life Type.</summary>
    LifeType = 11,
    /// <summary>Life Duration.</summary>
    LifeDuration = 12,
    /// <summary>PRF.</summary>
    Prf = 13,
    /// <summary>Key Length.</summary>
    KeyLength = 14,
    /// <summary>Field Size.</summary>
    FieldSize = 15,
    /// <summary>Group Order.</summary>
    GroupOrder = 16,
}
