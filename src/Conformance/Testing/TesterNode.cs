using System.Buffers.Binary;
using System.Net;
using Conformance.Implementations;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Conformance.Testing;

internal delegate void IkeHandler(DateTimeOffset now, IPEndPoint local, IPEndPoint remote, ReadOnlySpan<byte> octets);

internal delegate void EspHandler(DateTimeOffset now, IpView outer, ReadOnlySpan<byte> esp, bool isEncapsulated);

/// <summary>Takes a whole packet; false if it is none of the SAs keyed by hand.</summary>
internal delegate bool ProtectedHandler(DateTimeOffset now, ReadOnlySpan<byte> packet);

internal delegate void ClearHandler(DateTimeOffset now, ReadOnlySpan<byte> packet);

/// <summary>The tester's place on the link: sorts what comes in, frames what goes out. Keeps no state of any protocol but ARP and neighbour discovery.</summary>
internal sealed class TesterNode : INode
{
    private readonly EthernetPort _port;
    private readonly IpAddress _address;
    private readonly IpAddress? _ipv6Address;
    private readonly IkeHandler _ike;
    private readonly IkeHandler _keepalive;
    private readonly EspHandler _esp;
    private readonly ProtectedHandler _protected;
    private readonly ClearHandler _clear;
    private InnerStack? _web;
    private ushort _servedPort;

    public TesterNode(
        ILink link, Topology topology, IkeHandler ike, IkeHandler keepalive, EspHandler esp, ProtectedHandler protectedHandler, ClearHandler clear)
    {
        _keepalive = keepalive;
        _protected = protectedHandler;
        _address = topology.Tester;
        _ike = ike;
        _esp = esp;
        _clear = clear;
        _port = new(link, _address, topology.PrefixLength)
        {
            Received = HandlePacket,
            // What is routed through the tester came out of a tunnel or never went into one: it came in clear.
            ReceivedForOthers = (now, packet) => _clear(now, packet),
        };
        if (topology.Ipv6 is { } ipv6)
        {
            _ipv6Address = ipv6.Tester;
            _port.AddAddress(ipv6.Tester, ipv6.PrefixLength);
        }
    }

    /// <summary>Ports besides 500 and 4500 where IKE is taken; what comes to them has the form of <see cref="UdpEncapsulation"/> if it comes from port 4500.</summary>
    public HashSet<ushort> OtherPorts { get; } = [];

    public DateTimeOffset? NextDeadline => Earlier(_port.NextDeadline, _web?.NextDeadline);

    public void Receive(DateTimeOffset now, ReadOnlySpan<byte> frame) => _port.Receive(now, frame);

    public void Advance(DateTimeOffset now)
    {
        _port.Advance(now);
        _web?.Advance(now);
    }

    /// <summary>TCP to this port of the tester is served.</summary>
    public void Serve(ushort port, TcpService service)
    {
        if (_web is null)
        {
            _web = new(_address, _port.Send);
            if (_ipv6Address is { } address)
                _web.AddAddress(address);
        }
        _web.ListenTcp(port, service);
        _servedPort = port;
    }

    public void SendUdp(DateTimeOffset now, IPEndPoint local, IPEndPoint remote, ReadOnlySpan<byte> payload) => _port.SendUdp(now, local, remote, payload);

    /// <summary>Sends ESP directly above IP, between the addresses of the IKE SA.</summary>
    public void SendEsp(DateTimeOffset now, IkeSession session, ReadOnlySpan<byte> esp) =>
        _port.Send(now, Tester.IpPacket(session.Local.Address, session.Remote.Address, IpProtocol.Esp, esp));

    /// <summary>Sends a packet as it is to whom it is for; in fragments if it is over the MTU and may be.</summary>
    public void SendPacket(DateTimeOffset now, ReadOnlySpan<byte> packet) => _port.Send(now, packet);

    public void SendVia(DateTimeOffset now, IpAddress nextHop, ReadOnlySpan<byte> packet) => _port.SendVia(now, nextHop, packet);

    private void HandlePacket(DateTimeOffset now, ReadOnlySpan<byte> octets)
    {
        if (_protected(now, octets))
            return;
        if (!IpView.TryParse(octets, out var packet, out _))
        {
            _clear(now, octets);
            return;
        }
        if (packet.Protocol == IpProtocol.Esp)
        {
            _esp(now, packet, packet.Transport, isEncapsulated: false);
        }
        else if (packet.Protocol == IpProtocol.Udp && UdpView.TryParse(packet.Transport, out var udp, out _)
            && (udp.DestinationPort is UdpEncapsulation.IkePort or UdpEncapsulation.NatTraversalPort || OtherPorts.Contains(udp.DestinationPort)))
        {
            HandleUdp(now, packet, udp);
        }
        else if (_web is not null && packet.Protocol == IpProtocol.Tcp && packet.Transport.Length >= 4 && BinaryPrimitives.ReadUInt16BigEndian(packet.Transport[2..]) == _servedPort)
        {
            _web.Receive(now, octets);
        }
        else
        {
            _clear(now, octets);
        }
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? left, DateTimeOffset? right) => left is null || right < left ? right ?? left : left;

    private void HandleUdp(DateTimeOffset now, IpView packet, UdpView udp)
    {
        var content = udp.Payload;
        var kind = EncapsulatedKind.Ike;
        if (udp.DestinationPort == UdpEncapsulation.NatTraversalPort || (OtherPorts.Contains(udp.DestinationPort) && udp.SourcePort == UdpEncapsulation.NatTraversalPort))
            kind = UdpEncapsulation.Classify(udp.Payload, out content);
        if (kind == EncapsulatedKind.Esp)
            _esp(now, packet, content, isEncapsulated: true);
        else if (kind == EncapsulatedKind.Keepalive)
            _keepalive(now, new(packet.Destination.ToIPAddress(), udp.DestinationPort), new(packet.Source.ToIPAddress(), udp.SourcePort), udp.Payload);
        else if (kind == EncapsulatedKind.Ike)
            _ike(now, new(packet.Destination.ToIPAddress(), udp.DestinationPort), new(packet.Source.ToIPAddress(), udp.SourcePort), content);
    }
}
