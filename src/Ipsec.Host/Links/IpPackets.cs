using Ipsec.Packets.Ip;

namespace Ipsec.Host.Links;

/// <summary>A whole IP packet of either family. The octets are borrowed for the call.</summary>
public delegate void IpPacketHandler(DateTimeOffset now, ReadOnlySpan<byte> packet);

/// <summary>What a link's end asks of packets of either family.</summary>
internal static class IpPackets
{
    /// <summary>IPv6 has no header checksum: true.</summary>
    public static bool HasValidHeaderChecksum(this IpView packet) =>
        packet.IsIpv6 || InternetChecksum.Compute(packet.Octets[..packet.UnfragmentableLength]) == 0;
}
