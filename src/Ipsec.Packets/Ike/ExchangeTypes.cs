namespace Ipsec.Packets.Ike;

public static class ExchangeTypes
{
    /// <summary>The RFC's spelling: IKE_SA_INIT, IKE_AUTH …; unknown types as "exchange 200".</summary>
    public static string Notation(this ExchangeType type) => type switch
    {
        ExchangeType.IkeSaInit => "IKE_SA_INIT",
        ExchangeType.IkeAuth => "IKE_AUTH",
        ExchangeType.CreateChildSa => "CREATE_CHILD_SA",
        ExchangeType.Informational => "INFORMATIONAL",
        ExchangeType.IkeSessionResume => "IKE_SESSION_RESUME",
        ExchangeType.GsaAuth => "GSA_AUTH",
        ExchangeType.GsaRegistration => "GSA_REGISTRATION",
        ExchangeType.GsaRekey => "GSA_REKEY",
        ExchangeType.GsaInbandRekey => "GSA_INBAND_REKEY",
        ExchangeType.IkeIntermediate => "IKE_INTERMEDIATE",
        ExchangeType.IkeFollowupKe => "IKE_FOLLOWUP_KE",
        _ => $"exchange {(byte)type}",
    };
}
