namespace Ipsec.Packets.Ikev1;

/// <summary>Domains of interpretation (RFC 2408, RFC 2407).</summary>
public enum DomainOfInterpretation : uint
{
    /// <summary>ISAKMP.</summary>
    Isakmp = 0,
    /// <summary>IPSEC.</summary>
    Ipsec = 1,
    /// <summary>GDOI.</summary>
    Gdoi = 2,
}
