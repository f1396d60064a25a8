namespace Ipsec.Packets.Ike;

/// <summary>IKEv2 payload types (RFC 7296 section 3.2).</summary>
public enum PayloadType : byte
{
    /// <summary>No next payload.</summary>
    None = 0,
    SecurityAssociation = 33,
    KeyExchange = 34,
    IdentificationInitiator = 35,
    IdentificationResponder = 36,
    Certificate = 37,
    CertificateRequest = 38,
    Authentication = 39,
    Nonce = 40,
    Notify = 41,
    Delete = 42,
    VendorId = 43,
    TrafficSelectorInitiator = 44,
    TrafficSelectorResponder = 45,
    /// <summary>Encrypted and authenticated (SK).</summary>
    Encrypted = 46,
    Configuration = 47,
    ExtensibleAuthentication = 48,
    /// <summary>Generic secure password method (RFC 6467).</summary>
    GenericSecurePassword = 49,
    GroupIdentification = 50,
    GroupSecurityAssociation = 51,
    KeyDownload = 52,
    /// <summary>Encrypted and authenticated fragment, SKF (RFC 7383).</summary>
    EncryptedFragment = 53,
    /// <summary>Puzzle solution (RFC 8019).</summary>
    PuzzleSolution = 54,
}

public static class PayloadTypes
{
    /// <summary>The notation that RFC 7296 section 1.2 uses: SA, KE, IDi, N …; unknown types as "payload 200".</summary>
    public static string Notation(this PayloadType type) => type switch
    {
        PayloadType.None => "none",
        PayloadType.SecurityAssociation => "SA",
        PayloadType.KeyExchange => "KE",
        PayloadType.IdentificationInitiator => "IDi",
        PayloadType.IdentificationResponder => "IDr",
        PayloadType.Certificate => "CERT",
        PayloadType.CertificateRequest => "CERTREQ",
        PayloadType.Authentication => "AUTH",
        PayloadType.Nonce => "Nonce",
        PayloadType.Notify => "N",
        PayloadType.Delete => "D",
        PayloadType.VendorId => "V",
        PayloadType.TrafficSelectorInitiator => "TSi",
        PayloadType.TrafficSelectorResponder => "TSr",
        PayloadType.Encrypted => "SK",
        PayloadType.Configuration => "CP",
        PayloadType.ExtensibleAuthentication => "EAP",
        PayloadType.GenericSecurePassword => "GSPM",
        PayloadType.GroupIdentification => "IDg",
        PayloadType.GroupSecurityAssociation => "GSA",
        PayloadType.KeyDownload => "KD",
        PayloadType.EncryptedFragment => "SKF",
        PayloadType.PuzzleSolution => "PS",
        _ => $"payload {(byte)type}",
    };
}
