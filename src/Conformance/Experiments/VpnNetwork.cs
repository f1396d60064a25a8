using System.Collections.Immutable;
using System.Net;
using Ipsec.Host;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Conformance.Experiments;

/// <summary>
/// <code>
/// alice, anna - left gateway - hostile router - right gateway - bob, bert
/// </code>
/// The hosts have both families, the network between the gateways has one.
/// </summary>
internal sealed class VpnNetwork
{
    private static readonly IPNetwork[] LeftNetworks = [IPNetwork.Parse("10.1.0.0/16"), IPNetwork.Parse("2001:db8:1::/48")];
    private static readonly IPNetwork[] RightNetworks = [IPNetwork.Parse("10.2.0.0/16"), IPNetwork.Parse("2001:db8:2::/48")];

    private readonly Dictionary<string, PlainHost> _hosts = [];
    private readonly Impairments _impairments;
    private readonly bool _outerIpv6;
    private readonly SecurityGateway _left;
    private readonly SecurityGateway _right;
    private int _links;

    public VpnNetwork(VpnExperiment experiment, bool outerIpv6)
    {
        _outerIpv6 = outerIpv6;
        _impairments = new()
        {
            Loss = experiment.Loss,
            Duplication = experiment.Duplication,
            Reordering = experiment.Reordering,
            HoldBack = TimeSpan.FromMilliseconds(4),
            Delay = TimeSpan.FromMilliseconds(5),
        };
        Networks = new(new VirtualNetwork(), experiment.Seed);
        Marker = new byte[16];
        new Random(experiment.Seed).NextBytes(Marker);
        Hostile = new("hostile network", Marker);
        Left = new("left private network", Marker);
        Right = new("right private network", Marker);
        _left = AddGateway(1, "left", LeftNetworks, RightNetworks, Left, VirtualNetwork.DefaultMtu);
        _right = AddGateway(2, "right", RightNetworks, LeftNetworks, Right, experiment.SmallMtu);
        HostileRouter.AddPort(HostileLink("hostile-left", "outside-left", VirtualNetwork.DefaultMtu), Outside("left", router: true), PrefixLength);
        HostileRouter.AddPort(HostileLink("hostile-right", "outside-right", experiment.SmallMtu), Outside("right", router: true), PrefixLength);
        foreach (var (name, side, listener) in new[] { ("alice", "left", Left), ("anna", "left", Left), ("bob", "right", Right), ("bert", "right", Right) })
            AddHost(name, side, listener);
    }

    public PrivateNetworks Networks { get; }

    /// <summary>What the hosts' data consist of.</summary>
    public byte[] Marker { get; }

    public Eavesdropper Hostile { get; }

    public Eavesdropper Left { get; }

    public Eavesdropper Right { get; }

    public Router HostileRouter { get; } = new();

    public ExperimentKeyLog Keys { get; } = new();

    private int PrefixLength => _outerIpv6 ? 64 : 24;

    public PlainHost Host(string name) => _hosts[name];

    public static IPAddress AddressOf(string host, bool ipv6) => IPAddress.Parse((host, ipv6) switch
    {
        ("alice", false) => "10.1.0.1",
        ("anna", false) => "10.1.0.2",
        ("bob", false) => "10.2.0.1",
        ("bert", false) => "10.2.0.2",
        ("alice", true) => "2001:db8:1::1",
        ("anna", true) => "2001:db8:1::2",
        ("bob", true) => "2001:db8:2::1",
        _ => "2001:db8:2::2",
    });

    /// <summary>The SAs as both gateways count them; whose receiver has no such SA any more is left out.</summary>
    public ImmutableArray<AssociationFigures> Associations() =>
        [.. AssociationsBetween(_left, "left gateway", _right, "right gateway"), .. AssociationsBetween(_right, "right gateway", _left, "left gateway")];

    private static IEnumerable<AssociationFigures> AssociationsBetween(SecurityGateway source, string sourceName, SecurityGateway target, string targetName) =>
        from sender in source.DataPlane.Associations.Outbound
        let receiver = target.DataPlane.Associations.FindInbound(sender.Parameters.Protocol, sender.Parameters.Spi)
        where receiver is not null
        select new AssociationFigures("all traffic between the private networks", sourceName, targetName, sender.Parameters.Spi, sender.Packets, receiver.Packets);

    private SecurityGateway AddGateway(int number, string side, IPNetwork[] own, IPNetwork[] peers, Eavesdropper inside, int mtu)
    {
        var router = new Router(Networks.Seed * 16 + number);
        var outside = router.AddPort(HostileLink($"gateway-{side}", $"outside-{side}", mtu), Outside(side, router: false), PrefixLength);
        outside.Routes.AddDefault(Outside(side, router: true));
        // The other family has no network of its own out there: what goes there goes into the tunnel.
        if (!_outerIpv6)
            outside.Routes.Add(IpAddress.Lowest(ipv6: true), 0);
        else
            outside.Routes.Add(IpAddress.Lowest(ipv6: false), 0);
        var link = Networks.Attach($"gateway-{side}-inside", side);
        inside.ListenTo(link);
        var port = router.AddPort(link, Gateway(own[0]), own[0].PrefixLength);
        router.AddAddress(port, Gateway(own[1]), 64);
        var gateway = new SecurityGateway(router, outside, Networks.Options(number, number == 1 ? Keys : null));
        var other = side == "left" ? "right" : "left";
        gateway.Add(PrivateNetworks.Connection("vpn", (side, Outside(side, router: false), own), (other, Outside(other, router: false), peers)));
        return gateway;
    }

    private void AddHost(string name, string side, Eavesdropper inside)
    {
        var networks = side == "left" ? LeftNetworks : RightNetworks;
        var link = Networks.Attach(name, side);
        inside.ListenTo(link);
        var host = new PlainHost(link, AddressOf(name, ipv6: false), networks[0].PrefixLength, new InnerStackOptions { Seed = Networks.Seed * 16 + _hosts.Count });
        host.AddAddress(AddressOf(name, ipv6: true), 64);
        host.Port.Routes.AddDefault(Gateway(networks[0]));
        host.Port.Routes.AddDefault(Gateway(networks[1]));
        _hosts.Add(name, host);
    }

    // A link to the network between the gateways: what its owner sends is heard first, then suffers.
    private ILink HostileLink(string name, string segment, int mtu)
    {
        var link = _impairments.Around(Networks.Attach(name, segment, mtu), Networks.Network, (Networks.Seed * 31) + ++_links, ImpairedDirections.Sent);
        Hostile.ListenTo(link);
        return link;
    }

    private IPAddress Outside(string side, bool router) => IPAddress.Parse((side, _outerIpv6) switch
    {
        ("left", false) => router ? "192.0.2.254" : "192.0.2.1",
        ("right", false) => router ? "198.51.100.254" : "198.51.100.1",
        ("left", true) => router ? "2001:db8:f1::fe" : "2001:db8:f1::1",
        _ => router ? "2001:db8:f2::fe" : "2001:db8:f2::1",
    });

    // The last address of an IPv4 network's first 256; ::fe of an IPv6 network.
    private static IpAddress Gateway(IPNetwork network) => ((IpAddress)network.BaseAddress).Offset(254);
}
