using System.Net;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Links;

/// <summary>UDP datagrams from an <see cref="EthernetPort"/>.</summary>
public static class UdpOnEthernet
{
    /// <summary>Sends one datagram, with its checksum; larger ones go out in fragments.</summary>
    /// <param name="payload">At most <see cref="UdpHeader.MaximumPayloadLength"/> octets.</param>
    public static void SendUdp(this EthernetPort port, DateTimeOffset now, IPEndPoint local, IPEndPoint remote, ReadOnlySpan<byte> payload, ushort identification = 0)
    {
        var packet = new byte[Ipv4View.MinimumHeaderLength + UdpView.HeaderLength + payload.Length];
        var length = new UdpHeader((ushort)local.Port, (ushort)remote.Port)
            .WriteDatagram(packet.AsSpan(Ipv4View.MinimumHeaderLength), local.Address, remote.Address, payload);
        new Ipv4Header(local.Address, remote.Address, IpProtocol.Udp) { Identification = identification }.Write(packet, length);
        port.Send(now, packet);
    }
}
