using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Tests.Inner;

public sealed class InnerStackTests
{
    [TestCase(0, false)]
    [TestCase(56, false)]
    [TestCase(9000, false)]
    [TestCase(0, true)]
    [TestCase(56, true)]
    [TestCase(9000, true)]
    public void Ping_AnyLength_IsAnsweredWithTheSamePayload(int length, bool ipv6)
    {
        var network = new VirtualNetwork();
        var (alice, _) = (Nodes.Alice(network), Nodes.Bob(network));
        var payload = new byte[length];
        new Random(length).NextBytes(payload);
        alice.Stack.Ping(network.Now, Nodes.Bob(ipv6), payload, 11, 22);
        Assert.That(network.Run(() => alice.Stack.EchoReplies.Count == 1, TimeSpan.FromSeconds(5)));
        var reply = alice.Stack.EchoReplies.Single();
        Assert.That((reply.From, reply.Identifier, reply.SequenceNumber), Is.EqualTo((Nodes.Bob(ipv6), (ushort)11, (ushort)22)));
        Assert.That(reply.Payload.Span.SequenceEqual(payload));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void UdpEcho_Datagram_ComesBack(bool ipv6)
    {
        var network = new VirtualNetwork();
        var (alice, _) = (Nodes.Alice(network), Nodes.Bob(network));
        using var socket = alice.Stack.BindUdp();
        socket.Send(network.Now, Nodes.Bob(ipv6), 7, [1, 2, 3]);
        Assert.That(network.Run(() => socket.Available == 1, TimeSpan.FromSeconds(5)));
        Assert.That(socket.TryReceive(out var datagram));
        Assert.That(datagram!.Payload.ToArray(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That((datagram.Source, datagram.SourcePort), Is.EqualTo((Nodes.Bob(ipv6), (ushort)7)));
    }

    [TestCase(false, 3, 3)]
    [TestCase(true, 1, 4)]
    public void Udp_UnboundPort_IsAnsweredPortUnreachable(bool ipv6, byte type, byte code)
    {
        var network = new VirtualNetwork();
        var (alice, _) = (Nodes.Alice(network), Nodes.Bob(network));
        using var socket = alice.Stack.BindUdp();
        socket.Send(network.Now, Nodes.Bob(ipv6), 9, [1]);
        Assert.That(network.Run(() => alice.Stack.IcmpErrors.Count == 1, TimeSpan.FromSeconds(5)));
        var error = alice.Stack.IcmpErrors.Single();
        Assert.That((error.Type, error.Code, error.QuotedDestinationPort), Is.EqualTo((type, code, (ushort)9)));
        Assert.That(error.Kind, Is.EqualTo(IcmpErrorKind.PortUnreachable));
    }

    [TestCase(false, 3, 2)]
    [TestCase(true, 4, 1)]
    public void UnknownProtocol_IsAnsweredProtocolUnreachable(bool ipv6, byte type, byte code)
    {
        var network = new VirtualNetwork();
        var (alice, _) = (Nodes.Alice(network), Nodes.Bob(network));
        var packet = new byte[80];
        var length = ipv6
            ? Nodes.WriteIpv6(packet, Nodes.AliceAddress6, Nodes.BobAddress6, IpProtocol.Esp, new byte[40])
            : new Ipv4Header(Nodes.AliceAddress, Nodes.BobAddress, IpProtocol.Esp).WritePacket(packet, new byte[40]);
        alice.Port.Send(network.Now, packet.AsSpan(0, length));
        Assert.That(network.Run(() => alice.Stack.IcmpErrors.Count == 1, TimeSpan.FromSeconds(5)));
        var error = alice.Stack.IcmpErrors.Single();
        Assert.That((error.Type, error.Code, error.Kind, error.QuotedProtocol), Is.EqualTo((type, code, IcmpErrorKind.ProtocolUnreachable, IpProtocol.Esp)));
    }

    [Test]
    public void Udp6_ZeroChecksum_IsDropped()
    {
        // RFC 8200 section 8.1: what IPv4 may leave out, IPv6 must have.
        var network = new VirtualNetwork();
        var (alice, bob) = (Nodes.Alice(network), Nodes.Bob(network));
        using var socket = bob.Stack.BindUdp(5000);
        var packet = new byte[60];
        new UdpHeader(1, 5000).WriteDatagramWithoutChecksum(packet.AsSpan(40), new byte[12]);
        new IpHeader(Nodes.AliceAddress6, Nodes.BobAddress6, IpProtocol.Udp).Write(packet, 20);
        alice.Port.Send(network.Now, packet);
        new UdpHeader(1, 5000).WriteDatagramWithoutChecksum(packet.AsSpan(20), new byte[12]);
        new Ipv4Header(Nodes.AliceAddress, Nodes.BobAddress, IpProtocol.Udp).Write(packet, 20);
        alice.Port.Send(network.Now, packet);
        network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That(socket.TryReceive(out var datagram));
        Assert.That((datagram!.Source, socket.Available), Is.EqualTo(((IpAddress)Nodes.AliceAddress, 0)));
    }

    [Test]
    public void Errors_AFlood_IsNotAnsweredWithAFlood()
    {
        var sent = 0;
        var stack = new InnerStack(Nodes.BobAddress, (_, _) => sent++);
        var packet = new byte[40];
        new Ipv4Header(Nodes.AliceAddress, Nodes.BobAddress, 253).WritePacket(packet, new byte[20]);
        for (var i = 0; i < 10_000; i++)
        {
            stack.Receive(VirtualNetwork.Epoch.AddMicroseconds(i), packet);
        }

        Assert.That(sent, Is.EqualTo(100));
        stack.Receive(VirtualNetwork.Epoch.AddSeconds(2), packet);
        Assert.That(sent, Is.EqualTo(101));
    }

    [Test]
    public void Receive_RandomPackets_NeverThrowsAndStaysBounded()
    {
        var sent = 0;
        var stack = new InnerStack(Nodes.BobAddress, (_, _) => sent++);
        stack.AddAddress(Nodes.BobAddress6);
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

            if (i % 3 == 0)
            {
                SendRandomIpv6(stack, random, VirtualNetwork.Epoch.AddMicroseconds(i), payload, protocol);
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

    private static void SendRandomIpv6(InnerStack stack, Random random, DateTimeOffset now, byte[] payload, byte protocol)
    {
        if (protocol == IpProtocol.Icmp && payload.Length >= 8)
        {
            payload[0] = (byte)(random.Next(2) * 125 + random.Next(8));
        }

        var next = protocol == IpProtocol.Icmp ? IpProtocol.Icmpv6 : random.Next(3) == 0 ? (byte)random.Next(256) : protocol;
        var packet = new byte[200];
        var length = Nodes.WriteIpv6(packet, new((UInt128)random.Next() << 96), Nodes.BobAddress6, next, payload);
        if (payload.Length >= 8 && next == IpProtocol.Icmpv6)
        {
            var sum = InternetChecksum.AddPseudoHeader(0, Ipv6Address.Read(packet.AsSpan(8)), Nodes.BobAddress6, next, payload.Length);
            packet[42] = packet[43] = 0;
            var checksum = InternetChecksum.Finish(InternetChecksum.Add(sum, packet.AsSpan(40, payload.Length)));
            (packet[42], packet[43]) = ((byte)(checksum >> 8), (byte)checksum);
        }

        stack.Receive(now, packet.AsSpan(0, length));
    }
}
