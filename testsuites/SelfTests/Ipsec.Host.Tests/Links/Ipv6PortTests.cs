using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Tests.Links;

/// <summary>Neighbour discovery (RFC 4861), fragments and routes of IPv6 on a link.</summary>
public sealed class Ipv6PortTests
{
    private static readonly byte[] SolicitedNodeOfBob = [0x33, 0x33, 0xFF, 0, 0, 2];

    [Test]
    public void Send_UnknownNeighbour_AsksItsSolicitedNodeGroupOnceAndDeliversInOrder()
    {
        var network = new VirtualNetwork();
        var (alice, bob) = (Nodes.Alice(network), Nodes.Bob(network));
        var solicitations = new List<byte[]>();
        network.Attach("observer", Nodes.Mac(9)).Observed += (_, _, frame) => solicitations.Add(frame.ToArray());
        var received = new List<int>();
        bob.Port.Received = (_, packet) => received.Add(packet.Length);
        for (var i = 0; i < 10; i++)
        {
            alice.Port.Send(network.Now, Packet(Nodes.AliceAddress6, Nodes.BobAddress6, i));
        }

        network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That(received, Is.EqualTo(Enumerable.Range(40, 10)));
        var asked = solicitations.Single();
        Assert.That(asked[..6], Is.EqualTo(SolicitedNodeOfBob));
        Assert.That(Ipv6View.TryParse(asked.AsSpan(14), out var view, out _));
        Assert.That((view.Destination, view.HopLimit), Is.EqualTo((Ipv6Address.Parse("ff02::1:ff00:2"), (byte)255)));
    }

    [Test]
    public void Send_NobodyAnswers_AsksThreeTimesAndHandsThePacketsBack()
    {
        var network = new VirtualNetwork();
        var alice = Nodes.Alice(network);
        var solicitations = new Recorder();
        network.Attach("observer", Nodes.Mac(9)).Node = solicitations;
        var returned = new List<int>();
        alice.Port.Undeliverable = (_, packet) => returned.Add(packet.Length);
        for (var i = 0; i < 100; i++)
        {
            alice.Port.Send(network.Now, Packet(Nodes.AliceAddress6, Nodes.BobAddress6, i));
        }

        network.Run(() => false, TimeSpan.FromMinutes(1));
        Assert.That(solicitations.Frames, Has.Count.EqualTo(3));
        Assert.That(returned, Is.EqualTo(Enumerable.Range(40 + 36, 64)));
        Assert.That(alice.Port.DroppedOnSend, Is.EqualTo(100));
        Assert.That(alice.Port.NextDeadline, Is.Null);
    }

    [Test]
    public void Addresses_FirstOfIpv6_BringsTheLinkLocalOneOfTheMac()
    {
        var alice = Nodes.Alice(new VirtualNetwork());
        Assert.That(
            alice.Port.Addresses.Select(address => $"{address}"), Is.EqualTo(new[] { "192.0.2.1", "2001:db8::1", "fe80::5eff:fe00:1" }));
    }

    // Each of these is a reason of RFC 4861 section 7.1.1 to ignore a solicitation.
    [TestCase("as it must be", true)]
    [TestCase("hop limit 254", false)]
    [TestCase("wrong checksum", false)]
    [TestCase("code 1", false)]
    [TestCase("target is a group", false)]
    [TestCase("option of length 0", false)]
    [TestCase("option beyond the end", false)]
    [TestCase("unspecified source with its MAC address", false)]
    [TestCase("unspecified source to a single node", false)]
    public void Solicitation_IsAnswered_OnlyIfValid(string what, bool answered)
    {
        var network = new VirtualNetwork();
        var bob = Nodes.Bob(network);
        var link = network.Attach("asker", Nodes.Mac(9));
        var asker = new Recorder();
        link.Node = asker;
        var packet = Solicitation(Ipv6Address.Parse("2001:db8::9"));
        switch (what)
        {
            case "hop limit 254":
                packet[7] = 254;
                break;
            case "code 1":
                packet[41] = 1;
                break;
            case "target is a group":
                packet[48] = 0xFF;
                break;
            case "option of length 0":
                packet[65] = 0;
                break;
            case "option beyond the end":
                packet[65] = 2;
                break;
            case "unspecified source with its MAC address":
                packet.AsSpan(8, 16).Clear();
                break;
            case "unspecified source to a single node":
                packet.AsSpan(8, 16).Clear();
                packet = packet[..64];
                packet[5] = 24;
                Nodes.BobAddress6.Write(packet.AsSpan(24));
                break;
        }

        FixChecksum(packet);
        packet[43] ^= (byte)(what == "wrong checksum" ? 1 : 0);
        link.Send(Frame(SolicitedNodeOfBob, packet));
        network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That(asker.Frames, Has.Count.EqualTo(answered ? 1 : 0));
        Assert.That(bob.Port.NextDeadline, Is.Null);
    }

    [Test]
    public void Solicitation_FromNobody_IsAnsweredToAllNodes()
    {
        // How a node asks whether an address is free (RFC 4862 section 5.4).
        var network = new VirtualNetwork();
        Nodes.Bob(network);
        var link = network.Attach("asker", Nodes.Mac(9));
        var asker = new Recorder();
        link.Node = asker;
        var packet = Solicitation(default)[..64];
        packet[5] = 24;
        FixChecksum(packet);
        link.Send(Frame(SolicitedNodeOfBob, packet));
        network.Run(() => false, TimeSpan.FromSeconds(1));
        var answer = asker.Frames.Single().Frame;
        Assert.That(Ipv6View.TryParse(answer.AsSpan(14), out var view, out _));
        Assert.That(view.Destination, Is.EqualTo(Ipv6Address.Parse("ff02::1")));
        Assert.That(view.Payload[4] & 0x60, Is.EqualTo(0x20), "not solicited, override");
    }

    [TestCase(false, 2)]
    [TestCase(true, 3)]
    public void Advertisement_OfAnotherMac_ReplacesOnlyWithOverride(bool overrides, byte expected)
    {
        var network = new VirtualNetwork();
        var (alice, _) = (Nodes.Alice(network), Nodes.Bob(network));
        alice.Stack.Ping(network.Now, Nodes.BobAddress6, [], 1, 1);
        Assert.That(network.Run(() => alice.Stack.EchoReplies.Count == 1, TimeSpan.FromSeconds(1)));
        var packet = Solicitation(Nodes.BobAddress6);
        packet[40] = 136;
        packet[44] = (byte)(overrides ? 0x20 : 0);
        Ipv6Address.Parse("ff02::1").Write(packet.AsSpan(24));
        packet[64] = 2;
        packet[71] = 3;
        FixChecksum(packet);
        var thief = new Recorder();
        var link = network.Attach("thief", Nodes.Mac(3));
        link.Node = thief;
        link.Send(Frame([0x33, 0x33, 0, 0, 0, 1], packet));
        network.Run(() => false, TimeSpan.FromMilliseconds(1));
        alice.Stack.Ping(network.Now, Nodes.BobAddress6, [], 1, 2);
        network.Run(() => false, TimeSpan.FromMilliseconds(1));
        Assert.That(alice.Stack.EchoReplies, Has.Count.EqualTo(expected == 2 ? 2 : 1));
        Assert.That(thief.Frames, Has.Count.EqualTo(expected == 3 ? 1 : 0));
    }

    [Test]
    public void Send_OverTheMtu_IsFragmentedAndReassembled()
    {
        var network = new VirtualNetwork();
        var (alice, bob) = (Nodes.Alice(network), Nodes.Bob(network));
        var packets = new List<byte[]>();
        bob.Port.Received = (_, packet) => packets.Add(packet.ToArray());
        var sent = Packet(Nodes.AliceAddress6, Nodes.BobAddress6, 4000);
        new Random(3).NextBytes(sent.AsSpan(40));
        alice.Port.Send(network.Now, sent);
        network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That(packets.Single(), Is.EqualTo(sent));
    }

    [Test]
    public void Send_NoRoute_IsDroppedAndCounted()
    {
        var network = new VirtualNetwork();
        var alice = Nodes.Alice(network);
        alice.Port.Send(network.Now, Packet(Nodes.AliceAddress6, Ipv6Address.Parse("2001:db8:1::1"), 8));
        Assert.That((alice.Port.DroppedOnSend, alice.Port.NextDeadline), Is.EqualTo((1L, (DateTimeOffset?)null)));
    }

    [Test]
    public void Routes_TheLongestPrefixWins()
    {
        var routes = new RoutingTable();
        routes.AddDefault(Ipv6Address.Parse("fe80::1"));
        routes.Add(Ipv6Address.Parse("2001:db8::"), 32, Ipv6Address.Parse("fe80::2"));
        routes.Add(Ipv6Address.Parse("2001:db8:7::"), 48);
        routes.AddDefault(Ipv4Address.Parse("192.0.2.254"));
        Assert.That(
            new[] { "2001:db8:7::9", "2001:db8:8::9", "2001:4::1", "198.51.100.1" }.Select(to => routes.Find(IpAddress.Parse(to))?.ToString()),
            Is.EqualTo(new[] { "2001:db8:7::/48", "2001:db8::/32 via fe80::2", "::/0 via fe80::1", "0.0.0.0/0 via 192.0.2.254" }));
        Assert.That(() => routes.Add(Ipv4Address.Parse("10.0.0.0"), 33), Throws.ArgumentException);
        Assert.That(() => routes.Add(Ipv4Address.Parse("10.0.0.0"), 8, Nodes.BobAddress6), Throws.ArgumentException);
    }

    [Test]
    public void Receive_RandomNeighbourMessages_NeverThrows()
    {
        var network = new VirtualNetwork();
        var bob = Nodes.Bob(network);
        var random = new Random(4);
        for (var i = 0; i < 50_000; i++)
        {
            var packet = Solicitation(new((UInt128)random.Next() << 90))[..random.Next(40, 73)];
            for (var j = random.Next(6); j > 0; j--)
            {
                packet[random.Next(packet.Length)] = (byte)random.Next(256);
            }

            if (packet.Length > 44 && i % 2 == 0)
            {
                packet[5] = (byte)(packet.Length - 40);
                packet[40] = (byte)(135 + i % 4 / 2);
                FixChecksum(packet);
            }

            bob.Receive(network.Now.AddMilliseconds(i), Frame(SolicitedNodeOfBob, packet));
            if (bob.NextDeadline <= network.Now.AddMilliseconds(i))
            {
                bob.Advance(network.Now.AddMilliseconds(i));
            }
        }
    }

    private static byte[] Packet(Ipv6Address from, Ipv6Address to, int payload)
    {
        var packet = new byte[40 + payload];
        Nodes.WriteIpv6(packet, from, to, 253, new byte[payload]);
        return packet;
    }

    private static byte[] Solicitation(Ipv6Address from)
    {
        var packet = new byte[72];
        new IpHeader(from, Ipv6Address.Parse("ff02::1:ff00:2"), IpProtocol.Icmpv6) { HopLimit = 255 }.Write(packet, 32);
        packet[40] = 135;
        Nodes.BobAddress6.Write(packet.AsSpan(48));
        packet[64] = packet[65] = 1;
        Nodes.Mac(9).GetAddressBytes().CopyTo(packet, 66);
        FixChecksum(packet);
        return packet;
    }

    private static void FixChecksum(byte[] packet)
    {
        packet[42] = packet[43] = 0;
        var sum = InternetChecksum.AddPseudoHeader(
            0, Ipv6Address.Read(packet.AsSpan(8)), Ipv6Address.Read(packet.AsSpan(24)), IpProtocol.Icmpv6, packet.Length - 40);
        var checksum = InternetChecksum.Finish(InternetChecksum.Add(sum, packet.AsSpan(40)));
        (packet[42], packet[43]) = ((byte)(checksum >> 8), (byte)checksum);
    }

    private static byte[] Frame(byte[] to, byte[] packet) => [.. to, .. Nodes.Mac(9).GetAddressBytes(), 0x86, 0xDD, .. packet];
}
