using System.Net;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Conformance.Testing;

internal delegate void IkeHandler(DateTimeOffset now, IPEndPoint local, IPEndPoint remote, ReadOnlySpan<byte> octets);

internal delegate void EspHandler(DateTimeOffset now, Ipv4View outer, ReadOnlySpan<byte> esp, bool isEncapsulated);

internal delegate void ClearHandler(DateTimeOffset now, ReadOnlySpan<byte> packet);

/// <summary>The tester's place on the link: sorts what comes in, frames what goes out. Keeps no state of any protocol but ARP.</summary>
internal sealed class TesterNode : INode
{
    private readonly EthernetPort _port;
    private readonly Ipv4Address _address;
    private readonly IkeHandler _ike;
    private readonly EspHandler _esp;
    private readonly ClearHandler _clear;

    public TesterNode(ILink link, Ipv4Address address, int prefixLength, IkeHandler ike, EspHandler esp, ClearHandler clear)
    {
        _address = address;
        _ike = ike;
        _esp = esp;
        _clear = clear;
        _port = new(link, address, prefixLength)
        {
            Received = HandlePacket,
            // What is routed through the tester came out of a tunnel or never went into one: it came in clear.
            ReceivedForOthers = (now, packet) => _clear(now, packet),
        };
    }

    public DateTimeOffset? NextDeadline => _port.NextDeadline;

    public void Receive(DateTimeOffset now, ReadOnlySpan<byte> frame) => _port.Receive(now, frame);

    public void Advance(DateTimeOffset now) => _port.Advance(now);

    public void SendUdp(DateTimeOffset now, IPEndPoint local, IPEndPoint remote, ReadOnlySpan<byte> payload) => _port.SendUdp(now, local, remote, payload);

    public void SendIp(DateTimeOffset now, byte protocol, ReadOnlySpan<byte> payload, Ipv4Address destination)
    {
        var packet = new byte[Ipv4View.MinimumHeaderLength + payload.Length];
        new Ipv4Header(_address, destination, protocol).WritePacket(packet, payload);
        _port.Send(now, packet);
    }

    public void SendVia(DateTimeOffset now, Ipv4Address nextHop, ReadOnlySpan<byte> packet) => _port.SendVia(now, nextHop, packet);

    private void HandlePacket(DateTimeOffset now, ReadOnlySpan<byte> octets)
    {
        if (!Ipv4View.TryParse(octets, out var packet, out _))
            return;
        if (packet.Protocol == IpProtocol.Esp)
        {
            _esp(now, packet, packet.Payload, isEncapsulated: false);
        }
        else if (packet.Protocol == IpProtocol.Udp && UdpView.TryParse(packet.Payload, out var udp, out _)
            && udp.DestinationPort is UdpEncapsulation.IkePort or UdpEncapsulation.NatTraversalPort)
        {
            HandleUdp(now, packet, udp);
        }
        else
        {
            _clear(now, octets);
        }
    }

    private void HandleUdp(DateTimeOffset now, Ipv4View packet, UdpView udp)
    {
        var content = udp.Payload;
        var kind = EncapsulatedKind.Ike;
        if (udp.DestinationPort == UdpEncapsulation.NatTraversalPort)
            kind = UdpEncapsulation.Classify(udp.Payload, out content);
        if (kind == EncapsulatedKind.Esp)
            _esp(now, packet, content, isEncapsulated: true);
        else if (kind == EncapsulatedKind.Ike)
            _ike(now, new(packet.Destination.ToIPAddress(), udp.DestinationPort), new(packet.Source.ToIPAddress(), udp.SourcePort), content);
    }
}
