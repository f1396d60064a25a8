using Ipsec.Host.Inner;
using Ipsec.Host.Links;

namespace Ipsec.Host.Tests.Links;

/// <summary>The in-house host against a Linux kernel, over a bridge.</summary>
[Category("Live")]
[NonParallelizable]
public sealed class RealNetworkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public void Open_NoSuchBridge_SaysWhatToDo() =>
        Assert.That(() => RealNetwork.Open("icfnone"), Throws.TypeOf<NetworkFailedException>().With.Message.Contains("no bridge 'icfnone'"));

    [TestCase(false)]
    [TestCase(true)]
    public async Task Ping_ToTheKernel_IsAnswered(bool ipv6)
    {
        using var kernel = KernelPeer.CreateOrIgnore();
        await using var network = RealNetwork.Open(kernel.Bridge);
        var alice = Nodes.Alice(network);
        foreach (var length in new[] { 0, 56, 1472, 20_000 })
        {
            var payload = new byte[length];
            new Random(length).NextBytes(payload);
            alice.Stack.Ping(network.Now, ipv6 ? KernelPeer.Address6 : KernelPeer.Address, payload, 1, (ushort)length);
            Assert.That(
                await network.RunUntil(() => alice.Stack.EchoReplies.Any(reply => reply.SequenceNumber == length), network.Now + Patience, default),
                $"{length} octets");
            Assert.That(alice.Stack.EchoReplies.Last().Payload.Span.SequenceEqual(payload));
        }

        Assert.That(network.Dropped, Is.Zero);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Ping_FromTheKernel_IsAnsweredOnceEach(bool ipv6)
    {
        using var kernel = KernelPeer.CreateOrIgnore();
        await using var network = RealNetwork.Open(kernel.Bridge);
        Nodes.Alice(network);
        var ping = kernel.Start("ping", "-n", "-c", "20", "-i", "0.01", "-s", "3000", "-W", "2", ipv6 ? $"{Nodes.AliceAddress6}" : $"{Nodes.AliceAddress}");
        await network.RunUntil(() => ping.HasExited, network.Now + Patience, default);
        var output = await ping.StandardOutput.ReadToEndAsync();
        Assert.That(output, Does.Contain("20 packets transmitted, 20 received, 0% packet loss"));
        Assert.That(output, Does.Not.Contain("DUP"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Tcp_OneMegabyteEchoedByTheKernel_ComesBackWhole(bool ipv6)
    {
        using var kernel = KernelPeer.CreateOrIgnore();
        await using var network = RealNetwork.Open(kernel.Bridge);
        var alice = Nodes.Alice(network);
        kernel.Start("socat", $"TCP{(ipv6 ? 6 : 4)}-LISTEN:7777,fork,reuseaddr", "PIPE");
        var data = new byte[1 << 20];
        new Random(8).NextBytes(data);
        TcpConnection connection;
        do
        {
            // The listener needs a moment to be there; until then the kernel refuses.
            connection = alice.Stack.ConnectTcp(network.Now, ipv6 ? KernelPeer.Address6 : KernelPeer.Address, 7777);
            await network.RunUntil(() => connection.State is TcpState.Established or TcpState.Closed, network.Now + Patience, default);
        }
        while (connection.Failure == TcpFailure.Refused);

        var (sent, received) = (0, new MemoryStream());
        var buffer = new byte[8192];
        await network.RunUntil(
            () =>
            {
                sent += connection.Send(network.Now, data.AsSpan(sent));
                if (sent == data.Length)
                {
                    connection.Close(network.Now);
                }

                while (connection.Read(network.Now, buffer) is > 0 and var count)
                {
                    received.Write(buffer, 0, count);
                }

                return connection.RemoteClosed || connection.State == TcpState.Closed;
            },
            network.Now + Patience,
            default);
        TestContext.Out.WriteLine($"{received.Length} octets, {connection.Retransmissions} retransmissions, {network.Dropped} frames dropped");
        Assert.That(received.ToArray().AsSpan().SequenceEqual(data));
        Assert.That(connection.Failure, Is.EqualTo(TcpFailure.None));
    }

    [Test]
    public async Task Tcp_OneMegabyteFromTheKernelToOurEcho_ComesBackWhole()
    {
        using var kernel = KernelPeer.CreateOrIgnore();
        await using var network = RealNetwork.Open(kernel.Bridge);
        Nodes.Alice(network);
        var data = new byte[1 << 20];
        new Random(9).NextBytes(data);
        var socat = kernel.Start("socat", "-t", "10", "-", $"TCP4:{Nodes.AliceAddress}:7");
        var (write, received) = (Write(), new MemoryStream());
        var read = socat.StandardOutput.BaseStream.CopyToAsync(received);
        await network.RunUntil(() => socat.HasExited && read.IsCompleted, network.Now + Patience, default);
        Assert.That(write.IsCompleted && read.IsCompleted, $"{received.Length} octets came back");
        await Task.WhenAll(write, read);
        Assert.That(received.ToArray().AsSpan().SequenceEqual(data), $"{received.Length} octets came back");

        async Task Write()
        {
            await socat.StandardInput.BaseStream.WriteAsync(data);
            socat.StandardInput.Close();
        }
    }

    [Test]
    public async Task Nodes_TwoOnOneBridge_HearEachOtherOnceAndNotThemselves()
    {
        using var kernel = KernelPeer.CreateOrIgnore();
        await using var network = RealNetwork.Open(kernel.Bridge);
        var (one, two) = (new Recorder(), new Recorder());
        var (first, second) = (network.Attach("one", Nodes.Mac(1)), network.Attach("two", Nodes.Mac(2)));
        (first.Node, second.Node) = (one, two);
        first.Send(Recorder.Frame(2, 1, 1500));
        first.Send(Recorder.Frame(9, 1, 50));
        second.Send(Recorder.Frame(1, 2, 50));
        await network.RunUntil(() => false, network.Now.AddMilliseconds(300), default);
        Assert.That(Ours(one), Is.EqualTo(new[] { Recorder.Frame(1, 2, 50) }));
        Assert.That(Ours(two), Is.EqualTo(new[] { Recorder.Frame(2, 1, 1500) }));

        // The kernel's own announcements (IPv6, multicast) are on the bridge too.
        static byte[][] Ours(Recorder node) => [.. node.Frames.Select(frame => frame.Frame).Where(frame => frame[12] == 0x88 && frame[13] == 0xB5)];
    }

    [Test]
    public async Task Dispose_RemovesTheLinksItMade()
    {
        using var kernel = KernelPeer.CreateOrIgnore();
        var before = Directory.GetDirectories($"/sys/class/net/{kernel.Bridge}/brif");
        var network = RealNetwork.Open(kernel.Bridge);
        network.Attach("one", Nodes.Mac(1));
        Assert.That(Directory.GetDirectories($"/sys/class/net/{kernel.Bridge}/brif"), Has.Length.EqualTo(before.Length + 1));
        await network.DisposeAsync();
        Assert.That(Directory.GetDirectories($"/sys/class/net/{kernel.Bridge}/brif"), Is.EquivalentTo(before));
    }

    [Test]
    public async Task Bridge_Removed_FailsTheRunWithAReason()
    {
        var kernel = KernelPeer.CreateOrIgnore();
        await using var network = RealNetwork.Open(kernel.Bridge);
        network.Attach("one", Nodes.Mac(1));
        kernel.Dispose();
        Assert.That(() => network.Attach("two", Nodes.Mac(2)), Throws.TypeOf<NetworkFailedException>().With.Message.Contains("'ip link set"));
    }

    [Test]
    public async Task Deadline_OfANode_IsKeptInRealTime()
    {
        using var kernel = KernelPeer.CreateOrIgnore();
        await using var network = RealNetwork.Open(kernel.Bridge);
        var start = network.Now;
        var node = new Recorder { NextDeadline = start.AddMilliseconds(50), Period = TimeSpan.FromMilliseconds(50) };
        network.Attach("one", Nodes.Mac(1)).Node = node;
        Assert.That(await network.RunUntil(() => node.Advanced.Count == 4, start + Patience, default));
        Assert.That(node.Advanced[3], Is.GreaterThanOrEqualTo(start.AddMilliseconds(200)));
        Assert.That(DateTimeOffset.UtcNow, Is.GreaterThanOrEqualTo(start.AddMilliseconds(200)));
    }
}
