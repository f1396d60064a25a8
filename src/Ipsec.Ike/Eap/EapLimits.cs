namespace Ipsec.Ike;

/// <summary>What a peer that is not authenticated can make this end do, at most.</summary>
internal static class EapLimits
{
    /// <summary>EAP messages of the peer in one authentication. RFC 7296 section 2.16 wants an initiator to be capable of ten.</summary>
    public const int Rounds = 20;

    /// <summary>Octets of an EAP message behind its length.</summary>
    public const int Length = 1016;

    public const int NameLength = 253;
}
