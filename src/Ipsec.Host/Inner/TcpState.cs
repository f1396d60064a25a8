namespace Ipsec.Host.Inner;

/// <summary>State of a connection (RFC 9293, 3.3.2). A listening port is a <see cref="TcpListener"/>, not a connection.</summary>
public enum TcpState
{
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
    Closed,
}

/// <summary>Why a connection ended without both sides having closed it.</summary>
public enum TcpFailure
{
    None,

    /// <summary>The peer answered the first segment with RST, or ICMP said that there is nobody.</summary>
    Refused,

    /// <summary>The peer sent RST.</summary>
    Reset,

    /// <summary>Retransmissions were never answered.</summary>
    TimedOut,

    /// <summary>This side gave the connection up.</summary>
    Aborted,
}
