using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Tests.Links;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class NatTests
{
    private static readonly Ipv4Address PrivateAddress = Ipv4Address.Parse("10.0.0.5");
    private static readonly Ipv4Address PublicAddress = Ipv4Address.Parse("192.0.2.77");

    private readonly VirtualNetwork _network = new();
    private readonly NatLink _nat;
    private readonly PlainHost _inside;
    private readonly PlainHost _outside;
    private readonly UdpSocket _insideSocket;
    private readonly UdpSocket _outsideSocket;

    public NatTests()
    {
        _nat = new NatLink(_network.Attach("inside", Nodes.Mac(1)), _network, PrivateAddress, PublicAddress);
        _inside = new PlainHost(_nat, PrivateAddress, 8);
        _outside = Nodes.Bob(_network);
        _insideSocket = _inside.Stack.BindUdp(4500);
        _outsideSocket = _outside.Stack.BindUdp(4500);
    }

    [Test]
    public void Udp_FromInside_ComesFromThePublicAddressAndIsAnswered()
    {
        var datagram = SendOut();
        Assert.That(datagram.Source.V4, Is.EqualTo(PublicAddress));
        Assert.That(datagram.SourcePort, Is.EqualTo(40000));
        _outsideSocket.Send(_network.Now, PublicAddress, datagram.SourcePort, [9]);
        Assert.That(_network.Run(() => _insideSocket.Available == 1, TimeSpan.FromSeconds(1)));
    }

    [Test]
    public void Udp_FragmentedInBothDirections_PassesWhole()
    {
        var large = new byte[5000];
        new Random(1).NextBytes(large);
        var datagram = SendOut(large);
        Assert.That(datagram.Payload.Span.SequenceEqual(large));
        _outsideSocket.Send(_network.Now, PublicAddress, datagram.SourcePort, large);
        Assert.That(_network.Run(() => _insideSocket.Available == 1, TimeSpan.FromSeconds(1)));
        Assert.That(_insideSocket.TryReceive(out var answer) && answer.Payload.Span.SequenceEqual(large));
    }

    [Test]
    public void Mapping_Forgotten_ComesBackWithAnotherPort()
    {
        var first = SendOut().SourcePort;
        Assert.That(SendOut().SourcePort, Is.EqualTo(first));
        _nat.ForgetMappings();
        Assert.That(SendOut().SourcePort, Is.Not.EqualTo(first));
        _outsideSocket.Send(_network.Now, PublicAddress, first, [1]);
        Assert.That(_network.Run(() => _insideSocket.Available > 0, TimeSpan.FromSeconds(1)), Is.False);
    }

    [Test]
    public void Mapping_LifetimeOver_LetsNothingIn()
    {
        var port = SendOut().SourcePort;
        _network.Run(() => false, TimeSpan.FromMinutes(2));
        Assert.That(_nat.Mappings, Is.Empty);
        _outsideSocket.Send(_network.Now, PublicAddress, port, [1]);
        Assert.That(_network.Run(() => _insideSocket.Available > 0, TimeSpan.FromSeconds(10)), Is.False);
    }

    [Test]
    public void PublicAddress_Changed_IsSeenOutside()
    {
        SendOut();
        _nat.PublicAddress = Ipv4Address.Parse("192.0.2.78");
        Assert.That(SendOut().Source.ToString(), Is.EqualTo("192.0.2.78"));
    }

    [Test]
    public void Forward_PublicPort_LetsTheFirstPacketIn()
    {
        _nat.Forward(4500, 4500);
        _outsideSocket.Send(_network.Now, PublicAddress, 4500, [1]);
        Assert.That(_network.Run(() => _insideSocket.Available == 1, TimeSpan.FromSeconds(1)));
    }

    [Test]
    public void Ping_FromInside_IsAnswered()
    {
        _inside.Stack.Ping(_network.Now, Nodes.BobAddress, [1, 2, 3], 5, 6);
        Assert.That(_network.Run(() => _inside.Stack.EchoReplies.Count == 1, TimeSpan.FromSeconds(1)));
    }

    [TestCase(false, 0)]
    [TestCase(true, 1)]
    public void Esp_PassesOnlyWhenAllowed(bool allowed, int arrived)
    {
        _nat.PassesOtherProtocols = allowed;
        var packet = new byte[60];
        new Ipv4Header(PrivateAddress, Nodes.BobAddress, IpProtocol.Esp).WritePacket(packet, new byte[40]);
        var received = 0;
        _outside.Port.Received = (_, _) => received++;
        _inside.Port.Send(_network.Now, packet);
        _network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That(received, Is.EqualTo(arrived));
    }

    private UdpDatagram SendOut(byte[]? payload = null)
    {
        _insideSocket.Send(_network.Now, Nodes.BobAddress, 4500, payload ?? [1, 2, 3]);
        Assert.That(_network.Run(() => _outsideSocket.Available == 1, TimeSpan.FromSeconds(1)));
        Assert.That(_outsideSocket.TryReceive(out var datagram));
        return datagram!;
    }
}
