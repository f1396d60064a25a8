using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Conformance.Implementations;
using Conformance.Peers.Engine;
using Ipsec.Host.Links;

namespace Conformance.Peers.Tests;

/// <summary>
/// Both daemons in their containers, met from this machine's end of the bridge, which takes the tester's address for the time.
/// </summary>
[Category("Live")]
[TestFixture("strongswan")]
[TestFixture("libreswan")]
internal sealed class LivePeerTests(string name)
{
    private static readonly TestCaseData[] Policies =
    [
        Policy("Gcm256Curve25519", new() { IkeSuites = [IkeSuite.Aes256GcmSha256Curve25519] }),
        Policy("Gcm128Ecp256", new() { IkeSuites = [IkeSuite.Aes128GcmSha256Ecp256], EspSuites = [EspSuite.Aes128Gcm] }),
        Policy("CbcSha256Modp2048Esn", new() { IkeSuites = [IkeSuite.Aes256CbcSha256Modp2048], EspSuites = [EspSuite.Aes256GcmEsn] }),
        Policy("CbcSha384Ecp384", new() { IkeSuites = [IkeSuite.Aes256CbcSha384Ecp384], EspSuites = [EspSuite.Aes256CbcSha384] }),
        Policy("CbcSha512Modp3072", new() { IkeSuites = [IkeSuite.Aes256CbcSha512Modp3072], EspSuites = [EspSuite.Aes256CbcSha512] }),
        Policy("Transport", new() { Mode = IpsecMode.Transport, EspSuites = [EspSuite.Aes256CbcSha256] }),
        Policy("Encapsulated", new() { ForceUdpEncapsulation = true }),
        Policy("OddKeyAndSubnet", new() { PreSharedKey = "\"quoted\" 'text' #;{}$`", Name = "another", LocalSubnets = ["10.1.0.0/28"] }),
    ];

    private ContainerEngine _engine = null!;
    private IImplementation _peer = null!;
    private string _bridge = "";

    [OneTimeSetUp]
    public async Task StartPeer()
    {
        _engine = new ContainerEngine();
        if (await _engine.Obstacle(CancellationToken.None) is { } obstacle)
            Assert.Ignore(obstacle);
        INetwork Open(string bridge)
        {
            _bridge = bridge;
            return new UnusedNetwork();
        }
        var driver = name == "strongswan" ? ContainerPeerDriver.StrongSwan(_engine, Open) : ContainerPeerDriver.Libreswan(_engine, Open);
        var clock = Stopwatch.StartNew();
        await driver.Prepare(new TestProgress(), CancellationToken.None);
        TestContext.Progress.WriteLine($"{name}: prepared after {clock.Elapsed.TotalSeconds:0.00} s");
        clock.Restart();
        _peer = await driver.Start(0, new TestProgress(), CancellationToken.None);
        TestContext.Progress.WriteLine($"{name}: started in {clock.Elapsed.TotalSeconds:0.00} s");
        await HostCommand.Run("ip", ["address", "add", $"{_peer.Topology.Tester}/24", "dev", _bridge], CancellationToken.None);
        // What this machine sends then fits a frame, and has its checksums.
        await HostCommand.Run("ethtool", ["-K", _bridge, "tso", "off", "gso", "off", "tx", "off"], CancellationToken.None);
    }

    [OneTimeTearDown]
    public async Task StopPeer()
    {
        if (_peer is not null)
        {
            await _peer.DisposeAsync();
            Assert.That(Directory.Exists($"/sys/class/net/{_bridge}"), Is.False, "the bridge is left");
            var left = await _engine.Status(CancellationToken.None);
            Assert.That(left.Where(container => container.OwnerProcess == Environment.ProcessId && container.Peer == name), Is.Empty);
        }
        _engine.Dispose();
    }

    [TestCaseSource(nameof(Policies))]
    public async Task Policy_Configured_IsTakenInTimeAndPeerLives(ConnectionPolicy policy)
    {
        var clock = Stopwatch.StartNew();
        await _peer.Configure(policy, CancellationToken.None);
        TestContext.Progress.WriteLine($"{name}: configured in {clock.Elapsed.TotalSeconds:0.00} s");
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(10)));
        Assert.That(await _peer.IsAlive(CancellationToken.None));
        Assert.That(await _peer.SecurityAssociations(CancellationToken.None), Is.Empty);
        Assert.That(await _peer.Log(CancellationToken.None), Is.Not.Empty);
        Assert.That(_peer.RenderedConfiguration, Does.Contain(policy.Name));
    }

    [Test]
    public async Task IkeSaInit_SentByTester_IsAnsweredWithSa()
    {
        await _peer.Configure(CurvePolicy, CancellationToken.None);
        var answer = await Exchange(HandMade.IkeSaInit());
        Assert.That(answer[16], Is.EqualTo(33), () => Convert.ToHexString(answer));
    }

    [Test]
    public async Task IkeSaInit_SentWhereCookieIsRequired_IsAnsweredWithCookie()
    {
        await _peer.Configure(CurvePolicy with { AlwaysRequireCookie = true }, CancellationToken.None);
        for (var i = 0; i < 3; i++)
        {
            var answer = await Exchange(HandMade.IkeSaInit());
            Assert.That(answer[16], Is.EqualTo(41), () => Convert.ToHexString(answer));
            Assert.That(answer[34] << 8 | answer[35], Is.EqualTo(16390), "COOKIE");
        }
    }

    [Test]
    public async Task Initiate_WithoutAnswer_RetransmitsIdenticallyWithinFourSecondsUntilConfiguredAnew()
    {
        await _peer.Configure(CurvePolicy, CancellationToken.None);
        using var socket = TesterSocket();
        await _peer.Initiate(CancellationToken.None);
        var first = await Receive(socket, TimeSpan.FromSeconds(3));
        var second = await Receive(socket, TimeSpan.FromSeconds(4));
        Assert.That(first, Is.Not.Null);
        Assert.That(second, Is.EqualTo(first));

        await _peer.Configure(CurvePolicy, CancellationToken.None);
        while (socket.Available > 0)
            socket.Client.Receive(new byte[65536]);
        Assert.That(await Receive(socket, TimeSpan.FromSeconds(4)), Is.Null, "nothing may come after Configure");
    }

    [Test]
    public async Task Echo_OverUdpAndTcpAtOuterAddress_ReturnsSameOctets()
    {
        await _peer.Configure(CurvePolicy with { Mode = IpsecMode.Transport }, CancellationToken.None);
        var octets = new byte[2_000_000];
        new Random(1).NextBytes(octets);

        using var udp = new UdpClient(new IPEndPoint(_peer.Topology.Tester, 0));
        udp.Client.ReceiveTimeout = 3000;
        await udp.SendAsync(octets.AsMemory(0, 1400), new IPEndPoint(_peer.Topology.Iut, 7));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var echoed = await udp.ReceiveAsync(limit.Token);
        Assert.That(echoed.Buffer, Is.EqualTo(octets[..1400]));

        using var tcp = new TcpClient(new IPEndPoint(_peer.Topology.Tester, 0));
        await tcp.ConnectAsync(_peer.Topology.Iut, 7, limit.Token);
        var stream = tcp.GetStream();
        var sending = Task.Run(async () =>
        {
            await stream.WriteAsync(octets, limit.Token);
            tcp.Client.Shutdown(SocketShutdown.Send);
        });
        var back = new MemoryStream();
        await stream.CopyToAsync(back, limit.Token);
        await sending;
        Assert.That(back.ToArray().AsSpan().SequenceEqual(octets));
    }

    [Test]
    public async Task KilledDaemon_IsNotAliveUntilConfigured()
    {
        await _peer.Configure(CurvePolicy, CancellationToken.None);
        await RunInPeer("kill -KILL $(cat /run/peer-daemon.pid)");
        Assert.That(await _peer.IsAlive(CancellationToken.None), Is.False);
        await _peer.Configure(CurvePolicy, CancellationToken.None);
        Assert.That(await _peer.IsAlive(CancellationToken.None));
    }

    [Test]
    public async Task KilledContainer_IsNotAliveUntilConfigured()
    {
        await _peer.Configure(CurvePolicy, CancellationToken.None);
        var mine = (await _engine.Status(CancellationToken.None)).Single(container => container.OwnerProcess == Environment.ProcessId && container.Peer == name);
        await _engine.Client.Containers.KillContainerAsync(mine.Container, new() { Signal = "KILL" });
        Assert.That(await _peer.IsAlive(CancellationToken.None), Is.False);
        await _peer.Configure(CurvePolicy, CancellationToken.None);
        Assert.That(await _peer.IsAlive(CancellationToken.None));
        Assert.That((await Exchange(HandMade.IkeSaInit()))[16], Is.EqualTo(33));
    }

    private static TestCaseData Policy(string word, ConnectionPolicy policy) => new TestCaseData(policy).SetArgDisplayNames(word);

    private static ConnectionPolicy CurvePolicy { get; } = new() { IkeSuites = [new(12, 256, 12, 5, 31)] };

    private UdpClient TesterSocket() => new(new IPEndPoint(_peer.Topology.Tester, 500));

    private async Task<byte[]> Exchange(byte[] request)
    {
        using var socket = TesterSocket();
        await socket.SendAsync(request, new IPEndPoint(_peer.Topology.Iut, 500));
        return await Receive(socket, TimeSpan.FromSeconds(3)) ?? throw new AssertionException($"no answer; the log is\n{await _peer.Log(CancellationToken.None)}");
    }

    private static async Task<byte[]?> Receive(UdpClient socket, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            return (await socket.ReceiveAsync(limit.Token)).Buffer;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task RunInPeer(string script)
    {
        var mine = (await _engine.Status(CancellationToken.None)).Single(container => container.OwnerProcess == Environment.ProcessId && container.Peer == name);
        var console = new PeerConsole(Path.Combine(ControlFolders.Root, "run-" + ProcessIdentity.Current, mine.Container), firstNumber: 1_000_000);
        Assert.That(await console.Run(script, TimeSpan.FromSeconds(5), CancellationToken.None), Is.Not.Null);
    }
}
