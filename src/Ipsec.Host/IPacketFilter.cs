using Ipsec.Dataplane;

namespace Ipsec.Host;

/// <summary>Stands between a host and its link, below IPsec: sees each IP packet whole, before the host does and after it is done.</summary>
public interface IPacketFilter
{
    /// <summary>What the host takes for received; empty for nothing.</summary>
    /// <param name="send">Sends a packet as it is.</param>
    ReadOnlySpan<byte> Received(ReadOnlySpan<byte> packet, PacketHandler send);

    /// <summary>What is sent in its place.</summary>
    ReadOnlySpan<byte> Sent(ReadOnlySpan<byte> packet);
}
