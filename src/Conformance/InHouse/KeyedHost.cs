using Conformance.Implementations;
using Ipsec.Dataplane;
using Ipsec.Host;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Conformance.InHouse;

/// <summary>
/// The in-house data plane without IKE, as a host of both families: what it is keyed with by hand is all that it has. Behind it stand a stack at the inner
/// addresses and one at the outer ones. Not thread-safe.
/// </summary>
internal sealed class KeyedHost : INode
{
    // Room for one tunnel: what lies over it makes packets that are fragmented outside, so that both ways of fragmenting are gone.
    private const int Overhead = 120;

    private readonly EthernetPort _port;
    private readonly PacketHandler _send;
    private readonly Queue<string> _events = new();
    private readonly int _eventsKept;
    private DateTimeOffset _now;

    /// <param name="configuration">Seen from this host.</param>
    /// <exception cref="UnsupportedPolicyException">The data plane can't do it; the field is named.</exception>
    public KeyedHost(ILink link, HostPlaces places, ManualConfiguration configuration, IpsecHostOptions options)
    {
        _eventsKept = options.EventsKept;
        _port = new(link, places.Outer, places.PrefixLength) { Received = HandlePacket };
        _send = packet => _port.Send(_now, packet);
        DataPlane = new(audit => Record($"discarded: {audit.Reason} spi {audit.Spi:x8} sequence {audit.SequenceNumber} {audit.Source} > {audit.Destination}"));
        ManualTranslation.Install(configuration, DataPlane, options);
        var stackOptions = new InnerStackOptions { Mtu = link.Mtu - Overhead, Seed = (int)options.Random.NextUInt32() };
        InnerStack = new(places.Inner, SendFromStack, stackOptions);
        OuterStack = new(places.Outer, SendFromStack, stackOptions with { Fragments = false });
        if (places.Ipv6 is { } ipv6)
        {
            _port.AddAddress(ipv6.Outer, ipv6.PrefixLength);
            InnerStack.AddAddress(ipv6.Inner);
            OuterStack.AddAddress(ipv6.Outer);
        }
    }

    public DataPlane DataPlane { get; }

    public InnerStack InnerStack { get; }

    /// <summary>Its packets may be over the MTU: transport mode takes whole datagrams.</summary>
    public InnerStack OuterStack { get; }

    /// <summary>What was discarded, a line each, oldest first.</summary>
    public IReadOnlyCollection<string> Events => _events;

    public DateTimeOffset? NextDeadline => new[] { _port.NextDeadline, InnerStack.NextDeadline, OuterStack.NextDeadline }.Min();

    public void Receive(DateTimeOffset now, ReadOnlySpan<byte> frame)
    {
        _now = now;
        _port.Receive(now, frame);
    }

    public void Advance(DateTimeOffset now)
    {
        _now = now;
        _port.Advance(now);
        InnerStack.Advance(now);
        OuterStack.Advance(now);
    }

    private void HandlePacket(DateTimeOffset now, ReadOnlySpan<byte> octets)
    {
        if (!IpView.TryParse(octets, out var packet, out _))
            return;
        var disposition = IsEncapsulated(packet)
            ? DataPlane.InboundEncapsulated(now, packet, out var delivered, out _)
            : DataPlane.Inbound(now, octets, out delivered, out _);
        if (disposition == Disposition.Discarded)
            return;
        InnerStack.Receive(now, delivered);
        OuterStack.Receive(now, delivered);
    }

    private static bool IsEncapsulated(IpView packet) =>
        packet.Protocol == IpProtocol.Udp && !packet.IsFragment
        && UdpView.TryParse(packet.Transport, out var udp, out _)
        && udp.DestinationPort == UdpEncapsulation.NatTraversalPort
        && UdpEncapsulation.Classify(udp.Payload, out _) == EncapsulatedKind.Esp;

    private void SendFromStack(DateTimeOffset now, ReadOnlySpan<byte> packet)
    {
        _now = now;
        if (DataPlane.Outbound(now, packet, _send, out var reason) == Disposition.Discarded)
            Record($"not sent: {reason}");
    }

    private void Record(string line)
    {
        if (_events.Count == _eventsKept)
            _events.Dequeue();
        _events.Enqueue($"{_now:HH:mm:ss.ffffff} {line}");
    }
}

/// <summary>Where a host is.</summary>
/// <param name="PrefixLength">Prefix length of the outer segment, bits.</param>
internal sealed record HostPlaces(IpAddress Outer, int PrefixLength, IpAddress Inner, (IpAddress Outer, int PrefixLength, IpAddress Inner)? Ipv6)
{
    public static HostPlaces OfIut(Topology topology) => new(
        topology.Iut, topology.PrefixLength, topology.IutInner,
        topology.Ipv6 is { } ipv6 ? (ipv6.Iut, ipv6.PrefixLength, ipv6.IutInner) : null);

    public static HostPlaces OfTester(Topology topology) => new(
        topology.Tester, topology.PrefixLength, topology.TesterInner,
        topology.Ipv6 is { } ipv6 ? (ipv6.Tester, ipv6.PrefixLength, ipv6.TesterInner) : null);
}
