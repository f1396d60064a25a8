using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Tests.Inner;

public sealed class TcpTests
{
    [Test]
    public void Echo_OneMegabyteOverAPerfectLink_ComesBackWithoutRetransmission()
    {
        var network = new VirtualNetwork();
        var connection = EchoOneMegabyte(network, Nodes.Alice(network), Nodes.Bob(network));
        Assert.That(connection.Retransmissions, Is.Zero);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(5)]
    public void Echo_OneMegabyteThroughLossReorderingAndDuplication_ComesBackWhole(int seed)
    {
        var impairments = new Impairments { Loss = 0.05, Reordering = 0.05, Duplication = 0.05, Delay = TimeSpan.FromMilliseconds(2) };
        var network = new VirtualNetwork(impairments, seed);
        var connection = EchoOneMegabyte(network, Nodes.Alice(network), Nodes.Bob(network));
        TestContext.Out.WriteLine($"seed {seed}: {connection.Retransmissions} retransmissions, {network.Now - VirtualNetwork.Epoch} of virtual time");
        Assert.That(connection.Retransmissions, Is.Positive);
    }

    [Test]
    public void Close_BothSides_EndsWithoutFailure()
    {
        var network = new VirtualNetwork();
        var (alice, bob) = (Nodes.Alice(network), Nodes.Bob(network));
        var listener = bob.Stack.ListenTcp(80);
        var client = alice.Stack.ConnectTcp(network.Now, Nodes.BobAddress, 80);
        TcpConnection? server = null;
        Assert.That(network.Run(() => listener.TryAccept(out server), TimeSpan.FromSeconds(1)));
        Assert.That(client.State, Is.EqualTo(TcpState.Established));
        client.Close(network.Now);
        Assert.That(network.Run(() => server!.RemoteClosed, TimeSpan.FromSeconds(1)));
        Assert.That(server!.State, Is.EqualTo(TcpState.CloseWait));
        server.Close(network.Now);
        Assert.That(network.Run(() => server.State == TcpState.Closed, TimeSpan.FromSeconds(1)));
        Assert.That(client.State, Is.EqualTo(TcpState.TimeWait));
        Assert.That(network.Run(() => client.State == TcpState.Closed, TimeSpan.FromMinutes(5)));
        Assert.That((client.Failure, server.Failure), Is.EqualTo((TcpFailure.None, TcpFailure.None)));
    }

    [Test]
    public void HalfClose_PeerStillSends_DataArrives()
    {
        var network = new VirtualNetwork();
        var (alice, bob) = (Nodes.Alice(network), Nodes.Bob(network));
        var listener = bob.Stack.ListenTcp(80);
        var client = alice.Stack.ConnectTcp(network.Now, Nodes.BobAddress, 80);
        TcpConnection? server = null;
        network.Run(() => listener.TryAccept(out server), TimeSpan.FromSeconds(1));
        client.Close(network.Now);
        network.Run(() => server!.RemoteClosed, TimeSpan.FromSeconds(1));
        server!.Send(network.Now, new byte[5000]);
        server.Close(network.Now);
        Assert.That(network.Run(() => client.RemoteClosed, TimeSpan.FromSeconds(5)));
        Assert.That(client.Available, Is.EqualTo(5000));
    }

    [Test]
    public void Connect_NobodyListens_IsRefused()
    {
        var network = new VirtualNetwork();
        var (alice, _) = (Nodes.Alice(network), Nodes.Bob(network));
        var client = alice.Stack.ConnectTcp(network.Now, Nodes.BobAddress, 81);
        Assert.That(network.Run(() => client.State == TcpState.Closed, TimeSpan.FromSeconds(1)));
        Assert.That(client.Failure, Is.EqualTo(TcpFailure.Refused));
    }

    [Test]
    public void Connect_NobodyThere_TimesOut()
    {
        var network = new VirtualNetwork();
        var client = Nodes.Alice(network).Stack.ConnectTcp(network.Now, Nodes.BobAddress, 81);
        Assert.That(network.Run(() => client.State == TcpState.Closed, TimeSpan.FromHours(1)));
        Assert.That(client.Failure, Is.EqualTo(TcpFailure.TimedOut));
    }

    [Test]
    public void Abort_OneSide_ResetsTheOther()
    {
        var network = new VirtualNetwork();
        var (alice, bob) = (Nodes.Alice(network), Nodes.Bob(network));
        var listener = bob.Stack.ListenTcp(80);
        var client = alice.Stack.ConnectTcp(network.Now, Nodes.BobAddress, 80);
        TcpConnection? server = null;
        network.Run(() => listener.TryAccept(out server), TimeSpan.FromSeconds(1));
        client.Abort(network.Now);
        Assert.That(network.Run(() => server!.State == TcpState.Closed, TimeSpan.FromSeconds(1)));
        Assert.That(server!.Failure, Is.EqualTo(TcpFailure.Reset));
    }

    [Test]
    public void Window_ReaderSleepsForAnHour_SenderWaitsAndNothingIsLost()
    {
        var network = new VirtualNetwork();
        var (alice, bob) = (Nodes.Alice(network), Nodes.Bob(network));
        var listener = bob.Stack.ListenTcp(80);
        var client = alice.Stack.ConnectTcp(network.Now, Nodes.BobAddress, 80);
        TcpConnection? server = null;
        network.Run(() => listener.TryAccept(out server), TimeSpan.FromSeconds(1));
        var data = new byte[200_000];
        new Random(1).NextBytes(data);
        var sent = 0;
        network.Run(() => (sent += client.Send(network.Now, data.AsSpan(sent))) < 0, TimeSpan.FromHours(1));
        Assert.That(client.State, Is.EqualTo(TcpState.Established));
        Assert.That(server!.Available, Is.EqualTo(65535));
        var received = new MemoryStream();
        Assert.That(network.Run(
            () =>
            {
                sent += client.Send(network.Now, data.AsSpan(sent));
                Drain(network.Now, server, received);
                return received.Length == data.Length;
            },
            TimeSpan.FromMinutes(5)));
        Assert.That(received.ToArray().AsSpan().SequenceEqual(data));
    }

    [Test]
    public void PathMtu_RouterSaysSo_SegmentsShrink()
    {
        var network = new VirtualNetwork();
        var (alice, bob) = (Nodes.Alice(network), Nodes.Bob(network));
        var listener = bob.Stack.ListenTcp(80);
        var client = alice.Stack.ConnectTcp(network.Now, Nodes.BobAddress, 80);
        network.Run(() => listener.TryAccept(out _), TimeSpan.FromSeconds(1));
        Assert.That(client.SegmentSize, Is.EqualTo(1460));
        var quoted = new byte[28];
        new Ipv4Header(Nodes.AliceAddress, Nodes.BobAddress, IpProtocol.Tcp).WritePacket(
            quoted, [(byte)(client.LocalPort >> 8), (byte)client.LocalPort, 0, 80, 0, 0, 0, 0]);
        byte[] message = [3, 4, 0, 0, 0, 0, 1400 >> 8, 1400 & 0xFF, .. quoted];
        var checksum = InternetChecksum.Compute(message);
        (message[2], message[3]) = ((byte)(checksum >> 8), (byte)checksum);
        var packet = new byte[20 + message.Length];
        new Ipv4Header(Ipv4Address.Parse("192.0.2.254"), Nodes.AliceAddress, IpProtocol.Icmp).WritePacket(packet, message);
        alice.Stack.Receive(network.Now, packet);
        Assert.That(client.SegmentSize, Is.EqualTo(1360));
    }

    internal static TcpConnection EchoOneMegabyte(VirtualNetwork network, PlainHost from, PlainHost to)
    {
        var data = new byte[1 << 20];
        new Random(6).NextBytes(data);
        var connection = from.Stack.ConnectTcp(network.Now, to.Stack.Address, 7);
        var received = new MemoryStream();
        var sent = 0;
        var whole = network.Run(
            () =>
            {
                sent += connection.Send(network.Now, data.AsSpan(sent));
                if (sent == data.Length)
                {
                    connection.Close(network.Now);
                }

                Drain(network.Now, connection, received);
                return connection.RemoteClosed || connection.State == TcpState.Closed;
            },
            TimeSpan.FromMinutes(30));
        Assert.That(whole, $"{received.Length} octets after {network.Now - VirtualNetwork.Epoch}");
        Assert.That(connection.Failure, Is.EqualTo(TcpFailure.None));
        Assert.That(received.ToArray().AsSpan().SequenceEqual(data));
        return connection;
    }

    private static void Drain(DateTimeOffset now, TcpConnection connection, Stream to)
    {
        var buffer = new byte[8192];
        while (connection.Read(now, buffer) is > 0 and var count)
        {
            to.Write(buffer, 0, count);
        }
    }
}
