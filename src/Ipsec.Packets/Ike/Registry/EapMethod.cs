namespace Ipsec.Packets.Ike;

/// <summary>EAP method types (RFC 3748 section 5, and its registry).</summary>
public enum EapMethod : byte
{
    Identity = 1,
    Notification = 2,
    /// <summary>Legacy Nak: a response with the types that would do.</summary>
    Nak = 3,
    Md5Challenge = 4,
    /// <summary>EAP-MSCHAPv2.</summary>
    MsChapV2 = 26,
}
