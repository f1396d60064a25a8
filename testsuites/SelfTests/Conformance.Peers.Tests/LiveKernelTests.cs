using System.Net.NetworkInformation;
using Conformance.Implementations;
using Conformance.Peers.Engine;
using Ipsec.Crypto;
using Ipsec.Host.Links;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Peers.Tests;

/// <summary>A kernel of its own in its container, keyed by hand, met with packets that are put together here.</summary>
[Category("Live")]
internal sealed class LiveKernelTests
{
    private static readonly byte[] ToKernel = [.. Enumerable.Range(0, 20).Select(octet => (byte)octet)];
    private static readonly byte[] FromKernel = [.. Enumerable.Range(100, 20).Select(octet => (byte)octet)];

    private ContainerEngine _engine = null!;
    private IImplementation _peer = null!;

    [OneTimeSetUp]
    public async Task StartPeer()
    {
        _engine = new ContainerEngine();
        if (await _engine.Obstacle(CancellationToken.None) is { } obstacle)
            Assert.Ignore(obstacle);
        _peer = await ContainerPeerDriver.LinuxKernel(_engine, RealNetwork.Open).Start(0, new TestProgress(), CancellationToken.None);
    }

    [OneTimeTearDown]
    public async Task StopPeer()
    {
        if (_peer is not null)
            await _peer.DisposeAsync();
        _engine.Dispose();
    }

    [Test]
    public async Task Tunnel_Installed_CarriesAnEchoUnderKeysGivenByHand()
    {
        var topology = _peer.Topology;
        await _peer.Install(Tunnel(EncryptionId.AesGcm16), CancellationToken.None);
        using var link = _peer.Network.Attach("probe", PhysicalAddress.Parse("02-1C-F0-00-00-77"));
        byte[]? answer = null;
        var port = new EthernetPort(link, topology.Tester, topology.PrefixLength) { Received = (_, packet) => answer = packet.ToArray() };
        link.Node = port;

        byte[] echo = [8, 0, 0, 0, 0x12, 0x34, 0, 1, .. "by hand"u8];
        var checksum = InternetChecksum.Compute(echo);
        (echo[2], echo[3]) = ((byte)(checksum >> 8), (byte)checksum);
        var inner = Packet(topology.TesterInner, topology.IutInner, IpProtocol.Icmp, echo);
        using var sealing = Protection(ToKernel);
        var esp = new byte[sealing.SealedLength(inner.Length)];
        sealing.Seal(0x3001, 1, inner, IpProtocol.IpInIp, esp);
        port.Send(_peer.Network.Now, Packet(topology.Tester, topology.Iut, IpProtocol.Esp, esp));
        Assert.That(await _peer.Network.RunUntil(() => answer is not null, _peer.Network.Now + topology.ResponseTime, CancellationToken.None), "no answer");

        Assert.That(IpView.TryParse(answer, out var outer, out _) && outer.Protocol == IpProtocol.Esp);
        using var opening = Protection(FromKernel);
        var plaintext = new byte[answer!.Length];
        Assert.That(opening.TryOpen(outer.Transport, 1, plaintext, out _), "the ICV is wrong");
        Assert.That(IpView.TryParse(plaintext, out var reply, out _) && reply.Source == (IpAddress)topology.IutInner);
        Assert.That(reply.Transport[0], Is.Zero, "echo reply");
        Assert.That(reply.Transport.Slice(8, 7).SequenceEqual("by hand"u8));
        Assert.That(await _peer.SecurityAssociations(CancellationToken.None), Has.Exactly(1).Matches<SecurityAssociationInfo>(
            pair => pair is { InboundSpi: 0x3001, OutboundSpi: 0x2001, PacketsIn: 1, PacketsOut: 1, Mode: "tunnel" }));
    }

    [Test]
    public async Task Configuration_ThatTheKernelRefuses_IsUnsupportedInItsWordsAndNothingIsLeft()
    {
        var tooLarge = Tunnel(EncryptionId.AesGcm16, association => association with { ReplayWindow = 1_000_000 });
        var unsupported = await Assert.ThrowsAsync<UnsupportedPolicyException>(() => _peer.Install(tooLarge, CancellationToken.None));
        Assert.That(unsupported!.Field, Is.EqualTo("Associations"));
        Assert.That(unsupported.Message, Does.Contain("at: xfrm state add"));
        Assert.That(await _peer.SecurityAssociations(CancellationToken.None), Is.Empty);
    }

    [Test]
    public void ConnectionPolicy_Configured_IsUnsupported() => Assert.That(
        () => _peer.Configure(new(), CancellationToken.None), Throws.TypeOf<UnsupportedPolicyException>().With.Property("Field").EqualTo("IkeV2"));

    [Test]
    public async Task Counters_Read_HaveTheKernelsNames()
    {
        Assert.That(await _peer.Counters(CancellationToken.None), Does.ContainKey("XfrmInNoStates").And.ContainKey("XfrmInStateProtoError"));
        Assert.That(await _peer.IsAlive(CancellationToken.None));
    }

    private ManualConfiguration Tunnel(EncryptionId encryption, Func<ManualSecurityAssociation, ManualSecurityAssociation>? adjust = null)
    {
        var topology = _peer.Topology;
        var outbound = new ManualSecurityAssociation
        {
            Protocol = IpsecProtocol.Esp,
            Spi = 0x2001,
            Mode = IpsecMode.Tunnel,
            Source = topology.Iut,
            Destination = topology.Tester,
            Encryption = encryption,
            KeyLength = 128,
            EncryptionKey = new Octets(FromKernel),
        };
        if (adjust is not null)
            outbound = adjust(outbound);
        var inbound = outbound with { Spi = 0x3001, Source = topology.Tester, Destination = topology.Iut, EncryptionKey = new Octets(ToKernel) };
        var (local, remote) = (TrafficSelector.Range(topology.IutInner, topology.IutInner), TrafficSelector.Range(topology.TesterInner, topology.TesterInner));
        return new()
        {
            Policies =
            [
                new(TrafficDirection.Outbound, local, remote, ManualAction.Protect) { Associations = [outbound] },
                new(TrafficDirection.Inbound, local, remote, ManualAction.Protect) { Associations = [inbound] },
            ],
        };
    }

    private static EspProtection Protection(byte[] key) =>
        new(new(Algorithms.Encryption(EncryptionId.AesGcm16)!, 128, null, false), key, [], RandomSource.Seeded(1));

    private static byte[] Packet(IpAddress source, IpAddress destination, byte protocol, byte[] payload)
    {
        var packet = new byte[IpHeader.LengthOf(source.IsIpv6) + payload.Length];
        payload.CopyTo(packet, new IpHeader(source, destination, protocol).Write(packet, payload.Length));
        return packet;
    }
}
