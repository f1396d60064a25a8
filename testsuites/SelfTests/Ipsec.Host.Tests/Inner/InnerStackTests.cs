using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Tests.Inner;

public sealed class InnerStackTests
{
    [TestCase(0)]
    [TestCase(56)]
    [TestCase(9000)]
    public void Ping_AnyLength_IsAnsweredWithTheSamePayload(int length)
    {
        var network = new VirtualNetwork();
        var (alice, _) = (Nodes.Alice(network), Nodes.Bob(network));
        var payload = new byte[length];
        new Random(length).NextBytes(payload);
        alice.Stack.Ping(network.Now, Nodes.BobAddress, payload, 11, 22);
        Assert.That(network.Run(() => alice.Stack.EchoReplies.Count == 1, TimeSpan.FromSeconds(5)));
        var reply = alice.Stack.EchoReplies.Single();
        Assert.That((reply.From, reply.Identifier, reply.SequenceNumber), Is.EqualTo((Nodes.BobAddress, (ushort)11, (ushort)22)));
        Assert.That(reply.Payload.Span.SequenceEqual(payload));
    }

    [Test]
    public void UdpEcho_Datagram_ComesBack()
    {
        var network = new VirtualNetwork();
        var (alice, _) = (Nodes.Alice(network), Nodes.Bob(network));
        using var socket = alice.Stack.BindUdp();
        socket.Send(network.Now, Nodes.BobAddress, 7, [1, 2, 3]);
        Assert.That(network.Run(() => socket.Available == 1, TimeSpan.FromSeconds(5)));
        Assert.That(socket.TryReceive(out var datagram));
        Assert.That(datagram!.Payload.ToArray(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That((datagram.Source, datagram.SourcePort), Is.EqualTo((Nodes.BobAddress, (ushort)7)));
    }

    [Test]
    public void Udp_UnboundPort_IsAnsweredPortUnreachable()
    {
        var network = new VirtualNetwork();
        var (alice, _) = (Nodes.Alice(network), Nodes.Bob(network));
        using var socket = alice.Stack.BindUdp();
        socket.Send(network.Now, Nodes.BobAddress, 9, [1]);
        Assert.That(network.Run(() => alice.Stack.IcmpErrors.Count == 1, TimeSpan.FromSeconds(5)));
        var error = alice.Stack.IcmpErrors.Single();
        Assert.That((error.Type, error.Code, error.QuotedDestinationPort), Is.EqualTo((IcmpError.DestinationUnreachable, IcmpError.PortUnreachable, (ushort)9)));
    }

    [Test]
    public void UnknownProtocol_IsAnsweredProtocolUnreachable()
    {
        var network = new VirtualNetwork();
        var (alice, _) = (Nodes.Alice(network), Nodes.Bob(network));
        var packet = new byte[60];
        new Ipv4Header(Nodes.AliceAddress, Nodes.BobAddress, IpProtocol.Esp).WritePacket(packet, new byte[40]);
        alice.Port.Send(network.Now, packet);
        Assert.That(network.Run(() => alice.Stack.IcmpErrors.Count == 1, TimeSpan.FromSeconds(5)));
        Assert.That(alice.Stack.IcmpErrors.Single() is { Code: IcmpError.ProtocolUnreachable, QuotedProtocol: IpProtocol.Esp });
    }

    [Test]
    public void Receive_RandomPackets_NeverThrowsAndStaysBounded()
    {
        var sent = 0;
        var stack = new InnerStack(Nodes.BobAddress, (_, _) => sent++);
        var random = new Random(5);
        var packet = new byte[200];
        for (var i = 0; i < 100_000; i++)
        {
            var payload = new byte[random.Next(120)];
            random.NextBytes(payload);
            var protocol = new[] { IpProtocol.Icmp, IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Esp }[i % 4];
            var source = new Ipv4Address((uint)random.Next());
            if (protocol == IpProtocol.Tcp && payload.Length >= 20)
            {
                payload[2] = 0;
                payload[3] = 7;
                payload[13] &= 0x1F;
                payload[16] = payload[17] = 0;
                var sum = InternetChecksum.AddPseudoHeader(0, source, Nodes.BobAddress, protocol, payload.Length);
                var checksum = InternetChecksum.Finish(InternetChecksum.Add(sum, payload));
                (payload[16], payload[17]) = ((byte)(checksum >> 8), (byte)checksum);
            }
            else if (protocol == IpProtocol.Icmp && payload.Length >= 8)
            {
                payload[0] = (byte)(i / 4 % 13);
                payload[2] = payload[3] = 0;
                var checksum = InternetChecksum.Compute(payload);
                (payload[2], payload[3]) = ((byte)(checksum >> 8), (byte)checksum);
            }

            var header = new Ipv4Header(source, Nodes.BobAddress, protocol)
            {
                MoreFragments = i % 7 == 0,
                FragmentOffset = i % 11 == 0 ? random.Next(8192) * 8 : 0,
            };
            var length = header.WritePacket(packet, payload);
            stack.Receive(VirtualNetwork.Epoch.AddMicroseconds(i), packet.AsSpan(0, length));
        }

        Assert.That(sent, Is.GreaterThan(1000));
        Assert.That(stack.IcmpErrors, Has.Count.LessThanOrEqualTo(1024));
        for (var hours = 1; stack.NextDeadline is not null; hours++)
        {
            Assert.That(hours, Is.LessThan(100), "half-open connections end");
            stack.Advance(VirtualNetwork.Epoch.AddHours(hours));
        }
    }
}
