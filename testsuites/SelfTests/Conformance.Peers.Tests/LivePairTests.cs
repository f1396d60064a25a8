using System.Diagnostics;
using Conformance.Implementations;
using Conformance.Peers.Engine;
using Conformance.Peers.Libreswan;
using Conformance.Peers.StrongSwan;

namespace Conformance.Peers.Tests;

/// <summary>
/// One daemon as the driver runs it, the other at the tester's address on the same bridge: each policy makes a tunnel through which packets
/// flow,
/// whoever begins, and a termination is heard by the other. A pair of booting kernels takes its time: by default only the representative
/// policies are tried (an AEAD, a suite with integrity and ESN, transport mode); with <c>IPSEC_CONFORMANCE_ALL=1</c> in the environment, all.
/// </summary>
[Category("Live")]
[TestFixture("strongswan", "libreswan")]
[TestFixture("libreswan", "strongswan")]
internal sealed class LivePairTests(string name, string otherName)
{
    private static readonly TestCaseData[] Representative =
    [
        Policy("Gcm256Curve25519", new() { IkeSuites = [IkeSuite.Aes256GcmSha256Curve25519] }),
        Policy("CbcSha256Modp2048Esn", new() { IkeSuites = [IkeSuite.Aes256CbcSha256Modp2048], EspSuites = [EspSuite.Aes256GcmEsn] }),
        Policy("Transport", new() { Mode = IpsecMode.Transport, EspSuites = [EspSuite.Aes256CbcSha256] }),
    ];

    private static readonly TestCaseData[] Others =
    [
        Policy("Gcm128Ecp256", new() { IkeSuites = [IkeSuite.Aes128GcmSha256Ecp256], EspSuites = [EspSuite.Aes128Gcm] }),
        Policy("CbcSha384Ecp384", new() { IkeSuites = [IkeSuite.Aes256CbcSha384Ecp384], EspSuites = [EspSuite.Aes256CbcSha384] }),
        Policy("CbcSha512Modp3072", new() { IkeSuites = [IkeSuite.Aes256CbcSha512Modp3072], EspSuites = [EspSuite.Aes256CbcSha512] }),
        Policy("CbcSha256", new() { EspSuites = [EspSuite.Aes256CbcSha256] }),
        Policy("Encapsulated", new() { ForceUdpEncapsulation = true }),
        Policy("Cookie", new() { AlwaysRequireCookie = true }),
        Policy("OddKey", new() { PreSharedKey = "\"quoted\" 'text' #;{}$`" }),
    ];

    private static IEnumerable<TestCaseData> Policies =>
        Environment.GetEnvironmentVariable("IPSEC_CONFORMANCE_ALL") == "1" ? [.. Representative, .. Others] : Representative;

    private readonly IPeerDaemon _otherDaemon = otherName == "strongswan" ? new StrongSwanDaemon() : new LibreswanDaemon();
    private readonly string _otherFolder = Directory.CreateTempSubdirectory("icf-pair").FullName;
    private ContainerEngine _engine = null!;
    private IImplementation _peer = null!;
    private PeerConsole _other = null!;
    private string _otherContainer = "";

    [OneTimeSetUp]
    public async Task StartPair()
    {
        _engine = new ContainerEngine();
        if (await _engine.Obstacle(CancellationToken.None) is { } obstacle)
            Assert.Ignore(obstacle);
        var driver = name == "strongswan"
            ? ContainerPeerDriver.StrongSwan(_engine, _ => new UnusedNetwork())
            : ContainerPeerDriver.Libreswan(_engine, _ => new UnusedNetwork());
        _peer = await driver.Start(7, new TestProgress(), CancellationToken.None);
        await StartOther();
    }

    [OneTimeTearDown]
    public async Task StopPair()
    {
        if (_otherContainer.Length > 0)
            await new Leftovers(_engine).RemoveContainer(_otherContainer, CancellationToken.None);
        if (_peer is not null)
            await _peer.DisposeAsync();
        _engine.Dispose();
        Directory.Delete(_otherFolder, recursive: true);
    }

    [TestCaseSource(nameof(Policies))]
    public async Task Policy_InitiatedByPeer_CarriesPackets(ConnectionPolicy policy)
    {
        await Configure(policy);
        await _peer.Initiate(CancellationToken.None);
        await ExpectTunnel(policy);
        await _peer.Terminate(CancellationToken.None);
        await ExpectNothingLeft();
    }

    [TestCaseSource(nameof(Policies))]
    public async Task Policy_InitiatedByOther_CarriesPackets(ConnectionPolicy policy)
    {
        await Configure(policy);
        await RunInOther($"peer-daemon initiate {policy.Name}");
        await ExpectTunnel(policy);
        await RunInOther($"peer-daemon terminate {policy.Name}");
        await ExpectNothingLeft();
    }

    private async Task Configure(ConnectionPolicy policy)
    {
        await _peer.Configure(policy, CancellationToken.None);
        var here = _peer.Topology;
        var there = here with { Iut = here.Tester, Tester = here.Iut, IutInner = here.TesterInner, TesterInner = here.IutInner };
        var mirrored = policy with { LocalIdentity = policy.RemoteIdentity, RemoteIdentity = policy.LocalIdentity, AlwaysRequireCookie = false };
        var folder = await _other.WriteConfiguration(_otherDaemon.Render(mirrored, there), CancellationToken.None);
        await RunInOther($"peer-daemon configure {folder}");
    }

    private async Task ExpectTunnel(ConnectionPolicy policy)
    {
        await Until(async () => (await _peer.SecurityAssociations(CancellationToken.None)).Length == 1 && (await OtherAssociations()).Count == 1, "one child SA at each end");
        var (from, to) = policy.Mode == IpsecMode.Tunnel ? (_peer.Topology.TesterInner, _peer.Topology.IutInner) : (_peer.Topology.Tester, _peer.Topology.Iut);
        Assert.That(await RunInOther($"ping -c 3 -i 0.2 -W 2 -I {from} {to}"), Does.Contain(" 0% packet loss"));

        var association = (await _peer.SecurityAssociations(CancellationToken.None)).Single();
        var otherEnd = (await OtherAssociations()).Single();
        Assert.That(association.PacketsIn, Is.EqualTo(3));
        Assert.That(association.PacketsOut, Is.EqualTo(3));
        Assert.That(association.AuthenticatedIdentity, Is.EqualTo("tester.example"));
        Assert.That(association.Peer, Is.EqualTo(_peer.Topology.Tester.ToString()));
        Assert.That(association.Mode, Is.EqualTo(policy.Mode == IpsecMode.Tunnel ? "tunnel" : "transport"));
        Assert.That((association.InboundSpi, association.OutboundSpi), Is.EqualTo((otherEnd.OutboundSpi, otherEnd.InboundSpi)));
    }

    private Task ExpectNothingLeft() =>
        Until(async () => (await _peer.SecurityAssociations(CancellationToken.None)).IsEmpty && (await OtherAssociations()).Count == 0, "no child SA at either end");

    private async Task<IReadOnlyCollection<SecurityAssociationInfo>> OtherAssociations() =>
        _otherDaemon.ParseAssociations(await RunInOther("peer-daemon associations"));

    private async Task<string> RunInOther(string script)
    {
        var answer = await _other.Run(script, TimeSpan.FromSeconds(15), CancellationToken.None);
        Assert.That(answer?.Status, Is.Zero, $"{otherName}: {script}: {answer?.Output}");
        return answer!.Output;
    }

    private async Task Until(Func<Task<bool>> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(8))
                Assert.Fail($"{what} did not come; {name} logged\n{await _peer.Log(CancellationToken.None)}\n{otherName} logged\n{await _other.ReadLog(CancellationToken.None)}");
        }
    }

    /// <summary>The driver's own container once more, with the two ends' addresses swapped.</summary>
    private async Task StartOther()
    {
        var mine = (await _engine.Status(CancellationToken.None)).Single(container => container.OwnerProcess == Environment.ProcessId && container.Container.EndsWith("-7"));
        var image = await _engine.Images.Ensure(otherName, new TestProgress(), CancellationToken.None);
        var mode = await _engine.HostKernel.Probe(image, new TestProgress(), CancellationToken.None);
        var topology = _peer.Topology;
        _otherContainer = mine.Container + "-other";
        await _engine.Client.Containers.CreateContainerAsync(new()
        {
            Name = _otherContainer,
            Image = image,
            Cmd = [mode == PeerMode.Host ? "host" : "guest"],
            Env = [$"PEER_INNER={topology.TesterInner}/32", $"PEER_REMOTE={PolicyTraffic.Around(topology.IutInner)}", $"PEER_TESTER={topology.Iut}"],
            Labels = ProjectLabels.OwnedBy(ProcessIdentity.Current, otherName),
            HostConfig = new()
            {
                NetworkMode = mine.Container,
                CapAdd = ["NET_ADMIN"],
                Binds = [$"{_otherFolder}:/ctl"],
                Tmpfs = new Dictionary<string, string> { ["/uml"] = "exec,size=512m" },
            },
            NetworkingConfig = new()
            {
                EndpointsConfig = new Dictionary<string, Docker.DotNet.Models.EndpointSettings>
                {
                    [mine.Container] = new() { IPAMConfig = new() { IPv4Address = topology.Tester.ToString() } },
                },
            },
        });
        await _engine.Client.Containers.StartContainerAsync(_otherContainer, new());
        _other = new(_otherFolder);
        await Until(() => Task.FromResult(_other.IsReady), "the other peer");
    }

    private static TestCaseData Policy(string word, ConnectionPolicy policy) => new TestCaseData(policy).SetArgDisplayNames(word);
}
