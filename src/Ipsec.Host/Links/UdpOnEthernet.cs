using System.Net;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Links;

/// <summary>UDP datagrams from an <see cref="EthernetPort"/>.</summary>
public static class UdpOnEthernet
{
    /// <summary>Sends one datagram, with its checksum; larger ones go out in fragments.</summary>
    /// <param name="payload">At most <see cref="UdpHeader.MaximumPayloadLength"/> octets.</param>
    /// <param name="identification">For IPv4.</param>
    public static void SendUdp(this EthernetPort port, DateTimeOffset now, IPEndPoint local, IPEndPoint remote, ReadOnlySpan<byte> payload, ushort identification = 0) =>
        port.Send(now, Packet(local, remote, payload, identification));

    /// <summary>The datagram in its IP packet.</summary>
    internal static byte[] Packet(IPEndPoint local, IPEndPoint remote, ReadOnlySpan<byte> payload, ushort identification = 0)
    {
        IpAddress source = local.Address, destination = remote.Address;
        var headerLength = IpHeader.LengthOf(source.IsIpv6);
        var packet = new byte[headerLength + UdpView.HeaderLength + payload.Length];
        var length = new UdpHeader((ushort)local.Port, (ushort)remote.Port).WriteDatagram(packet.AsSpan(headerLength), source, destination, payload);
        new IpHeader(source, destination, IpProtocol.Udp) { Identification = identification }.Write(packet, length);
        return packet;
    }
}
