namespace Ipsec.Packets.Ikev1;

/// <summary>Units of a lifetime (RFC 2409 appendix A, RFC 2407 section 4.5).</summary>
public enum LifeType : ushort
{
    /// <summary>seconds.</summary>
    Seconds = 1,
    /// <summary>kilobytes.</summary>
    Kilobytes = 2,
}
