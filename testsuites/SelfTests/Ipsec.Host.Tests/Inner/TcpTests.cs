using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Packets.Ip;

namespace Ipsec.Host.Tests.Inner;

public sealed class TcpTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void Echo_OneMegabyteOverAPerfectLink_ComesBackWithoutRetransmission(bool ipv6)
    {
        var network = new VirtualNetwork();
        Nodes.Bob(network);
        var connection = EchoOneMegabyte(network, Nodes.Alice(network), Nodes.Bob(ipv6));
        Assert.That(connection.Retransmissions, Is.Zero);
    }

    [TestCase(1, false)]
    [TestCase(2, true)]
    [TestCase(3, false)]
    [TestCase(4, false)]
    [TestCase(5, true)]
    public void Echo_OneMegabyteThroughLossReorderingAndDuplication_ComesBackWhole(int seed, bool ipv6)
    {
        var impairments = new Impairments { Loss = 0.05, Reordering = 0.05, Duplication = 0.05, Delay = TimeSpan.FromMilliseconds(2) };
        var network = new VirtualNetwork(impairments, seed);
        Nodes.Bob(network);
        var connection = EchoOneMegabyte(network, Nodes.Alice(network), Nodes.Bob(ipv6));
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

    internal static TcpConnection EchoOneMegabyte(VirtualNetwork network, PlainHost from, IpAddress to)
    {
        var data = new byte[1 << 20];
        new Random(6).NextBytes(data);
        var connection = from.Stack.ConnectTcp(network.Now, to, 7);
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
