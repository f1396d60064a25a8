using System.Collections.Immutable;
using Ipsec.Dataplane;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Ike;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Ipsec.Host;

/// <summary>
/// A whole host with IPsec: an Ethernet port with an address of its own, IKEv2, ESP, and behind them a small network stack at an inner address. It ends the
/// SAs itself: what comes out of a tunnel is for its inner address, what leaves its inner address goes through the SPD. Not thread-safe.
/// </summary>
public sealed class IpsecHost : INode
{
    // What a tunnel adds at most, in octets: IPv4 20, UDP 8, ESP 8, IV 16, padding and trailer 17, ICV 32; rounded up.
    private const int MaximumOverhead = 120;

    private readonly IpsecHostOptions _options;
    private readonly EthernetPort _port;
    private readonly DataPlane _dataplane;
    private readonly IkeEndpoint _ike;
    private readonly ChildInstaller _installer;
    private readonly PacketHandler _send;
    private readonly Queue<string> _events = new();
    private DateTimeOffset _now;

    public IpsecHost(ILink link, Ipv4Address outer, int prefixLength, Ipv4Address inner, IpsecHostOptions options)
    {
        _options = options;
        _port = new(link, outer, prefixLength) { Received = HandlePacket };
        _dataplane = new(audit => Record($"discarded: {audit.Reason} spi {audit.Spi:x8} sequence {audit.SequenceNumber} {audit.Source} > {audit.Destination}"));
        _send = packet => _port.Send(_now, packet);
        _ike = new(options.Ike, options.Random, options.IkeCodec);
        _installer = new(options, _dataplane);
        var stackOptions = new InnerStackOptions { Mtu = link.Mtu - MaximumOverhead, Seed = (int)options.Random.NextUInt32() };
        InnerStack = new(inner, SendFromStack, stackOptions);
        OuterStack = new(outer, SendFromStack, stackOptions with { Fragments = false });
    }

    /// <summary>The stack at the inner address: traffic of tunnels.</summary>
    public InnerStack InnerStack { get; }

    /// <summary>The stack at the outer address: traffic of transport mode.</summary>
    public InnerStack OuterStack { get; }

    public DataPlane DataPlane => _dataplane;

    /// <summary>What happened, a line each, oldest first: events of IKE, and audit events of ESP.</summary>
    public IReadOnlyCollection<string> Events => _events;

    /// <summary>The child SAs: peer, who authenticated and how, traffic.</summary>
    public ImmutableArray<ChildSa> Children => [.. _ike.Children];

    public DateTimeOffset? NextDeadline => Earliest(Earliest(_port.NextDeadline, _ike.NextDeadline), Earliest(InnerStack.NextDeadline, OuterStack.NextDeadline));

    /// <summary>Adds a connection with its PROTECT entry in the SPD.</summary>
    public void Add(IkeConnection connection)
    {
        _ike.Add(connection);
        _dataplane.Policies.Append(new(
            connection.Name, PolicyAction.Protect,
            new(ChildInstaller.Ranges(connection.LocalTraffic), ChildInstaller.Ranges(connection.RemoteTraffic))));
    }

    /// <summary>Forgets connections, policies and SAs, without telling anybody.</summary>
    public void Reset()
    {
        _ike.Reset();
        Perform(_now);
        _dataplane.Policies.Clear();
        _dataplane.Associations.Clear();
        _events.Clear();
    }

    public void Command(DateTimeOffset now, IkeCommand command)
    {
        _now = now;
        _ike.Handle(now, command);
        Perform(now);
    }

    public void Receive(DateTimeOffset now, ReadOnlySpan<byte> frame)
    {
        _now = now;
        _port.Receive(now, frame);
    }

    public void Advance(DateTimeOffset now)
    {
        _now = now;
        _port.Advance(now);
        _ike.Advance(now);
        Perform(now);
        InnerStack.Advance(now);
        OuterStack.Advance(now);
    }

    private void HandlePacket(DateTimeOffset now, ReadOnlySpan<byte> octets)
    {
        if (!Ipv4View.TryParse(octets, out var packet, out _))
            return;
        switch (packet.Protocol)
        {
            case IpProtocol.Udp when IsForIke(packet, out var udp):
                HandleIkePort(now, packet, udp);
                break;
            default:
                if (_dataplane.Inbound(now, octets, out var delivered, out _) != Disposition.Discarded)
                    Deliver(now, delivered);
                break;
        }
    }

    private static bool IsForIke(Ipv4View packet, out UdpView udp) =>
        UdpView.TryParse(packet.Payload, out udp, out _)
        && udp.DestinationPort is UdpEncapsulation.IkePort or UdpEncapsulation.NatTraversalPort;

    private void HandleIkePort(DateTimeOffset now, Ipv4View packet, UdpView udp)
    {
        if (!udp.HasValidChecksum(packet.Source, packet.Destination))
            return;
        var content = udp.Payload;
        if (udp.DestinationPort == UdpEncapsulation.NatTraversalPort)
        {
            var kind = UdpEncapsulation.Classify(udp.Payload, out content);
            if (kind == EncapsulatedKind.Esp && IpView.TryParse(packet.Octets, out var encapsulated, out _)
                && _dataplane.InboundEncapsulated(now, encapsulated, out var delivered, out _) == Disposition.Processed)
                Deliver(now, delivered);
            if (kind != EncapsulatedKind.Ike)
                return;
        }
        _ike.Handle(now, new IkeDatagram(
            new(packet.Destination.ToIPAddress(), udp.DestinationPort), new(packet.Source.ToIPAddress(), udp.SourcePort), content.ToArray()));
        Perform(now);
    }

    private void Deliver(DateTimeOffset now, ReadOnlySpan<byte> packet)
    {
        InnerStack.Receive(now, packet);
        OuterStack.Receive(now, packet);
    }

    private void SendFromStack(DateTimeOffset now, ReadOnlySpan<byte> packet)
    {
        _now = now;
        if (_dataplane.Outbound(now, packet, _send, out var reason) == Disposition.Discarded)
            Record($"not sent: {reason}");
    }

    private void Perform(DateTimeOffset now)
    {
        while (_ike.TryDequeue(out var effect))
        {
            switch (effect)
            {
                case IkeEffect.Send send:
                    _port.SendUdp(now, send.Local, send.Remote, send.Local.Port == UdpEncapsulation.NatTraversalPort ? UdpEncapsulation.WithMarker(send.Message) : send.Message);
                    break;
                case IkeEffect.Install install:
                    _options.KeyLog?.ChildSa(install.Child, install.Keys);
                    _installer.Install(install.Child, install.Keys);
                    break;
                case IkeEffect.Remove remove:
                    _installer.Remove(remove.Child);
                    break;
                case IkeEffect.KeysDerived keys:
                    _options.KeyLog?.IkeSa(keys.InitiatorSpi, keys.ResponderSpi, keys.Algorithms, keys.Keys);
                    break;
                case IkeEffect.Notice notice:
                    Record(notice.Event.ToString());
                    break;
            }
        }
    }

    private void Record(string line)
    {
        if (_events.Count == _options.EventsKept)
            _events.Dequeue();
        _events.Enqueue($"{_now:HH:mm:ss.ffffff} {line}");
    }

    private static DateTimeOffset? Earliest(DateTimeOffset? left, DateTimeOffset? right) =>
        left is null ? right : right is null || left < right ? left : right;
}
