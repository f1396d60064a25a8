using System.Buffers.Binary;
using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.NatTraversal;

/// <summary>ESP in UDP (RFC 3948), keyed by hand.</summary>
[Needs(Capability.NatTraversal)]
public sealed class KeyedUdpEncapsulation : KeyedReplayScenario
{
    private const ushort NatPort = 4500;

    private static readonly ImmutableArray<KeyedForm> Forms = KeyedForm.Of(
        ManualLayer.Esp with { Adjust = association => association with { Encapsulation = UdpEncapsulationPorts.Standard } }, "ESP in UDP");

    public static IEnumerable<ScenarioCase> Checksums => Forms.Select(form => form.Case(
        "NAT-KEYED-CHECKSUM", "a UDP checksum that is right is accepted, over IPv4 also one of zero", "RFC3948-2.1-3"));

    [Scenarios(nameof(Checksums))]
    public async Task EitherChecksumIsAccepted(KeyedForm form)
    {
        // Without a preamble: what a receiver makes of a checksum is what is asked here.
        var session = await Tester.Key(form.Setup);
        if (!form.Setup.OuterIpv6)
            Context.Check("RFC3948-2.1-3", await AnyAnswer(session), "a reply: UDP checksum zero", "none");
        await MustBeAnswered(session, "RFC3948-2.1-3", "the right UDP checksum", packet =>
        {
            var sent = session.Seal(packet);
            ScriptedAssociation.WriteUdpChecksum(sent);
            return sent;
        });
    }

    public static IEnumerable<ScenarioCase> Sent => Forms.Select(form => form.Case(
        "NAT-KEYED-SENT", "packets sent have the agreed ports, over IPv4 a checksum of zero, and an SPI that is not zero", "RFC3948-2.1-1", "RFC3948-2.1-2", "RFC3948-2.1-4"));

    [Scenarios(nameof(Sent))]
    public async Task DatagramsSentAreAsTheyShouldBe(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var reply = await Tester.Ping(session);
        if (reply is null)
            Context.Inconclusive("no echo reply");
        IpView.TryParse(reply!.Packet, out var view, out _);
        var udp = view.Transport.ToArray();
        int source = BinaryPrimitives.ReadUInt16BigEndian(udp), destination = BinaryPrimitives.ReadUInt16BigEndian(udp.AsSpan(2)), checksum = BinaryPrimitives.ReadUInt16BigEndian(udp.AsSpan(6));
        Context.Check("RFC3948-2.1-1", source == NatPort && destination == NatPort, "ports 4500 > 4500", $"{source} > {destination}");
        Context.Check("RFC3948-2.1-4", BinaryPrimitives.ReadUInt32BigEndian(udp.AsSpan(8)) != 0, "an SPI that is not zero", "zero");
        if (!form.Setup.OuterIpv6)
            Context.Check("RFC3948-2.1-2", checksum == 0, "UDP checksum 0", $"{checksum:x4}");
    }

    public static IEnumerable<ScenarioCase> Keepalives => Forms.Select(form => form.Case(
        "NAT-KEYED-KEEPALIVE", "keepalives are ignored", "RFC3948-2.3-5"));

    [Scenarios(nameof(Keepalives))]
    public async Task KeepalivesAreIgnored(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        for (var count = 0; count < 3; count++)
            Tester.SendPacket(Datagram(form, [0xff]), "keepalive");
        var answer = await Tester.Receive<Received>(received => received is ReceivedProtected or ReceivedClear or ReceivedKeepalive, Tester.ResponseTime / 4);
        Context.Check("RFC3948-2.3-5", answer is null, "nothing comes of a keepalive", $"{answer}");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> ShortOnes => Forms.Select(form => form.Case(
        "NAT-KEYED-SHORT", "datagrams too short for ESP and IKE do no harm", "RFC4303-5-1"));

    [Scenarios(nameof(ShortOnes))]
    public async Task ShortDatagramsDoNoHarm(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var spi = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(spi, session.ToImplementation[0].Parameters.Spi);
        byte[][] contents = [[], [0], [0xff, 0xff], [0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0, 1], spi, [.. spi, 0], [.. spi, 0, 0, 0, 9], [.. spi, 0, 0, 0, 9, 1, 2, 3]];
        foreach (var content in contents)
            Tester.SendPacket(Datagram(form, content), $"{content.Length} octets to port 4500");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> ZeroSpis => Forms.Select(form => form.Case(
        "NAT-KEYED-ZEROSPI", "what begins with a zero SPI is no ESP", "RFC3948-2.1-4"));

    [Scenarios(nameof(ZeroSpis))]
    public async Task ZeroSpiIsNoEsp(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        await MustBeDiscarded(session, "RFC3948-2.1-4", "SPI zero", packet => session.Seal(packet, new() { Spi = 0 }));
    }

    public static IEnumerable<ScenarioCase> Replays => Forms.Select(form => form.Case("NAT-KEYED-REPLAY", "a replayed packet is discarded", "RFC4303-3.4.3-5"));

    [Scenarios(nameof(Replays))]
    public Task Replay(KeyedForm form) => ReplayIsDiscarded(form, "RFC4303-3.4.3-5");

    public static IEnumerable<ScenarioCase> WrongIcvs => Forms.Select(form => form.Case("NAT-KEYED-ICV", "a wrong ICV is noticed", "RFC4303-3.4.4.2-1"));

    [Scenarios(nameof(WrongIcvs))]
    public async Task WrongIcvIsDiscarded(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        await MustBeDiscarded(session, "RFC4303-3.4.4.2-1", "a wrong ICV", packet => session.Seal(packet, new() { FlipIcv = true }));
    }

    /// <summary>The first packets of new SAs may wait for address resolution.</summary>
    private async Task<bool> AnyAnswer(ManualSession session)
    {
        for (var attempt = 0; attempt < 3; attempt++)
            if (await Tester.Ping(session) is not null)
                return true;
        return false;
    }

    private byte[] Datagram(KeyedForm form, byte[] content)
    {
        var topology = Iut.Topology;
        var (source, destination) = form.Setup.OuterIpv6 ? (topology.Ipv6!.Tester, topology.Ipv6.Iut) : (topology.Tester, topology.Iut);
        return Testing.Tester.UdpPacket(source, destination, NatPort, NatPort, content);
    }
}
