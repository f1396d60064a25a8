using System.Net;
using System.Net.NetworkInformation;
using Ipsec.Host;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Experiments;

/// <summary>
/// Two plain hosts, each behind a security gateway, and between the gateways a path that delays every packet the same and loses some of them by chance. Counts
/// what crosses that path.
/// </summary>
internal sealed class LossyTunnel
{
    // Less than the path's 1500 by more than either tunnel adds, so that no inner packet ever needs two outer ones.
    private const int InsideMtu = 1400;

    private static readonly IPAddress LeftOutside = IPAddress.Parse("203.0.113.1"), RightOutside = IPAddress.Parse("203.0.113.2");
    private static readonly IPNetwork LeftNetwork = IPNetwork.Parse("10.1.0.0/16"), RightNetwork = IPNetwork.Parse("10.2.0.0/16");
    private static readonly TimeSpan SetUpLimit = TimeSpan.FromMinutes(2);

    private readonly PrivateNetworks _networks;
    private readonly Impairments _impairments;
    private readonly TunnelKind _kind;

    public LossyTunnel(TunnelKind kind, double loss, TimeSpan oneWayDelay, int seed)
    {
        _kind = kind;
        _impairments = new() { Loss = loss, Delay = oneWayDelay };
        _networks = new(new VirtualNetwork(), seed);
        var (left, leftRouter) = AddGateway(1, "left", LeftOutside, "10.1.0.254", LeftNetwork, RightOutside, RightNetwork);
        var (right, rightRouter) = AddGateway(2, "right", RightOutside, "10.2.0.254", RightNetwork, LeftOutside, LeftNetwork);
        Alice = AddHost("alice", "left", IPAddress.Parse("10.1.0.1"), leftRouter);
        Bob = AddHost("bob", "right", IPAddress.Parse("10.2.0.1"), rightRouter);
        // Nobody asks for a MAC address: no question crosses the lossy path, and no packet waits for an answer.
        leftRouter.Outside.SetNeighbour(RightOutside, rightRouter.OutsideMac);
        rightRouter.Outside.SetNeighbour(LeftOutside, leftRouter.OutsideMac);
        SetUp((left, leftRouter.Router, LeftOutside), (right, rightRouter.Router, RightOutside));
    }

    /// <summary>What the two hosts' own links and the path itself add to the delay, one way.</summary>
    public static TimeSpan LinkLatencies => 3 * new VirtualNetwork().Latency;

    public PlainHost Alice { get; }

    public PlainHost Bob { get; }

    public VirtualNetwork Network => _networks.Network;

    /// <summary>Packets of the tunnel on the path, both directions: given to it, and come out of it.</summary>
    public PacketCounters Path { get; } = new();

    /// <summary>Packets of the hosts.</summary>
    public PacketCounters Inner { get; } = new();

    /// <summary>Segments that the tunnel's own TCP sent again; 0 for ESP.</summary>
    public long Retransmissions => _carriages is var (one, other) ? one.Retransmissions + other.Retransmissions : 0;

    /// <summary>Packets lost in the tunnel's own queues; none for ESP, which has no queue.</summary>
    public long Overflowed => _carriages is var (one, other) ? one.Overflowed + other.Overflowed : 0;

    private (TcpCarriage One, TcpCarriage Other)? _carriages;

    public bool Run(Func<bool> condition, TimeSpan limit) => _networks.Run(condition, limit);

    private (SecurityGateway Gateway, GatewayRouter Router) AddGateway(
        int number, string side, IPAddress outside, string inside, IPNetwork network, IPAddress peer, IPNetwork peerNetwork)
    {
        var router = new Router(_networks.Seed * 16 + number);
        var wire = _networks.Attach($"gateway-{side}", "path");
        wire.Observed += (_, direction, frame) => Path.Received += PacketCounters.Is(direction, FrameDirection.Received, frame);
        var link = _impairments.Around(wire, Network, unchecked((_networks.Seed * 31) + number), ImpairedDirections.Sent);
        link.Observed += (_, direction, frame) => Path.Sent += PacketCounters.Is(direction, FrameDirection.Sent, frame);
        var port = router.AddPort(link, outside, 24);
        port.Routes.AddDefault(peer);
        var insideLink = _networks.Attach($"gateway-{side}-inside", side, InsideMtu);
        router.AddPort(insideLink, IPAddress.Parse(inside), network.PrefixLength);
        var gateway = new SecurityGateway(router, port, _networks.Options(number));
        // The connection that carries the tunnel is the gateways' own, and in clear.
        gateway.DataPlane.Policies.Append(new(
            "the tunnel itself", Ipsec.Dataplane.PolicyAction.Bypass,
            new([Ipsec.Dataplane.TrafficRange.Host(outside)], [Ipsec.Dataplane.TrafficRange.Host(peer)])));
        gateway.Add(PrivateNetworks.Connection("tunnel", (side, outside, [network]), (side == "left" ? "right" : "left", peer, [peerNetwork])));
        return (gateway, new(router, link.Address, insideLink.Address));
    }

    private PlainHost AddHost(string name, string segment, IPAddress address, GatewayRouter router)
    {
        var link = _networks.Attach(name, segment, InsideMtu);
        Inner.Count(link);
        var host = new PlainHost(link, address, 16, new InnerStackOptions { Seed = _networks.Seed });
        host.Port.Routes.AddDefault(router.Inside.Address);
        host.Port.SetNeighbour(router.Inside.Address, router.InsideMac);
        router.Inside.SetNeighbour(address, link.Address);
        return host;
    }

    private void SetUp((SecurityGateway Gateway, Router Router, IpAddress Address) left, (SecurityGateway Gateway, Router Router, IpAddress Address) right)
    {
        left.Gateway.Command(Network.Now, new IkeCommand.Connect("tunnel"));
        if (!_networks.Run(() => !left.Gateway.Children.IsEmpty && !right.Gateway.Children.IsEmpty, SetUpLimit))
            throw new InvalidOperationException($"IKE set up no tunnel: {string.Join("; ", left.Gateway.Events)}");
        if (_kind == TunnelKind.Tcp)
        {
            _carriages = TcpCarriage.Connect(Network.Now, left, right);
            if (!_networks.Run(() => _carriages is ({ IsEstablished: true }, { IsEstablished: true }), SetUpLimit))
                throw new InvalidOperationException("the TCP connection of the tunnel was not established");
        }
        // Everything under way arrives.
        _networks.Run(() => false, TimeSpan.FromSeconds(5));
        Path.Reset();
        Inner.Reset();
    }

    private sealed record GatewayRouter(Router Router, PhysicalAddress OutsideMac, PhysicalAddress InsideMac)
    {
        public EthernetPort Outside => Router.Ports[0];

        public EthernetPort Inside => Router.Ports[1];
    }
}
