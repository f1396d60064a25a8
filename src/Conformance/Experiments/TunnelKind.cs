namespace Conformance.Experiments;

/// <summary>What carries the packets of the one-to-one experiment between the gateways.</summary>
public enum TunnelKind
{
    /// <summary>ESP right above IP (RFC 4303): each inner packet is one outer packet.</summary>
    Esp,

    /// <summary>The same ESP packets in one TCP connection (RFC 9329's framing).</summary>
    Tcp,
}
