using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Conformance.Defects;

/// <summary>Changes a UDP datagram, from its header on.</summary>
internal delegate void DatagramChange(Span<byte> udp);

/// <summary>IKE in the packets that a host sends.</summary>
internal static class IkeDatagram
{
    /// <param name="offset">Of the UDP header in the packet.</param>
    public static bool IsResponse(byte[] packet, out int offset)
    {
        offset = 0;
        if (!IpView.TryParse(packet, out var view, out _) || view.Protocol != IpProtocol.Udp || !UdpView.TryParse(view.Transport, out var udp, out _))
            return false;
        offset = view.TransportOffset;
        var payload = udp.Payload;
        if (udp.SourcePort == UdpEncapsulation.NatTraversalPort && UdpEncapsulation.Classify(payload, out payload) != EncapsulatedKind.Ike)
            return false;
        return IkeHeader.TryParse(payload, out var header, out _) && header.IsResponse && udp.SourcePort is UdpEncapsulation.IkePort or UdpEncapsulation.NatTraversalPort;
    }
}
