using System.Net;
using Ipsec.Dataplane;
using Ipsec.Host.Links;
using Ipsec.Ike;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using static Ipsec.Host.Tests.TestHosts;

namespace Ipsec.Host.Tests;

/// <summary>Two hosts of ours on virtual time: that the parts fit together. What they do to others is judged elsewhere.</summary>
public sealed class IpsecHostTests
{
    private static readonly IPAddress Left = IPAddress.Parse("192.0.2.1"), Right = IPAddress.Parse("192.0.2.2");
    private static readonly IPAddress LeftInner = IPAddress.Parse("10.1.0.1"), RightInner = IPAddress.Parse("10.2.0.1");

    [TestCase(false, false)]
    [TestCase(false, true)]
    [TestCase(true, false)]
    public async Task Ping_ThroughATunnel_ComesBack(bool transport, bool udp)
    {
        await using var network = new VirtualNetwork();
        var left = Make(network, 1, Left, LeftInner, Connection(Left, Right, LeftInner, RightInner, "left", "right", transport, udp));
        var right = Make(network, 2, Right, RightInner, Connection(Right, Left, RightInner, LeftInner, "right", "left", transport, udp: false));

        left.Command(network.Now, new IkeCommand.Connect("c"));
        Assert.That(await network.RunUntil(() => !left.Children.IsEmpty && !right.Children.IsEmpty, network.Now.AddSeconds(30), default),
            () => string.Join('\n', left.Events.Concat(right.Events)));
        var stack = transport ? left.OuterStack : left.InnerStack;
        stack.Ping(network.Now, transport ? Right : RightInner, new byte[1000], 1, 1);

        Assert.That(await network.RunUntil(() => stack.EchoReplies.Count == 1, network.Now.AddSeconds(5), default),
            () => string.Join('\n', left.Events.Concat(right.Events)));
        Assert.That(left.Children[0].Peer.Identity, Is.EqualTo("right"));
        Assert.That(left.Children[0].UdpPorts is not null, Is.EqualTo(udp));
        left.Command(network.Now, new IkeCommand.Disconnect("c"));
        Assert.That(await network.RunUntil(() => right.Children.IsEmpty, network.Now.AddSeconds(5), default));
    }

    [Test]
    public async Task EspInUdp_WhenNothingElseIsSent_KeepsTheNatMappingAlive()
    {
        await using var network = new VirtualNetwork();
        var keepalives = 0;
        ILink Watch(ILink link)
        {
            link.Observed += (time, direction, frame) =>
            {
                if (direction == FrameDirection.Sent && Packets.Ip.Ipv4View.TryParse(frame[14..], out var packet, out _)
                    && Packets.Ip.UdpView.TryParse(packet.Payload, out var udp, out _) && udp is { SourcePort: 4500, DestinationPort: 4500, Payload: [0xff] })
                    keepalives++;
            };
            return link;
        }
        var left = Make(network, 1, Left, LeftInner, Connection(Left, Right, LeftInner, RightInner, "left", "right", transport: false, udp: true), Watch);
        var right = Make(network, 2, Right, RightInner, Connection(Right, Left, RightInner, LeftInner, "right", "left", transport: false, udp: false));
        left.Command(network.Now, new IkeCommand.Connect("c"));
        await network.RunUntil(() => !left.Children.IsEmpty && !right.Children.IsEmpty, network.Now.AddSeconds(30), default);

        for (var second = 0; second < 60; second += 5)
        {
            left.InnerStack.Ping(network.Now, RightInner, new byte[10], 1, (ushort)second);
            await network.RunUntil(() => false, network.Now.AddSeconds(5), default);
        }
        Assert.That(keepalives, Is.Zero, "traffic keeps the mapping alive");
        await network.RunUntil(() => false, network.Now.AddSeconds(100), default);
        Assert.That(keepalives, Is.InRange(5, 10), "one in 20 seconds at least, not more than one in 10");
        Assert.That(left.InnerStack.EchoReplies, Has.Count.EqualTo(12));
        left.Command(network.Now, new IkeCommand.Disconnect("c"));
        await network.RunUntil(() => left.Children.IsEmpty, network.Now.AddSeconds(5), default);
        var before = keepalives;
        await network.RunUntil(() => false, network.Now.AddSeconds(100), default);
        Assert.That(keepalives, Is.EqualTo(before), "none without an SA");
    }

    [TestCase(false, false)]
    [TestCase(true, true)]
    public async Task AuthenticationHeader_ByIke_CarriesTraffic(bool transport, bool extended)
    {
        await using var network = new VirtualNetwork();
        IkeConnection WithAh(IkeConnection connection) => connection with
        {
            ChildProposals =
            [
                new(1, ProtocolId.Ah, Octets.Empty,
                [
                    Transform.Integrity(IntegrityId.HmacSha256_128),
                    Transform.SequenceNumbers(extended ? SequenceNumbersId.Extended64 : SequenceNumbersId.Sequential32),
                ]),
            ],
        };
        var left = Make(network, 1, Left, LeftInner, WithAh(Connection(Left, Right, LeftInner, RightInner, "left", "right", transport, udp: false)));
        var right = Make(network, 2, Right, RightInner, WithAh(Connection(Right, Left, RightInner, LeftInner, "right", "left", transport, udp: false)));
        left.Command(network.Now, new IkeCommand.Connect("c"));
        Assert.That(await network.RunUntil(() => !left.Children.IsEmpty && !right.Children.IsEmpty, network.Now.AddSeconds(30), default),
            () => string.Join('\n', left.Events.Concat(right.Events)));
        var stack = transport ? left.OuterStack : left.InnerStack;
        stack.Ping(network.Now, transport ? Right : RightInner, new byte[100], 1, 1);
        Assert.That(await network.RunUntil(() => stack.EchoReplies.Count == 1, network.Now.AddSeconds(5), default),
            () => string.Join('\n', left.Events.Concat(right.Events)));
        Assert.That(left.DataPlane.Associations.FindInbound(IpsecProtocol.Ah, left.Children[0].InboundSpi)!.Packets, Is.EqualTo(1));
        left.Command(network.Now, new IkeCommand.RekeyChild("c"));
        await network.RunUntil(() => false, network.Now.AddSeconds(1), default);
        stack.Ping(network.Now, transport ? Right : RightInner, new byte[100], 1, 2);
        Assert.That(await network.RunUntil(() => stack.EchoReplies.Count == 2, network.Now.AddSeconds(5), default));
    }

    [Test]
    public async Task UnknownSpis_InAFlood_AreToldOnceAtATimeAndChangeNothing()
    {
        await using var network = new VirtualNetwork();
        var datagrams = 0;
        ILink Watch(ILink link)
        {
            link.Observed += (time, direction, frame) =>
            {
                if (direction == FrameDirection.Sent && Packets.Ip.Ipv4View.TryParse(frame[14..], out var packet, out _) && packet.Protocol == Packets.Ip.IpProtocol.Udp)
                    datagrams++;
            };
            return link;
        }
        var left = Make(network, 1, Left, LeftInner, Connection(Left, Right, LeftInner, RightInner, "left", "right", transport: false, udp: false), Watch);
        var right = Make(network, 2, Right, RightInner, Connection(Right, Left, RightInner, LeftInner, "right", "left", transport: false, udp: false));
        left.Command(network.Now, new IkeCommand.Connect("c"));
        await network.RunUntil(() => !left.Children.IsEmpty && !right.Children.IsEmpty, network.Now.AddSeconds(30), default);

        datagrams = 0;
        for (uint spi = 0x10000; spi < 0x10000 + 500; spi++)
            left.Receive(network.Now, UnknownEsp(IPAddress.Parse("192.0.2.77"), spi));
        await network.RunUntil(() => false, network.Now.AddSeconds(5), default);
        Assert.That(datagrams, Is.Zero, "nobody is told with whom there is no IKE SA");
        for (uint spi = 0x10000; spi < 0x10000 + 500; spi++)
            left.Receive(network.Now, UnknownEsp(Right, spi));
        await network.RunUntil(() => false, network.Now.AddSeconds(5), default);
        Assert.That(datagrams, Is.EqualTo(1), "one request, which the peer has answered");
        left.Receive(network.Now, UnknownEsp(Right, 0x20000));
        await network.RunUntil(() => false, network.Now.AddSeconds(5), default);
        Assert.That(datagrams, Is.EqualTo(2), "and then it is told again");

        left.InnerStack.Ping(network.Now, RightInner, new byte[100], 1, 1);
        Assert.That(await network.RunUntil(() => left.InnerStack.EchoReplies.Count == 1, network.Now.AddSeconds(5), default), "the SAs are as they were");
    }

    [Test]
    public async Task Packet_WhoseRequestWentWithTheIkeSa_AsksAgain()
    {
        await using var network = new VirtualNetwork();
        var cut = new Cut();
        var left = Make(
            network, 1, Left, LeftInner, Connection(Left, Right, LeftInner, RightInner, "left", "right", transport: false, udp: false),
            change: options => options with { InitiatesOnTraffic = true, PacketFilter = cut });
        var right = Make(network, 2, Right, RightInner, Connection(Right, Left, RightInner, LeftInner, "right", "left", transport: false, udp: false));
        left.Command(network.Now, new IkeCommand.Connect("c"));
        await network.RunUntil(() => !left.Children.IsEmpty && !right.Children.IsEmpty, network.Now.AddSeconds(30), default);
        left.Command(network.Now, new IkeCommand.DeleteChildren("c"));
        await network.RunUntil(() => left.Children.IsEmpty && right.Children.IsEmpty, network.Now.AddSeconds(5), default);

        cut.IsCut = true;
        left.InnerStack.Ping(network.Now, RightInner, new byte[100], 1, 1);
        Assert.That(await network.RunUntil(() => left.IkeSas.IsEmpty, network.Now.AddMinutes(3), default), "the peer does not answer");
        cut.IsCut = false;
        left.InnerStack.Ping(network.Now, RightInner, new byte[100], 1, 2);
        Assert.That(await network.RunUntil(() => !left.Children.IsEmpty, network.Now.AddSeconds(5), default), () => string.Join('\n', left.Events));
    }

    private sealed class Cut : IPacketFilter
    {
        public bool IsCut { get; set; }

        public ReadOnlySpan<byte> Received(ReadOnlySpan<byte> packet, PacketHandler send) => packet;

        public ReadOnlySpan<byte> Sent(ReadOnlySpan<byte> packet) => IsCut ? [] : packet;
    }

    private static byte[] UnknownEsp(IPAddress from, uint spi)
    {
        var frame = new byte[14 + 20 + 64];
        new byte[] { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0 }.CopyTo(frame, 0);
        new Packets.Ip.IpHeader(from, Left, Packets.Ip.IpProtocol.Esp).Write(frame.AsSpan(14), 64);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(34), spi);
        frame[41] = 1;
        return frame;
    }

    [Test]
    public async Task ExtendedSequenceNumbers_WhereReplaysAreNotLookedFor_AreNotAgreedOn()
    {
        await using var network = new VirtualNetwork();
        IkeConnection Extended(IkeConnection connection) => connection with
        {
            ChildProposals = [connection.ChildProposals[0] with { Transforms = connection.ChildProposals[0].Transforms.Insert(1, Transform.SequenceNumbers(SequenceNumbersId.Extended64)) }],
        };
        var left = Make(network, 1, Left, LeftInner, Extended(Connection(Left, Right, LeftInner, RightInner, "left", "right", transport: false, udp: false)));
        var right = Make(
            network, 2, Right, RightInner, Extended(Connection(Right, Left, RightInner, LeftInner, "right", "left", transport: false, udp: false)), change: options => options with { ChildReplayWindow = 0 });
        left.Command(network.Now, new IkeCommand.Connect("c"));
        Assert.That(await network.RunUntil(() => !left.Children.IsEmpty && !right.Children.IsEmpty, network.Now.AddSeconds(30), default));
        Assert.That(left.Children[0].Algorithms.ExtendedSequenceNumbers, Is.False);
        Assert.That(right.DataPlane.Associations.FindInbound(IpsecProtocol.Esp, right.Children[0].InboundSpi)!.Window, Is.Null);
        left.InnerStack.Ping(network.Now, RightInner, new byte[100], 1, 1);
        Assert.That(await network.RunUntil(() => left.InnerStack.EchoReplies.Count == 1, network.Now.AddSeconds(5), default));
    }

    [Test]
    public async Task Rekeying_UnderTrafficInBothDirections_LosesNoPacket()
    {
        // Without reordering: a packet that a delete overtakes is lost, and may be (RFC 7296 section 1.4.1).
        var impairments = new Impairments { Delay = TimeSpan.FromMilliseconds(5) };
        await using var network = new VirtualNetwork(impairments, 1);
        var left = Make(network, 1, Left, LeftInner, Connection(Left, Right, LeftInner, RightInner, "left", "right", transport: false, udp: false));
        var right = Make(network, 2, Right, RightInner, Connection(Right, Left, RightInner, LeftInner, "right", "left", transport: false, udp: false));
        left.Command(network.Now, new IkeCommand.Connect("c"));
        Assert.That(await network.RunUntil(() => !left.Children.IsEmpty && !right.Children.IsEmpty, network.Now.AddSeconds(30), default));
        var first = left.Children[0].InboundSpi;

        const ushort pings = 1000;
        for (ushort sequence = 0; sequence < pings; sequence++)
        {
            left.InnerStack.Ping(network.Now, RightInner, new byte[100], 1, sequence);
            right.InnerStack.Ping(network.Now, LeftInner, new byte[100], 2, sequence);
            IkeCommand? command = (sequence % 100) switch
            {
                20 => new IkeCommand.RekeyChild("c"),
                60 => new IkeCommand.RekeyIke("c"),
                _ => null,
            };
            // By one end, by the other, by both at once.
            if (command is not null && sequence / 100 % 3 != 1)
                left.Command(network.Now, command);
            if (command is not null && sequence / 100 % 3 != 0)
                right.Command(network.Now, command);
            await network.RunUntil(() => false, network.Now.AddMilliseconds(1), default);
        }
        await network.RunUntil(() => false, network.Now.AddSeconds(1), default);
        Assert.That((left.InnerStack.EchoReplies.Count, right.InnerStack.EchoReplies.Count), Is.EqualTo((pings, pings)));
        Assert.That(left.Children.Single().InboundSpi, Is.Not.EqualTo(first));
        Assert.That(left.DataPlane.Associations.Inbound, Has.Count.EqualTo(1), "the old SAs are gone");
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public async Task TcpTransfer_ThroughATunnelOverABadLink_ArrivesWhole(int seed)
    {
        var impairments = new Impairments
        {
            Loss = 0.05, Duplication = 0.05, Reordering = 0.1, HoldBack = TimeSpan.FromMilliseconds(2), Delay = TimeSpan.FromMilliseconds(5), Jitter = TimeSpan.FromMilliseconds(1), Mtu = 1000,
        };
        await using var network = new VirtualNetwork(impairments, seed);
        var left = Make(network, 1, Left, LeftInner, Connection(Left, Right, LeftInner, RightInner, "left", "right", transport: false, udp: false));
        var right = Make(network, 2, Right, RightInner, Connection(Right, Left, RightInner, LeftInner, "right", "left", transport: false, udp: false));
        left.Command(network.Now, new IkeCommand.Connect("c"));
        Assert.That(await network.RunUntil(() => !left.Children.IsEmpty && !right.Children.IsEmpty, network.Now.AddMinutes(2), default),
            () => string.Join('\n', left.Events.Concat(right.Events)));

        const int octets = 100_000;
        var connection = left.InnerStack.ConnectTcp(network.Now, RightInner, 7);
        int sent = 0, received = 0;
        var buffer = new byte[4096];
        Assert.That(await network.RunUntil(
            () =>
            {
                if (sent < octets && connection.SendSpace > 0)
                    sent += connection.Send(network.Now, new byte[Math.Min(connection.SendSpace, octets - sent)]);
                while (connection.Available > 0)
                    received += connection.Read(network.Now, buffer);
                return received == octets;
            },
            network.Now.AddMinutes(10), default), () => $"{received} of {octets} octets, state {connection.State}");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Nat_InFrontOfOneEnd_LeadsToUdpEncapsulation(bool initiatorIsBehindIt)
    {
        await using var network = new VirtualNetwork();
        var outside = IPAddress.Parse("192.0.2.101");
        var left = Make(
            network, 1, Left, LeftInner, Connection(Left, Right, LeftInner, RightInner, "left", "right", transport: false, udp: false),
            link =>
            {
                var nat = new NatLink(link, network, Left, outside);
                nat.Forward(500, 500);
                nat.Forward(4500, 4500);
                return nat;
            });
        var right = Make(network, 2, Right, RightInner, Connection(Right, outside, RightInner, LeftInner, "right", "left", transport: false, udp: false));

        (initiatorIsBehindIt ? left : right).Command(network.Now, new IkeCommand.Connect("c"));
        Assert.That(await network.RunUntil(() => !left.Children.IsEmpty && !right.Children.IsEmpty, network.Now.AddSeconds(30), default),
            () => string.Join('\n', left.Events.Concat(right.Events)));
        Assert.That(right.Children[0].UdpPorts, Is.EqualTo(((ushort)4500, (ushort)4500)));
        right.InnerStack.Ping(network.Now, LeftInner, new byte[100], 1, 1);
        Assert.That(await network.RunUntil(() => right.InnerStack.EchoReplies.Count == 1, network.Now.AddSeconds(5), default));
    }
}
