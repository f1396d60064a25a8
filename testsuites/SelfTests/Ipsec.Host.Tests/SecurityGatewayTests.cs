using System.Net;
using System.Text;
using Ipsec.Crypto;
using Ipsec.Dataplane;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Ike;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Tests;

/// <summary>
/// alice (10.1.0.1) - left gateway - right gateway - bob (10.2.0.1), and mallory on the wire between the gateways. What the SPD says is kept at the outside port.
/// </summary>
public sealed class SecurityGatewayTests
{
    private static readonly IPAddress Alice = IPAddress.Parse("10.1.0.1"), Bob = IPAddress.Parse("10.2.0.1"), Mallory = IPAddress.Parse("192.0.2.66");
    private static readonly IPAddress LeftOutside = IPAddress.Parse("192.0.2.1"), RightOutside = IPAddress.Parse("192.0.2.2");
    private static readonly IPNetwork LeftNetwork = IPNetwork.Parse("10.1.0.0/16"), RightNetwork = IPNetwork.Parse("10.2.0.0/16");

    private VirtualNetwork _network = new();
    private SecurityGateway _left = null!;
    private SecurityGateway _right = null!;
    private ILink _rightOutside = null!;
    private PlainHost _alice = null!;
    private PlainHost _bob = null!;
    private PlainHost _mallory = null!;

    [SetUp]
    public void Build()
    {
        _network = new();
        _left = Gateway(1, "left", LeftOutside, "10.1.0.254", RightOutside);
        _right = Gateway(2, "right", RightOutside, "10.2.0.254", LeftOutside);
        _alice = Host(3, "left", Alice, "10.1.0.254");
        _bob = Host(4, "right", Bob, "10.2.0.254");
        _mallory = new(_network.Attach("mallory", Nodes.Mac(5), "wire"), Mallory, 24);
        _mallory.Port.Routes.Add(Alice, 16, (IpAddress)LeftOutside);
    }

    [Test]
    public void FirstPacket_WithoutSecurityAssociation_AsksForOneAndTheNextPasses()
    {
        Connect();
        _alice.Stack.Ping(_network.Now, Bob, new byte[100], 1, 1);
        Settle();
        Assert.That(_left.Children, Has.Length.EqualTo(1));
        Assert.That(_right.Children, Has.Length.EqualTo(1));
        Assert.That(_alice.Stack.EchoReplies, Is.Empty, "the first packet is not kept");
        _alice.Stack.Ping(_network.Now, Bob, new byte[100], 1, 2);
        Settle();
        Assert.That(_alice.Stack.EchoReplies.Single().SequenceNumber, Is.EqualTo(2));
        Assert.That(_left.Children, Has.Length.EqualTo(1), "one is enough");
    }

    [Test]
    public void Packets_WhereThePeerWantsSinglePairs_GetAnSaForEachPair()
    {
        Connect(right => right with { SinglePairs = true });
        for (ushort round = 1; round <= 3; round++)
        {
            _alice.Stack.Ping(_network.Now, Bob, new byte[100], 1, round);
            Settle();
        }
        Assert.That(_alice.Stack.EchoReplies.Select(reply => reply.SequenceNumber), Is.EqualTo(new[] { 2, 3 }), "granted for the first packet's pair, then passed");
        Assert.That(_left.Children.Single().RemoteTraffic.Select(selector => (selector.StartAddress, selector.EndAddress)), Has.All.EqualTo((Bob, Bob)));
        _alice.Stack.Ping(_network.Now, IPAddress.Parse("10.2.0.2"), [], 1, 4);
        Settle();
        Assert.That(_left.Children, Has.Length.EqualTo(2), "another pair has an SA of its own");
    }

    [Test]
    public void ManyPackets_WithoutSecurityAssociation_AskOnce()
    {
        Connect();
        for (ushort i = 0; i < 50; i++)
        {
            _alice.Stack.Ping(_network.Now, Bob, [], 1, i);
        }

        Settle();
        Assert.That(_left.Children, Has.Length.EqualTo(1));
    }

    [Test]
    public void Leaving_NoPolicy_IsNotSentAndTheSenderHears()
    {
        _alice.Stack.Ping(_network.Now, Bob, [], 1, 1);
        Settle();
        Assert.That(_alice.Stack.IcmpErrors.Single().Kind, Is.EqualTo(IcmpErrorKind.AdministrativelyProhibited));
        Assert.That(_left.DataPlane.Audit.Discarded(DiscardReason.Policy), Is.EqualTo(1));
    }

    [Test]
    public void InClear_FromOutsideForTheInside_IsStoppedUnlessPolicyBypassesIt()
    {
        Connect();
        _mallory.Stack.Ping(_network.Now, Alice, [], 1, 1);
        var forged = new byte[48];
        new IpHeader(Bob, Alice, IpProtocol.Udp).Write(forged, 28);
        new UdpHeader(7, 7).WriteDatagram(forged.AsSpan(20), Bob, Alice, new byte[20]);
        var seen = 0;
        _alice.Port.Received = (_, _) => seen++;
        _mallory.Port.SendVia(_network.Now, (IpAddress)LeftOutside, forged);
        Settle();
        Assert.That(seen, Is.Zero);
        Assert.That(_left.DataPlane.Audit.Discarded(DiscardReason.UnprotectedTraffic), Is.EqualTo(1), "in bob's name");
        Assert.That(_left.DataPlane.Audit.Discarded(DiscardReason.Policy), Is.EqualTo(1), "in mallory's own");

        _left.DataPlane.Policies.Append(new("mallory", PolicyAction.Bypass, new([TrafficRange.Host(Alice)], [TrafficRange.Host(Mallory)])));
        _alice.Port.Received = _alice.Stack.Receive;
        _mallory.Stack.Ping(_network.Now, Alice, [], 1, 2);
        Settle();
        Assert.That(_mallory.Stack.EchoReplies.Single().SequenceNumber, Is.EqualTo(2));
    }

    [Test]
    public void InClear_ToTheGatewayItself_IsStopped()
    {
        _mallory.Stack.Ping(_network.Now, LeftOutside, [], 1, 1);
        _alice.Stack.Ping(_network.Now, IPAddress.Parse("10.1.0.254"), [], 1, 1);
        Settle();
        Assert.That(_mallory.Stack.EchoReplies, Is.Empty);
        Assert.That(_alice.Stack.EchoReplies, Has.Count.EqualTo(1), "inside, nobody asks the SPD");
    }

    [Test]
    public void HopLimit_RunsOutAtTheFarGateway_IsToldThroughTheTunnel()
    {
        Connect();
        _alice.Stack.Ping(_network.Now, Bob, [], 1, 1);
        Settle();
        var onTheWire = new List<byte>();
        _rightOutside.Observed += (_, _, frame) => onTheWire.Add(frame[23]);
        var packet = new byte[28];
        new IpHeader(Alice, Bob, 253) { HopLimit = 2 }.Write(packet, 8);
        _alice.Port.Send(_network.Now, packet);
        Settle();
        // RFC 4301 section 6.2: no selector covers the gateway's own address, but the packet that the error quotes.
        Assert.That(_alice.Stack.IcmpErrors.Single().Kind, Is.EqualTo(IcmpErrorKind.HopLimitExceeded));
        Assert.That(onTheWire, Is.EqualTo(new[] { IpProtocol.Esp, IpProtocol.Esp }));
    }

    [Test]
    public void Tcp_WithTheLinksFullMtu_IsToldWhatFitsAndArrivesWhole()
    {
        Connect();
        _alice.Stack.Ping(_network.Now, Bob, [], 1, 1);
        Settle();
        var connection = Inner.TcpTests.EchoOneMegabyte(_network, _alice, (IpAddress)Bob);
        Assert.That(connection.SegmentSize, Is.EqualTo(1406));
        Assert.That(_alice.Stack.IcmpErrors.Select(error => error.Kind).Distinct(), Is.EqualTo(new[] { IcmpErrorKind.PacketTooBig }));
    }

    private void Connect(Func<IkeConnection, IkeConnection>? changeRight = null)
    {
        _left.Add(Connection("left", LeftOutside, [LeftNetwork], "right", RightOutside, [RightNetwork]));
        var right = Connection("right", RightOutside, [RightNetwork], "left", LeftOutside, [LeftNetwork]);
        _right.Add(changeRight?.Invoke(right) ?? right);
    }

    private void Settle() => _network.Run(() => false, TimeSpan.FromSeconds(3));

    private SecurityGateway Gateway(byte number, string side, IPAddress outside, string inside, IPAddress peer)
    {
        var router = new Router(number);
        _rightOutside = _network.Attach($"gateway {side}", Nodes.Mac(number), "wire");
        var port = router.AddPort(_rightOutside, outside, 24);
        port.Routes.AddDefault((IpAddress)peer);
        router.AddPort(_network.Attach($"gateway {side} inside", Nodes.Mac((byte)(number + 100)), side), IPAddress.Parse(inside), 16);
        return new(router, port, new() { Random = RandomSource.Seeded(number) });
    }

    private PlainHost Host(byte number, string segment, IPAddress address, string router)
    {
        var host = new PlainHost(_network.Attach($"host {number}", Nodes.Mac(number), segment), address, 16, new() { Seed = number });
        host.Port.Routes.AddDefault(IpAddress.Parse(router));
        return host;
    }

    internal static IkeConnection Connection(
        string local, IPAddress localAddress, IPNetwork[] localNetworks, string remote, IPAddress remoteAddress, IPNetwork[] remoteNetworks) => new()
    {
        Name = "c",
        LocalAddress = localAddress,
        RemoteAddress = remoteAddress,
        IkeProposals =
        [
            new(1, ProtocolId.Ike, Octets.Empty,
                [Transform.Encryption(EncryptionId.AesGcm16, 256), Transform.Prf(PrfId.HmacSha256), Transform.KeyExchange(KeyExchangeId.Curve25519)]),
        ],
        ChildProposals =
        [
            new(1, ProtocolId.Esp, Octets.Empty, [Transform.Encryption(EncryptionId.AesGcm16, 128), Transform.SequenceNumbers(SequenceNumbersId.Sequential32)]),
        ],
        LocalIdentity = (IdentificationType.Fqdn, Encoding.ASCII.GetBytes(local)),
        RemoteIdentity = (IdentificationType.Fqdn, Encoding.ASCII.GetBytes(remote)),
        SharedKey = "secret"u8.ToArray(),
        LocalTraffic = [.. localNetworks.Select(TrafficSelector.Subnet)],
        RemoteTraffic = [.. remoteNetworks.Select(TrafficSelector.Subnet)],
    };
}
