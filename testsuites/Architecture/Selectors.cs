using System.Buffers.Binary;
using System.Collections.Immutable;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Architecture;

/// <summary>What comes out of an SA must be what the SA is for (RFC 4301 sections 4.4.1.1 and 5.2, step 4).</summary>
public sealed class Selectors : KeyedScenario
{
    private const ushort EchoService = 7;

    private static readonly ImmutableArray<KeyedForm> Forms = [.. KeyedForm.Of(ManualLayer.Esp, "ESP"), .. KeyedForm.Of(ManualLayer.Ah, "AH").Select(form => form with { Word = $"AH-{form.Word}" })];

    private static readonly ImmutableArray<KeyedForm> Tunnels = [.. Forms.Where(form => form.IsTunnel)];

    private static readonly ImmutableArray<KeyedForm> EspForms = KeyedForm.Of(ManualLayer.Esp, "ESP");

    public static IEnumerable<ScenarioCase> Sources => Tunnels.Select(form => form.Case(
        "ARCH-SELECTOR-SOURCE", "a packet inside from another source than the SA is for is discarded", "RFC4301-5.2-6"));

    [Scenarios(nameof(Sources))]
    public async Task OtherSourceInsideIsDiscarded(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var echo = Tester.NewEcho(((IpAddress)session.Own).Offset(1), session.Peer, out var packet);
        Tester.SendPacket(session.Seal(packet), $"inside from the neighbour of {session.Own}: ICMP echo request {echo}");
        await Tester.ExpectNoReply(echo, "RFC4301-5.2-6", "no reply to a source that the SA is not for");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> Destinations => Tunnels.Select(form => form.Case(
        "ARCH-SELECTOR-DESTINATION", "a packet inside to another own address of the receiver is discarded", "RFC4301-5.2-6"));

    [Scenarios(nameof(Destinations))]
    public async Task OtherDestinationInsideIsDiscarded(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var topology = Iut.Topology;
        var outer = form.Setup.InnerIpv6 ? topology.Ipv6!.Iut : topology.Iut;
        var echo = Tester.NewEcho(session.Own, outer, out var packet);
        Tester.SendPacket(session.Seal(packet), $"inside to {outer}: ICMP echo request {echo}");
        await Tester.ExpectNoReply(echo, "RFC4301-5.2-6", "no reply from an address that the SA is not for");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> Protocols => Forms.Select(form => (form with { Setup = form.Setup with { Protocol = IpProtocol.Udp } }).Case(
        "ARCH-SELECTOR-PROTOCOL", "on an SA for UDP, UDP passes and ICMP is discarded", "RFC4301-5.2-6", "RFC4301-4.4.1.1-1"));

    [Scenarios(nameof(Protocols))]
    public async Task OtherProtocolIsDiscarded(KeyedForm form)
    {
        var session = await Tester.Key(form.Setup);
        await PreambleOfUdp(session, 4000, EchoService);
        var echo = Tester.NewEcho(session, out var packet);
        Tester.SendPacket(session.Seal(packet), $"ICMP echo request {echo} on an SA for UDP");
        await Tester.ExpectNoReply(echo, "RFC4301-5.2-6", "no reply to ICMP on an SA for UDP");
        Context.Check("RFC4301-4.4.1.1-1", await EchoesUdp(session, session.Own, session.Peer, 4001, EchoService, "UDP on an SA for UDP"), "UDP passes", "no echo");
    }

    public static IEnumerable<ScenarioCase> Ports => Forms.Select(form =>
        (form with { Setup = form.Setup with { Protocol = IpProtocol.Udp, LocalPorts = (EchoService, EchoService), RemotePorts = (4000, 4000) } }).Case(
            "ARCH-SELECTOR-PORT", "on an SA for one pair of UDP ports, that pair passes and others are discarded", "RFC4301-5.2-6", "RFC4301-4.4.1.1-1"));

    [Scenarios(nameof(Ports))]
    public async Task OtherPortsAreDiscarded(KeyedForm form)
    {
        var session = await Tester.Key(form.Setup);
        await PreambleOfUdp(session, 4000, EchoService);
        foreach (var port in new ushort[] { 3999, 4001, 7 })
            Context.Check(
                "RFC4301-5.2-6", !await EchoesUdp(session, session.Own, session.Peer, port, EchoService, $"UDP from port {port}, the SA is for 4000"), $"nothing from port {port}", "an echo");
        Tester.SendPacket(session.Seal(Testing.Tester.UdpPacket(session.Own, session.Peer, 4000, 9, new byte[16])), "UDP to port 9, the SA is for port 7");
        var answer = await Tester.Receive<Received>(received => received is ReceivedProtected or ReceivedClear, Tester.ResponseTime / 4);
        Context.Check("RFC4301-5.2-6", answer is null, "nothing of port 9, not even that nobody listens", $"{answer}");
        Context.Check("RFC4301-4.4.1.1-1", await EchoesUdp(session, session.Own, session.Peer, 4000, EchoService, "UDP from port 4000"), "port 4000 passes", "no echo");
    }

    public static IEnumerable<ScenarioCase> Fragments => EspForms.Where(form => form.IsTunnel && !form.Setup.InnerIpv6).SelectMany(form => new[]
    {
        form.Case("ARCH-FRAGMENT-ANY", "fragments inside an SA for any port are put together at their end", "RFC4301-7.1-1"),
        (form with { Setup = form.Setup with { Protocol = IpProtocol.Udp, LocalPorts = (EchoService, EchoService), RemotePorts = (4000, 4000) } }).Case(
            "ARCH-FRAGMENT-PORT", "fragments inside an SA for one port, not negotiated, are discarded but for the first", "RFC4301-7.3-5", "RFC4301-4.4.1.1-5"),
    });

    [Scenarios(nameof(Fragments))]
    public async Task FragmentsInsideFollowTheSelectors(KeyedForm form)
    {
        var session = await Tester.Key(form.Setup);
        await PreambleOfUdp(session, 4000, EchoService);
        var any = form.Setup.Protocol == 0;
        var data = Tester.Random.Bytes(1200);
        var whole = Testing.Tester.UdpPacket(session.Own, session.Peer, 4000, EchoService, data);
        IpHeader.SetLength(whole);
        Ipv4View.TryParse(whole, out var view, out _);
        var buffer = new byte[800];
        var fragmenter = new Ipv4Fragmenter(view, buffer.Length);
        var sealedFragments = new List<byte[]>();
        while (fragmenter.TryNext(buffer, out var length))
            sealedFragments.Add(session.Seal(buffer[..length]));
        foreach (var sealedFragment in sealedFragments)
            Tester.SendPacket(sealedFragment, "a fragment of a datagram to port 7 inside");
        var echoed = await Tester.ReceiveInside(session, inside => inside.AsSpan().EndsWith(data.AsSpan(^64..))) is not null;
        Context.Check(
            any ? "RFC4301-7.1-1" : "RFC4301-7.3-5", echoed == any, any ? "the datagram's echo" : "no echo: its second fragment must not get through", echoed ? "an echo" : "no echo");
        if (any)
            return;
        // The later fragment first: nothing that came before tells its port.
        BinaryPrimitives.WriteUInt16BigEndian(whole.AsSpan(4), 0x7001);
        IpHeader.SetLength(whole);
        Ipv4View.TryParse(whole, out var other, out _);
        var others = new Ipv4Fragmenter(other, buffer.Length);
        others.TryNext(buffer, out var firstLength);
        var first = buffer[..firstLength];
        others.TryNext(buffer, out var lastLength);
        Tester.SendPacket(session.Seal(buffer[..lastLength]), "the last fragment of another datagram to port 7 inside");
        Tester.SendPacket(session.Seal(first), "its first fragment");
        var alsoEchoed = await Tester.ReceiveInside(session, inside => inside.AsSpan().EndsWith(data.AsSpan(^64..))) is not null;
        Context.Check("RFC4301-4.4.1.1-5", !alsoEchoed, "no echo: a fragment without ports is discarded on an SA for particular ones", "an echo");
    }

    public static IEnumerable<ScenarioCase> Returns => EspForms.Select(form => (form with { Setup = form.Setup with { Protocol = IpProtocol.Udp } }).Case(
        "ARCH-ICMP-ERROR", "an ICMP error that no policy carries goes over the SA of the traffic that it is about", "RFC4301-6.2-3"));

    [Scenarios(nameof(Returns))]
    public async Task IcmpErrorGoesOverTheSaOfItsCause(KeyedForm form)
    {
        const ushort closed = 9;
        var session = await Tester.Key(form.Setup);
        await PreambleOfUdp(session, 4000, EchoService);
        Tester.SendPacket(session.Seal(Testing.Tester.UdpPacket(session.Own, session.Peer, 4000, closed, new byte[16])), "UDP to port 9, where nobody listens");
        var error = await Tester.Receive<Received>(
            received => received is ReceivedProtected { Inner: { } inside } && IsIcmp(inside) || received is ReceivedClear clear && IsIcmp(clear.Packet), Tester.ResponseTime);
        Context.Check("RFC4301-6.2-3", error is ReceivedProtected, "port unreachable under the SA", error is ReceivedClear ? "it came in clear" : "no ICMP error");
    }

    private static bool IsIcmp(byte[] packet) =>
        IpView.TryParse(packet, out var view, out _)
        && (view.Protocol == IpProtocol.Icmp && view.Transport[0] == 3 || view.Protocol == IpProtocol.Icmpv6 && view.Transport[0] == 1);

    private async Task PreambleOfUdp(ManualSession session, ushort from, ushort to)
    {
        for (var attempt = 0; attempt < 3; attempt++)
            if (await EchoesUdp(session, session.Own, session.Peer, from, to, $"UDP {from} > {to}"))
                return;
        Context.Inconclusive("preamble: no UDP echo through the SAs");
    }
}
