using System.Net;
using System.Net.Sockets;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Ipsec.Host.Links;

/// <summary>UDP datagrams from an <see cref="EthernetPort"/>.</summary>
public static class UdpOnEthernet
{
    /// <summary>Sends one datagram, with its checksum where it has one; larger ones go out in fragments.</summary>
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
        var header = new UdpHeader((ushort)local.Port, (ushort)remote.Port);
        var length = LeavesChecksumOut(local, remote, payload)
            ? header.WriteDatagramWithoutChecksum(packet.AsSpan(headerLength), payload)
            : header.WriteDatagram(packet.AsSpan(headerLength), source, destination, payload);
        new IpHeader(source, destination, IpProtocol.Udp) { Identification = identification }.Write(packet, length);
        return packet;
    }

    /// <summary>ESP in UDP and keepalives over IPv4 (RFC 3948 sections 2.1 and 2.3).</summary>
    private static bool LeavesChecksumOut(IPEndPoint local, IPEndPoint remote, ReadOnlySpan<byte> payload) =>
        local.AddressFamily == AddressFamily.InterNetwork
        && (local.Port == UdpEncapsulation.NatTraversalPort || remote.Port == UdpEncapsulation.NatTraversalPort)
        && UdpEncapsulation.Classify(payload, out _) is EncapsulatedKind.Esp or EncapsulatedKind.Keepalive;
}
