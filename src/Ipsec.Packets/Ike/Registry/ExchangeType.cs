namespace Ipsec.Packets.Ike;

/// <summary>IKEv2 exchange types (RFC 7296 section 3.1).</summary>
public enum ExchangeType : byte
{
    /// <summary>IKE_SA_INIT (RFC7296).</summary>
    IkeSaInit = 34,
    /// <summary>IKE_AUTH (RFC7296).</summary>
    IkeAuth = 35,
    /// <summary>CREATE_CHILD_SA (RFC7296).</summary>
    CreateChildSa = 36,
    /// <summary>INFORMATIONAL (RFC7296).</summary>
    Informational = 37,
    /// <summary>IKE_SESSION_RESUME (RFC5723).</summary>
    IkeSessionResume = 38,
    /// <summary>GSA_AUTH (RFC9838).</summary>
    GsaAuth = 39,
    /// <summary>GSA_REGISTRATION (RFC9838).</summary>
    GsaRegistration = 40,
    /// <summary>GSA_REKEY (RFC9838).</summary>
    GsaRekey = 41,
    /// <summary>GSA_INBAND_REKEY (RFC9838).</summary>
    GsaInbandRekey = 42,
    /// <summary>IKE_INTERMEDIATE (RFC9242).</summary>
    IkeIntermediate = 43,
    /// <summary>IKE_FOLLOWUP_KE (RFC9370).</summary>
    IkeFollowupKe = 44,
}
