namespace Ipsec.Packets.Ikev1;

/// <summary>Names as RFC 2409 writes them in exchange diagrams.</summary>
public static class IsakmpNotation
{
    /// <summary>SA, KE, IDii …; unknown types as "payload 200".</summary>
    public static string Notation(this IsakmpPayloadType type) => type switch
    {
        IsakmpPayloadType.None => "none",
        IsakmpPayloadType.SecurityAssociation => "SA",
        IsakmpPayloadType.Proposal => "P",
        IsakmpPayloadType.Transform => "T",
        IsakmpPayloadType.KeyExchange => "KE",
        IsakmpPayloadType.Identification => "ID",
        IsakmpPayloadType.Certificate => "CERT",
        IsakmpPayloadType.CertificateRequest => "CR",
        IsakmpPayloadType.Hash => "HASH",
        IsakmpPayloadType.Signature => "SIG",
        IsakmpPayloadType.Nonce => "NONCE",
        IsakmpPayloadType.Notification => "N",
        IsakmpPayloadType.Delete => "D",
        IsakmpPayloadType.VendorId => "VID",
        IsakmpPayloadType.Configuration => "ATTR",
        IsakmpPayloadType.NatDetection or IsakmpPayloadType.NatDetectionDraft => "NAT-D",
        IsakmpPayloadType.NatOriginalAddress or IsakmpPayloadType.NatOriginalAddressDraft => "NAT-OA",
        IsakmpPayloadType.Fragment => "FRAG",
        _ => $"payload {(byte)type}",
    };

    /// <summary>Main Mode, Quick Mode …; unknown types as "exchange 200".</summary>
    public static string Notation(this IsakmpExchangeType type) => type switch
    {
        IsakmpExchangeType.Base => "Base",
        IsakmpExchangeType.MainMode => "Main Mode",
        IsakmpExchangeType.AuthenticationOnly => "Authentication Only",
        IsakmpExchangeType.Aggressive => "Aggressive Mode",
        IsakmpExchangeType.Informational => "Informational",
        IsakmpExchangeType.Transaction => "Transaction",
        IsakmpExchangeType.QuickMode => "Quick Mode",
        IsakmpExchangeType.NewGroupMode => "New Group Mode",
        _ => $"exchange {(byte)type}",
    };
}
