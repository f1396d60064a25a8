namespace Ipsec.Host.Inner;

/// <summary>How an <see cref="InnerStack"/> behaves.</summary>
public sealed record InnerStackOptions
{
    public static readonly InnerStackOptions Default = new();

    /// <summary>Largest packet that goes out in one piece, in octets, at least 68. Behind a tunnel: what is left of the link's MTU.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>
    /// Whether packets over the MTU are fragmented here. Not where transport mode comes after: ESP then takes whole datagrams only (RFC 4303 section 3.3.4),
    /// and what it makes of them is fragmented below it.
    /// </summary>
    public bool Fragments { get; init; } = true;

    /// <summary>For sequence numbers and ports; the same seed gives the same packets.</summary>
    public int Seed { get; init; }

    /// <summary>Whether UDP and TCP port 7 echo (RFC 862).</summary>
    public bool ServesEcho { get; init; } = true;

    /// <summary>Whether ICMP echo requests are answered.</summary>
    public bool AnswersPing { get; init; } = true;

    /// <summary>Whether packets to unknown ports and protocols are answered with ICMP errors.</summary>
    public bool SendsUnreachable { get; init; } = true;
}
