using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Tests;

/// <summary>Two hosts with two routers between them: alice - 1500 - first - the middle's MTU - second - 1500 - bob.</summary>
public sealed class RouterTests
{
    private const int MiddleMtu = 1300;

    private static readonly IpAddress Bob4 = IpAddress.Parse("198.51.100.2"), Bob6 = IpAddress.Parse("2001:db8:2::2");

    private VirtualNetwork _network = new();
    private Router _first = new(1);
    private Router _second = new(2);
    private PlainHost _alice = null!;
    private PlainHost _bob = null!;
    private byte _macs = 20;

    [SetUp]
    public void Build()
    {
        (_network, _first, _second) = (new(), new(1), new(2));
        var near = AddPort(_first, "left", "192.0.2.254", "2001:db8:1::fe");
        AddDefaults(AddPort(_first, "middle", "203.0.113.1", "2001:db8:3::1", MiddleMtu), "203.0.113.2", "2001:db8:3::2");
        AddPort(_second, "right", "198.51.100.254", "2001:db8:2::fe");
        AddDefaults(AddPort(_second, "middle", "203.0.113.2", "2001:db8:3::2", MiddleMtu), "203.0.113.1", "2001:db8:3::1");
        _alice = AddHost("left", "192.0.2.1", "2001:db8:1::1", near);
        _bob = AddHost("right", $"{Bob4}", $"{Bob6}", _second.Ports[0]);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Ping_ThroughTwoRouters_CountsTheHopLimitDownTwice(bool ipv6)
    {
        var hopLimits = new List<byte>();
        _bob.Port.Received = (now, packet) =>
        {
            hopLimits.Add(packet[ipv6 ? 7 : 8]);
            _bob.Stack.Receive(now, packet);
        };
        _alice.Stack.Ping(_network.Now, ipv6 ? Bob6 : Bob4, new byte[100], 1, 1);
        Assert.That(_network.Run(() => _alice.Stack.EchoReplies.Count == 1, TimeSpan.FromSeconds(5)));
        Assert.That(hopLimits, Is.EqualTo(new byte[] { 62 }));
        Assert.That((_first.Counters.Forwarded, _second.Counters.Forwarded), Is.EqualTo((2L, 2L)));
    }

    [TestCase("192.0.2.254")]
    [TestCase("203.0.113.1")]
    [TestCase("2001:db8:1::fe")]
    [TestCase("2001:db8:3::1")]
    public void Ping_AnAddressOfARouter_IsAnswered(string address)
    {
        _alice.Stack.Ping(_network.Now, IpAddress.Parse(address), new byte[3000], 1, 1);
        Assert.That(_network.Run(() => _alice.Stack.EchoReplies.Count == 1, TimeSpan.FromSeconds(5)));
    }

    [TestCase(false, 1, "192.0.2.254")]
    [TestCase(false, 2, "203.0.113.2")]
    [TestCase(true, 1, "2001:db8:1::fe")]
    [TestCase(true, 2, "2001:db8:3::2")]
    public void HopLimit_RunsOut_TheRouterWhereItDoesSaysSo(bool ipv6, byte hopLimit, string router)
    {
        _alice.Port.Send(_network.Now, Packet(ipv6, hopLimit, 10));
        var error = Error();
        Assert.That((error.Kind, error.From), Is.EqualTo((IcmpErrorKind.HopLimitExceeded, IpAddress.Parse(router))));
        Assert.That(error.QuotedDestination, Is.EqualTo(ipv6 ? Bob6 : Bob4));
    }

    [TestCase("198.51.100.77", IcmpErrorKind.AddressUnreachable)]
    [TestCase("2001:db8:2::77", IcmpErrorKind.AddressUnreachable)]
    public void Neighbour_NeverAnswers_TheSenderHears(string destination, IcmpErrorKind kind)
    {
        _alice.Stack.Ping(_network.Now, IpAddress.Parse(destination), [], 1, 1);
        Assert.That(Error().Kind, Is.EqualTo(kind));
    }

    [Test]
    public void Route_None_TheSenderHears()
    {
        var lonely = new Router();
        AddPort(lonely, "island", "10.0.0.254", "2001:db8:9::fe");
        var host = AddHost("island", "10.0.0.1", "2001:db8:9::1", lonely.Ports[0]);
        host.Stack.Ping(_network.Now, Bob4, [], 1, 1);
        host.Stack.Ping(_network.Now, Bob6, [], 1, 1);
        Assert.That(_network.Run(() => host.Stack.IcmpErrors.Count == 2, TimeSpan.FromSeconds(5)));
        Assert.That(host.Stack.IcmpErrors.Select(error => error.Kind), Is.All.EqualTo(IcmpErrorKind.NoRoute));
        Assert.That(lonely.Counters.NoRoute, Is.EqualTo(2));
    }

    [Test]
    public void Loop_OfRoutes_EndsWhenTheHopLimitRunsOut()
    {
        _alice.Port.Send(_network.Now, Packet(false, 64, 10, IpAddress.Parse("10.9.9.9")));
        Assert.That(Error().Kind, Is.EqualTo(IcmpErrorKind.HopLimitExceeded));
        Assert.That(_first.Counters.Forwarded + _second.Counters.Forwarded, Is.EqualTo(63 + 1), "63 hops, and the error through one router");
    }

    [Test]
    public void Ipv4_OverTheNextMtu_IsFragmentedOnTheWay()
    {
        using var socket = _alice.Stack.BindUdp();
        var payload = new byte[1400];
        new Random(1).NextBytes(payload);
        socket.Send(_network.Now, Bob4, 7, payload);
        Assert.That(_network.Run(() => socket.Available == 1, TimeSpan.FromSeconds(5)));
        socket.TryReceive(out var datagram);
        Assert.That(datagram!.Payload.Span.SequenceEqual(payload));
        Assert.That((_first.Counters.Fragmented, _second.Counters.Fragmented), Is.EqualTo((1L, 1L)));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Udp_NotToBeFragmentedAndTooBig_IsHeardOfOnceAndThenFits(bool ipv6)
    {
        using var socket = _alice.Stack.BindUdp();
        socket.DontFragment = true;
        socket.Send(_network.Now, ipv6 ? Bob6 : Bob4, 7, new byte[1400]);
        var error = Error();
        Assert.That((error.Kind, error.NextHopMtu), Is.EqualTo((IcmpErrorKind.PacketTooBig, MiddleMtu)));
        Assert.That(_alice.Stack.PathMtu(_network.Now, ipv6 ? Bob6 : Bob4), Is.EqualTo(MiddleMtu));
        socket.Send(_network.Now, ipv6 ? Bob6 : Bob4, 7, new byte[1400]);
        var isBack = _network.Run(() => socket.Available == 1, TimeSpan.FromSeconds(5));
        // The way back is bob's to find out: of IPv6 his first answer is lost.
        Assert.That(isBack, Is.EqualTo(!ipv6));
        socket.Send(_network.Now, ipv6 ? Bob6 : Bob4, 7, new byte[1400]);
        Assert.That(_network.Run(() => socket.Available == (ipv6 ? 1 : 2), TimeSpan.FromSeconds(5)));
        Assert.That((_first.Counters.TooBig, _second.Counters.TooBig), Is.EqualTo((1L, ipv6 ? 1L : 0L)));
    }

    [Test]
    public void PathMtu_IsForgottenAfterTenMinutes()
    {
        using var socket = _alice.Stack.BindUdp();
        socket.Send(_network.Now, Bob6, 7, new byte[1400]);
        Error();
        Assert.That(_alice.Stack.PathMtu(_network.Now.AddMinutes(9), Bob6), Is.EqualTo(MiddleMtu));
        Assert.That(_alice.Stack.PathMtu(_network.Now.AddMinutes(11), Bob6), Is.EqualTo(1500));
    }

    [TestCase(false, 1260)]
    [TestCase(true, 1240)]
    public void Tcp_ThroughANarrowMiddle_FindsThePathMtu(bool ipv6, int segmentSize)
    {
        var connection = Inner.TcpTests.EchoOneMegabyte(_network, _alice, ipv6 ? Bob6 : Bob4);
        Assert.That(connection.SegmentSize, Is.EqualTo(segmentSize));
        Assert.That((_first.Counters.Fragmented, _second.Counters.Fragmented), Is.EqualTo((0L, 0L)));
        Assert.That((_first.Counters.TooBig, _second.Counters.TooBig), Is.GreaterThan((0L, 0L)));
    }

    [TestCase("a stranger's sequence number", 1460)]
    [TestCase("a segment under way", 960)]
    public void PacketTooBig_IsBelieved_OnlyOfWhatIsUnderWay(string quoting, int segmentSize)
    {
        var network = new VirtualNetwork();
        var (alice, bob) = (Nodes.Alice(network), Nodes.Bob(network));
        bob.Stack.ListenTcp(80);
        var client = alice.Stack.ConnectTcp(network.Now, Nodes.BobAddress, 80);
        network.Run(() => client.State == TcpState.Established, TimeSpan.FromSeconds(1));
        byte[]? segment = null;
        bob.Port.Received = (_, packet) => segment = packet.ToArray();
        client.Send(network.Now, new byte[100]);
        network.Run(() => segment is not null, TimeSpan.FromSeconds(1));
        segment![24] ^= (byte)(quoting.Contains("stranger") ? 0x40 : 0);
        byte[] message = [3, 4, 0, 0, 0, 0, 1000 >> 8, 1000 & 0xFF, .. segment[..28]];
        var checksum = InternetChecksum.Compute(message);
        (message[2], message[3]) = ((byte)(checksum >> 8), (byte)checksum);
        var packet = new byte[20 + message.Length];
        new Ipv4Header(Ipv4Address.Parse("192.0.2.254"), Nodes.AliceAddress, IpProtocol.Icmp).WritePacket(packet, message);
        alice.Stack.Receive(network.Now, packet);
        Assert.That(client.SegmentSize, Is.EqualTo(segmentSize));
    }

    [Test]
    public void Hook_TakesWhatItWants_AndTheRestPasses()
    {
        var hook = new TakesPings(_first);
        _first.Hook = hook;
        _alice.Stack.Ping(_network.Now, Bob4, new byte[9], 1, 1);
        using var socket = _alice.Stack.BindUdp();
        socket.Send(_network.Now, Bob4, 7, [1]);
        Assert.That(_network.Run(() => socket.Available == 1, TimeSpan.FromSeconds(5)));
        Assert.That(_alice.Stack.EchoReplies, Is.Empty);
        Assert.That(hook.Taken.Single(), Is.EqualTo(("left", "middle")));
        _alice.Stack.Ping(_network.Now, IpAddress.Parse("203.0.113.1"), [], 1, 2);
        _network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That(hook.Arrived, Is.EqualTo(1));
    }

    [Test]
    public void Receive_RandomPackets_NeverThrows()
    {
        var random = new Random(9);
        for (var i = 0; i < 20_000; i++)
        {
            var packet = Packet(i % 2 == 0, 64, random.Next(60));
            for (var j = random.Next(5); j > 0; j--)
            {
                packet[random.Next(Math.Min(packet.Length, 50))] = (byte)random.Next(256);
            }

            if (packet[0] >> 4 == 4 && packet.Length >= 20)
            {
                packet[10] = packet[11] = 0;
                var checksum = InternetChecksum.Compute(packet.AsSpan(0, 20));
                (packet[10], packet[11]) = ((byte)(checksum >> 8), (byte)checksum);
            }

            _first.Forward(_network.Now, packet, _first.Ports[i % 2]);
        }

        Assert.That(_first.Counters.Forwarded, Is.Positive);
        Assert.That(_first.Counters.Refused, Is.Positive);
    }

    private IcmpError Error()
    {
        Assert.That(_network.Run(() => _alice.Stack.IcmpErrors.Count > 0, TimeSpan.FromSeconds(10)));
        return _alice.Stack.IcmpErrors.Last();
    }

    private static byte[] Packet(bool ipv6, byte hopLimit, int payload, IpAddress? destination = null)
    {
        var packet = new byte[IpHeader.LengthOf(ipv6) + payload];
        new IpHeader(IpAddress.Parse(ipv6 ? "2001:db8:1::1" : "192.0.2.1"), destination ?? (ipv6 ? Bob6 : Bob4), 253) { HopLimit = hopLimit }.Write(packet, payload);
        return packet;
    }

    private EthernetPort AddPort(Router router, string segment, string address, string address6, int mtu = 1500)
    {
        var port = router.AddPort(
            _network.Attach($"{segment} {_macs}", Nodes.Mac(_macs++), segment, mtu), IpAddress.Parse(address), 24);
        router.AddAddress(port, IpAddress.Parse(address6), 64);
        return port;
    }

    private PlainHost AddHost(string segment, string address, string address6, EthernetPort router)
    {
        var host = new PlainHost(_network.Attach($"{segment} {_macs}", Nodes.Mac(_macs++), segment), IpAddress.Parse(address), 24, new() { Seed = _macs });
        host.AddAddress(IpAddress.Parse(address6), 64);
        AddDefaults(host.Port, $"{router.Addresses[0]}", $"{router.Addresses[1]}");
        return host;
    }

    private static void AddDefaults(EthernetPort port, string nextHop, string nextHop6)
    {
        port.Routes.AddDefault(IpAddress.Parse(nextHop));
        port.Routes.AddDefault(IpAddress.Parse(nextHop6));
    }

    private sealed class TakesPings(Router router) : IForwardingHook
    {
        public List<(string From, string To)> Taken { get; } = [];

        public int Arrived { get; private set; }

        public DateTimeOffset? NextDeadline => null;

        public void Advance(DateTimeOffset now) => Assert.Fail("never asked for");

        public ForwardingVerdict Leaving(DateTimeOffset now, ReadOnlySpan<byte> packet, EthernetPort? from, EthernetPort to)
        {
            if (packet[9] != IpProtocol.Icmp || from is null)
                return ForwardingVerdict.Pass;
            Taken.Add((from.Name.Split(' ')[0], to.Name.Split(' ')[0]));
            return ForwardingVerdict.Taken;
        }

        ForwardingVerdict IForwardingHook.Arrived(DateTimeOffset now, ReadOnlySpan<byte> packet, EthernetPort from)
        {
            Assert.That(router.Ports, Does.Contain(from));
            Arrived++;
            return ForwardingVerdict.Taken;
        }
    }
}
