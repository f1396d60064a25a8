namespace Ipsec.Host;

/// <summary>
/// Another way to the peer for packets that the data plane protected than IP itself. What it brings goes to <see cref="SecurityGateway.ReceiveCarried"/>.
/// </summary>
public interface IProtectedCarriage
{
    /// <summary>Takes a protected packet, its outer IP header included. The octets are borrowed for the call.</summary>
    void Send(DateTimeOffset now, ReadOnlySpan<byte> packet);
}
