using System.Collections.Immutable;
using Conformance.Evidence;
using Ipsec.Crypto;
using Ipsec.Dataplane;
using Ipsec.Host;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Experiments;

/// <summary>
/// <code>
/// traveller - hostile router - gateway - plain host, particular host
/// </code>
/// One pair of SAs protects all traffic between the traveller and the network behind the gateway, another all traffic between the traveller and the particular
/// host, which is a host of its own or the gateway itself. Keys are put in by hand.
/// </summary>
internal sealed class BundleNetwork
{
    public static readonly IpAddress Traveller = IpAddress.Parse("198.51.100.7");
    public static readonly IpAddress PlainHostAddress = IpAddress.Parse("10.2.0.9");

    private const string OuterPolicy = "all traffic through the gateway", InnerPolicy = "all traffic to the particular host";

    private static readonly IpAddress Gateway = IpAddress.Parse("203.0.113.1"), GatewayInside = IpAddress.Parse("10.2.0.254");
    private static readonly IpAddress OwnHost = IpAddress.Parse("10.2.0.5");
    private static readonly TrafficRange Network = TrafficRange.Prefix(IpAddress.Parse("10.2.0.0"), 16);

    private static readonly EspAlgorithms EspAlgorithms = new(Algorithms.Encryption(EncryptionId.AesGcm16)!, 128, null, ExtendedSequenceNumbers: false);

    private readonly PrivateNetworks _networks;
    private readonly DataPlane _traveller;
    private readonly DataPlane _gateway;
    private readonly DataPlane _particular;
    private readonly BundleEnd _end;
    private uint _nextSpi = 0x1000;

    public BundleNetwork(BundleEnd end, int seed)
    {
        _end = end;
        _networks = new(new VirtualNetwork(), seed);
        Marker = new byte[16];
        new Random(seed).NextBytes(Marker);
        Hostile = new("between traveller and gateway", Marker);
        Private = new("behind the gateway", Marker);
        var isOwnHost = end == BundleEnd.HostBehindTheGateway;
        ParticularHost = isOwnHost ? OwnHost : GatewayInside;

        var traveller = new Router(seed * 16 + 1, servesEcho: true);
        (_traveller, TravellerStack) = AddSecurity(1, traveller, Add(traveller, "traveller", "near", Traveller, 24, IpAddress.Parse("198.51.100.254"), Hostile));
        var hostile = new Router(seed * 16 + 2);
        Add(hostile, "hostile-near", "near", IpAddress.Parse("198.51.100.254"), 24, null, Hostile);
        Add(hostile, "hostile-far", "far", IpAddress.Parse("203.0.113.254"), 24, null, Hostile);
        var gateway = new Router(seed * 16 + 3, servesEcho: true);
        var outside = Add(gateway, "gateway", "far", Gateway, 24, IpAddress.Parse("203.0.113.254"), Hostile);
        Add(gateway, "gateway-inside", "private", GatewayInside, 16, null, Private);
        (_gateway, _) = AddSecurity(2, gateway, outside);
        _particular = _gateway;
        if (isOwnHost)
        {
            var host = new Router(seed * 16 + 4, servesEcho: true);
            (_particular, _) = AddSecurity(3, host, Add(host, "particular-host", "private", OwnHost, 16, GatewayInside, Private));
        }
        var plainLink = _networks.Attach("plain-host", "private");
        Private.ListenTo(plainLink);
        PlainHostPackets.Count(plainLink);
        // Small enough for both SAs: each packet that it sends goes through, and can be counted against the SA's.
        new PlainHost(plainLink, PlainHostAddress, 16, new InnerStackOptions { Seed = seed, Mtu = 1300 }).Port.Routes.AddDefault(GatewayInside);
        AddPolicies();
        AddAssociations();
    }

    public PrivateNetworks Networks => _networks;

    /// <summary>What the hosts' data consist of.</summary>
    public byte[] Marker { get; }

    public InnerStack TravellerStack { get; }

    public IpAddress ParticularHost { get; }

    public Eavesdropper Hostile { get; }

    public Eavesdropper Private { get; }

    /// <summary>What came to the plain host, and what it sent.</summary>
    public PacketCounters PlainHostPackets { get; } = new();

    /// <summary>Packets that the traveller sent and received on its wire, whatever was in them.</summary>
    public PacketCounters TravellerPackets { get; } = new();

    public ExperimentKeyLog Keys { get; } = new();

    public ImmutableArray<AssociationFigures> Outer => Pair(OuterPolicy, _gateway, "gateway");

    public ImmutableArray<AssociationFigures> Inner => Pair(InnerPolicy, _particular, _end == BundleEnd.TheGatewayItself ? "gateway" : "particular host");

    private EthernetPort Add(Router router, string name, string segment, IpAddress address, int prefixLength, IpAddress? defaultRoute, Eavesdropper listener)
    {
        var link = _networks.Attach(name, segment);
        listener.ListenTo(link);
        if (address == Traveller)
            TravellerPackets.Count(link);
        var port = router.AddPort(link, address, prefixLength);
        if (defaultRoute is { } next)
            port.Routes.AddDefault(next);
        return port;
    }

    private (DataPlane DataPlane, InnerStack Stack) AddSecurity(int number, Router router, EthernetPort outside) =>
        (new SecurityGateway(router, outside, _networks.Options(number)).DataPlane, router.Stack!);

    // What the inner SA makes of a packet goes through the gateway as well: its entry stands before that for the particular host, which would catch it again.
    private void AddPolicies()
    {
        var (traveller, particular) = (TrafficRange.Host(Traveller), TrafficRange.Host(ParticularHost));
        var esp = particular with { Protocol = IpProtocol.Esp };
        _traveller.Policies.Append(new(OuterPolicy, PolicyAction.Protect, new([traveller with { Protocol = IpProtocol.Esp }], [esp])));
        _traveller.Policies.Append(new(InnerPolicy, PolicyAction.Protect, new([traveller], [particular])) { Nested = true });
        _traveller.Policies.Append(new(OuterPolicy, PolicyAction.Protect, new([traveller], [Network])));
        if (_end == BundleEnd.TheGatewayItself)
        {
            _gateway.Policies.Append(new(OuterPolicy, PolicyAction.Protect, new([esp], [traveller with { Protocol = IpProtocol.Esp }])));
            _gateway.Policies.Append(new(InnerPolicy, PolicyAction.Protect, new([particular], [traveller])) { Nested = true });
        }
        else
        {
            _particular.Policies.Append(new(InnerPolicy, PolicyAction.Protect, new([particular], [traveller])));
        }
        _gateway.Policies.Append(new(OuterPolicy, PolicyAction.Protect, new([Network], [traveller])));
    }

    private void AddAssociations()
    {
        var particular = TrafficRange.Host(ParticularHost);
        AddPair(OuterPolicy, IpsecMode.Tunnel, _gateway, Gateway, Network);
        AddPair(InnerPolicy, IpsecMode.Transport, _particular, ParticularHost, particular);
    }

    private void AddPair(string policy, IpsecMode mode, DataPlane peer, IpAddress peerAddress, TrafficRange remote)
    {
        var there = new TrafficPair([TrafficRange.Host(Traveller)], [remote]);
        var back = new TrafficPair([remote], [TrafficRange.Host(Traveller)]);
        Add(policy, mode, (_traveller, Traveller, there), (peer, peerAddress, back));
        Add(policy, mode, (peer, peerAddress, back), (_traveller, Traveller, there));
    }

    private void Add(
        string policy, IpsecMode mode, (DataPlane Plane, IpAddress Address, TrafficPair Traffic) sender, (DataPlane Plane, IpAddress Address, TrafficPair Traffic) receiver)
    {
        var parameters = new SecurityAssociationParameters(IpsecProtocol.Esp, ++_nextSpi, mode, sender.Address, receiver.Address);
        var random = RandomSource.Seeded((ulong)(uint)_networks.Seed * 64 + _nextSpi);
        var key = new byte[20];
        random.Fill(key);
        Keys.Esp.Add(KeyRecords.Of(parameters.Source.ToIPAddress(), parameters.Destination.ToIPAddress(), parameters.Spi, EspAlgorithms, key, []));
        sender.Plane.Associations.AddOutbound(policy, sender.Traffic, new OutboundSecurityAssociation(parameters, Protection(key, random)));
        receiver.Plane.Associations.AddInbound(
            policy, receiver.Traffic, new InboundSecurityAssociation(parameters, Protection(key, random), new AntiReplayWindow(extended: false)));
    }

    private static EspProtection Protection(byte[] key, RandomSource random) => new(EspAlgorithms, key, [], random);

    private ImmutableArray<AssociationFigures> Pair(string policy, DataPlane peer, string peerName) =>
        [.. OneWay(policy, _traveller, "traveller", peer, peerName), .. OneWay(policy, peer, peerName, _traveller, "traveller")];

    private static IEnumerable<AssociationFigures> OneWay(string policy, DataPlane source, string sourceName, DataPlane target, string targetName) =>
        from bundle in source.Associations.OutboundBundles
        where bundle.Policy == policy
        let sender = bundle.Associations[0]
        let receiver = target.Associations.FindInbound(IpsecProtocol.Esp, sender.Parameters.Spi)
        select new AssociationFigures(policy, sourceName, targetName, sender.Parameters.Spi, sender.Packets, receiver.Packets);
}
