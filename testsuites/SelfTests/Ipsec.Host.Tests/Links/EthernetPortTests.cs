using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Tests.Links;

public sealed class EthernetPortTests
{
    [Test]
    public void Send_UnknownNeighbour_AsksOnceAndDeliversInOrder()
    {
        var network = new VirtualNetwork();
        var (alice, bob) = (Nodes.Alice(network), Nodes.Bob(network));
        var requests = 0;
        network.Attach("observer", Nodes.Mac(9)).Observed += (_, _, frame) => requests += frame[12] == 8 && frame[13] == 6 ? 1 : 0;
        var received = new List<int>();
        bob.Port.Received = (_, packet) => received.Add(packet.Length);
        for (var i = 0; i < 10; i++)
        {
            alice.Port.Send(network.Now, Packet(Nodes.AliceAddress, Nodes.BobAddress, i));
        }

        network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That(requests, Is.EqualTo(1));
        Assert.That(received, Is.EqualTo(Enumerable.Range(20, 10)));
    }

    [Test]
    public void Send_NobodyAnswers_AsksFourTimesAndGivesUp()
    {
        var network = new VirtualNetwork();
        var alice = Nodes.Alice(network);
        var requests = new Recorder();
        network.Attach("observer", Nodes.Mac(9)).Node = requests;
        for (var i = 0; i < 100; i++)
        {
            alice.Port.Send(network.Now, Packet(Nodes.AliceAddress, Nodes.BobAddress, i));
        }

        network.Run(() => false, TimeSpan.FromMinutes(1));
        Assert.That(requests.Frames, Has.Count.EqualTo(4));
        Assert.That(alice.Port.DroppedOnSend, Is.EqualTo(100));
        Assert.That(alice.Port.NextDeadline, Is.Null);
    }

    [Test]
    public void Announce_NewMac_CorrectsTheNeighbour()
    {
        var network = new VirtualNetwork();
        var (alice, bob) = (Nodes.Alice(network), Nodes.Bob(network));
        alice.Stack.Ping(network.Now, Nodes.BobAddress, [], 1, 1);
        Assert.That(network.Run(() => alice.Stack.EchoReplies.Count == 1, TimeSpan.FromSeconds(1)));
        bob.Port.RemoveAddress(Nodes.BobAddress);
        var moved = new Ipsec.Host.Inner.PlainHost(network.Attach("moved", Nodes.Mac(3)), Nodes.BobAddress, 24);
        moved.Port.Announce(Nodes.BobAddress);
        network.Run(() => false, TimeSpan.FromMilliseconds(1));
        var seen = 0;
        moved.Port.Received = (_, _) => seen++;
        alice.Port.Send(network.Now, Packet(Nodes.AliceAddress, Nodes.BobAddress, 0));
        network.Run(() => false, TimeSpan.FromMilliseconds(1));
        Assert.That(seen, Is.EqualTo(1));
    }

    [Test]
    public void Send_OverTheMtu_IsFragmentedAndReassembled()
    {
        var network = new VirtualNetwork();
        var (alice, bob) = (Nodes.Alice(network), Nodes.Bob(network));
        var lengths = new List<int>();
        bob.Port.Received = (_, packet) => lengths.Add(packet.Length);
        alice.Port.Send(network.Now, Packet(Nodes.AliceAddress, Nodes.BobAddress, 4000));
        alice.Port.Send(network.Now, Packet(Nodes.AliceAddress, Nodes.BobAddress, 4000, dontFragment: true));
        network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That(lengths, Is.EqualTo(new[] { 4020 }));
        Assert.That(alice.Port.DroppedOnSend, Is.EqualTo(1));
    }

    [Test]
    public void Send_OutsideThePrefix_GoesToTheDefaultRoute()
    {
        var network = new VirtualNetwork();
        var (alice, bob) = (Nodes.Alice(network), Nodes.Bob(network));
        alice.Port.Routes.AddDefault(Nodes.BobAddress);
        var forwarded = new List<string>();
        bob.Port.ReceivedForOthers = (now, packet) =>
        {
            Ipv4View.TryParse(packet, out var view, out _);
            forwarded.Add(view.Destination.ToString());
        };
        alice.Port.Send(network.Now, Packet(Nodes.AliceAddress, Ipv4Address.Parse("198.51.100.7"), 8));
        network.Run(() => false, TimeSpan.FromSeconds(1));
        Assert.That(forwarded, Is.EqualTo(new[] { "198.51.100.7" }));
    }

    [Test]
    public void Receive_BadHeaderChecksum_IsDroppedAndCounted()
    {
        var network = new VirtualNetwork();
        var bob = Nodes.Bob(network);
        var packet = Packet(Nodes.AliceAddress, Nodes.BobAddress, 8);
        packet[10] ^= 1;
        bob.Port.Received = (_, _) => Assert.Fail("delivered");
        bob.Receive(network.Now, [.. Nodes.Mac(2).GetAddressBytes(), .. Nodes.Mac(1).GetAddressBytes(), 8, 0, .. packet]);
        Assert.That(bob.Port.DroppedOnReceive, Is.EqualTo(1));
    }

    [Test]
    public void Receive_RandomFrames_NeverThrows()
    {
        var network = new VirtualNetwork();
        var bob = Nodes.Bob(network);
        var random = new Random(4);
        for (var i = 0; i < 50_000; i++)
        {
            var frame = new byte[random.Next(120)];
            random.NextBytes(frame);
            Nodes.Mac(2).GetAddressBytes().AsSpan(0, Math.Min(6, frame.Length)).CopyTo(frame);
            if (frame.Length > 40)
            {
                frame[12] = 8;
                frame[13] = (byte)(i % 2 * 6);
                frame[14] = 0x45;
                frame[16] = 0;
                Nodes.BobAddress.Write(frame.AsSpan(30));
                frame[24] = frame[25] = 0;
                var checksum = InternetChecksum.Compute(frame.AsSpan(14, 20));
                (frame[24], frame[25]) = ((byte)(checksum >> 8), (byte)checksum);
            }

            bob.Receive(network.Now.AddMilliseconds(i), frame);
            if (bob.NextDeadline <= network.Now.AddMilliseconds(i))
            {
                bob.Advance(network.Now.AddMilliseconds(i));
            }
        }
    }

    private static byte[] Packet(Ipv4Address from, Ipv4Address to, int payload, bool dontFragment = false)
    {
        var packet = new byte[20 + payload];
        new Ipv4Header(from, to, 253) { DontFragment = dontFragment, Identification = 1 }.WritePacket(packet, new byte[payload]);
        return packet;
    }
}
