namespace Ipsec.Packets.Ikev1;

/// <summary>ISAKMP exchange types (RFC 2408 section 3.1, RFC 2409 appendix A).</summary>
public enum IsakmpExchangeType : byte
{
    /// <summary>NONE.</summary>
    None = 0,
    /// <summary>Base (RFC2408).</summary>
    Base = 1,
    /// <summary>Identity Protection (Main Mode) (RFC2408).</summary>
    MainMode = 2,
    /// <summary>Authentication Only (RFC2408).</summary>
    AuthenticationOnly = 3,
    /// <summary>Aggressive (RFC2408).</summary>
    Aggressive = 4,
    /// <summary>Informational (RFC2408).</summary>
    Informational = 5,
    /// <summary>Transaction (Mode Config).</summary>
    Transaction = 6,
    /// <summary>Quick Mode (RFC2409).</summary>
    QuickMode = 32,
    /// <summary>New Group Mode (RFC2409).</summary>
    NewGroupMode = 33,
}
