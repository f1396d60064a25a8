using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Architecture;

/// <summary>Fragments and the policies that know ports (RFC 4301 sections 4.4.1.1 and 7, appendix D).</summary>
public sealed class Fragments : KeyedScenario
{
    private const ushort EchoService = 7, OtherService = 9, Port = 4000, OtherPort = 4001;

    private const int Size = 1200;

    // In IPv4, fragments but the last carry a multiple of 8 octets.
    private const int Mtu = 800, TinyMtu = 116;

    private static readonly ImmutableArray<KeyedForm> Tunnels = [.. KeyedForm.Of(ManualLayer.Esp, "ESP").Where(form => form.Word is "T44" or "T46")];

    private static readonly KeyedForm Clear = Tunnels[0];

    public static IEnumerable<ScenarioCase> Opaque => Tunnels.SelectMany(form => new[]
    {
        PortPair(form).Case("ARCH-FRAGMENT-OPAQUE", "an SA for OPAQUE ports carries later fragments, that for the ports the first", "RFC4301-4.4.1.1-4"),
        (PortPair(form) with { Word = $"TINY-{form.Word}" }).Case(
            "ARCH-FRAGMENT-OPAQUE", "a later fragment that reaches back over the ports is discarded on an SA for OPAQUE ports", "RFC4301-7.2-2"),
    });

    [Scenarios(nameof(Opaque))]
    public async Task LaterFragmentsHaveAnSaOfTheirOwn(KeyedForm form)
    {
        var session = await Tester.Key(form.Setup with { After = topology => [OpaquePolicy(topology, form.Setup)] });
        await Preamble(session);
        var later = session.Another(session.Configuration.Policies[^1].Associations[0]);
        var tiny = form.Word.StartsWith("TINY-", StringComparison.Ordinal);
        var data = Tester.Random.Bytes(tiny ? 160 : Size);
        var pieces = Pieces(Datagram(session.Own, session.Peer, Port, EchoService, data, 0x7101), tiny ? TinyMtu : Mtu);
        Tester.SendPacket(session.Seal(pieces[0]), "the first fragment of a datagram to port 7, on the SA for that port");
        foreach (var piece in pieces.Skip(1))
            Tester.SendPacket(later.Seal(piece), "a later fragment of it, on the SA for OPAQUE ports");
        var echoed = await Tester.ReceiveInside(session, inside => inside.AsSpan().EndsWith(data)) is not null;
        Context.Check(
            tiny ? "RFC4301-7.2-2" : "RFC4301-4.4.1.1-4", echoed != tiny,
            tiny ? "no echo: a later fragment has an offset of 96" : "the datagram's echo", echoed ? "an echo" : "no echo");
    }

    public static IEnumerable<ScenarioCase> Overall => Tunnels.Select(form => Udp(form).Case(
        "ARCH-FRAGMENT-OVERALL", "later fragments of a datagram that policy discards are discarded with it", "RFC4301-7.3-6"));

    [Scenarios(nameof(Overall))]
    public async Task LaterFragmentsFollowThePolicyOfTheWhole(KeyedForm form)
    {
        var session = await Tester.Key(form.Setup with { Before = topology => [Only(topology.IutInner, topology.TesterInner, OtherService, ManualAction.Discard, TrafficDirection.Inbound)] });
        await Preamble(session);
        var data = Tester.Random.Bytes(Size);
        var forbidden = Pieces(Datagram(session.Own, session.Peer, Port, OtherService, data, 0x7102), Mtu);
        var allowed = Pieces(Datagram(session.Own, session.Peer, Port, EchoService, data, 0x7102), Mtu);
        Tester.SendPacket(session.Seal(forbidden[0]), "the first fragment of a datagram to port 9, which policy discards");
        Tester.SendPacket(session.Seal(forbidden[1]), "the last fragment of it");
        Tester.SendPacket(session.Seal(allowed[0]), "the first fragment of a datagram to port 7 with the same identification");
        var echoed = await Tester.ReceiveInside(session, inside => inside.AsSpan().EndsWith(data)) is not null;
        Context.Check("RFC4301-7.3-6", !echoed, "no echo: the last fragment belonged to what policy discards", "an echo");
        await Preamble(session);
    }

    public static IEnumerable<ScenarioCase> AllOfAProtocol => Tunnels.Select(form => Udp(form).Case(
        "ARCH-FRAGMENT-PROTOCOL", "an SA for all of UDP, its ports ANY, carries first and later fragments", "RFC4301-7.1-2"));

    [Scenarios(nameof(AllOfAProtocol))]
    public async Task AnyPortCarriesAllFragments(KeyedForm form)
    {
        var session = await Tester.Key(form.Setup);
        await Preamble(session);
        foreach (var lastFirst in new[] { false, true })
        {
            var data = Tester.Random.Bytes(Size);
            var pieces = Pieces(Datagram(session.Own, session.Peer, Port, EchoService, data, (ushort)(lastFirst ? 0x7103 : 0x7104)), Mtu);
            foreach (var piece in lastFirst ? pieces.Reverse() : pieces)
                Tester.SendPacket(session.Seal(piece), $"a fragment of UDP, {(lastFirst ? "the last one first" : "in order")}");
            var echoed = await Tester.ReceiveInside(session, inside => inside.AsSpan().EndsWith(data)) is not null;
            Context.Check("RFC4301-7.1-2", echoed, $"the datagram's echo, its fragments {(lastFirst ? "last one first" : "in order")}", "none");
        }
    }

    public static IEnumerable<ScenarioCase> Sent => Tunnels.Select(form => PortPair(form).Case(
        "ARCH-FRAGMENT-SENT", "without agreement, no later fragments are sent on an SA for one port", "RFC4301-7.3-4"));

    [Scenarios(nameof(Sent))]
    public async Task NoLaterFragmentsOnAPortSa(KeyedForm form)
    {
        var session = await Tester.Key(form.Setup);
        await Preamble(session);
        Tester.SendPacket(session.Seal(Datagram(session.Own, session.Peer, Port, EchoService, Tester.Random.Bytes(3000), 0x7105)), "UDP of 3000 octets to the echo service, whole inside");
        var fragment = await Tester.Receive<ReceivedProtected>(
            received => received.Session == session && IpView.TryParse(received.Layers[^1].Packet, out var inside, out _) && inside.FragmentOffset != 0, Tester.ResponseTime);
        Context.Check("RFC4301-7.3-4", fragment is null, "no later fragments inside the SA", fragment?.Summary ?? "");
    }

    public static IEnumerable<ScenarioCase> InClear =>
    [
        (Clear with { Word = "ACCEPT-T44" }).Case("ARCH-CLEARFRAGMENT", "a datagram in fragments that policy lets by for its port is put together and answered", "RFC4301-D.4-1", "RFC4301-D.4-2"),
        (Clear with { Word = "REJECT-T44" }).Case("ARCH-CLEARFRAGMENT", "a datagram in fragments that policy discards for its port is discarded", "RFC4301-7.4-1", "RFC4301-D.4-2"),
        (Clear with { Word = "OTHERPORT-T44" }).Case(
            "ARCH-CLEARFRAGMENT", "a later fragment of a datagram to another port than policy lets by does not get through", "RFC4301-7.4-2"),
    ];

    [Scenarios(nameof(InClear))]
    public async Task ClearFragmentsFollowPolicyByPort(KeyedForm form)
    {
        var word = form.Word.Split('-')[0];
        IPAddress tester = Iut.Topology.Tester, iut = Iut.Topology.Iut;
        ImmutableArray<ManualPolicy> entries = word == "REJECT"
            ?
            [
                new(TrafficDirection.Inbound, Selector(iut), Selector(tester) with { StartPort = Port, EndPort = Port }, ManualAction.Discard),
                .. Both(Selector(iut), Selector(tester)),
            ]
            : [.. Both(Selector(iut) with { StartPort = EchoService, EndPort = EchoService }, Selector(tester))];
        var session = await Tester.KeyWorking(form.Setup with { Before = _ => entries });
        var data = Tester.Random.Bytes(Size);
        switch (word)
        {
            case "ACCEPT":
                Send(Pieces(Datagram(tester, iut, Port, EchoService, data, 0x7201), Mtu));
                var answered = await Echoed(data);
                Context.Check("RFC4301-D.4-1", answered, "the datagram's echo in clear: its fragments are put together", "none");
                Context.Check("RFC4301-D.4-2", answered, "what policy accepts by its port passes", "it does not");
                break;
            case "REJECT":
                Send(Pieces(Datagram(tester, iut, Port, EchoService, data, 0x7202), Mtu));
                var rejected = !await Echoed(data);
                Context.Check("RFC4301-7.4-1", rejected, "no echo: policy discards what comes from port 4000", "an echo");
                var others = Tester.Random.Bytes(Size);
                Send(Pieces(Datagram(tester, iut, OtherPort, EchoService, others, 0x7203), Mtu));
                Context.Check("RFC4301-D.4-2", await Echoed(others), "an echo: policy accepts what comes from port 4001", "none");
                break;
            default:
                var forbidden = Pieces(Datagram(tester, iut, Port, OtherService, data, 0x7204), Mtu);
                Send([forbidden[0], forbidden[1], Pieces(Datagram(tester, iut, Port, EchoService, data, 0x7204), Mtu)[0]]);
                Context.Check("RFC4301-7.4-2", !await Echoed(data), "no echo: the last fragment belonged to a datagram to port 9", "an echo");
                break;
        }
        await StillCarries(session);

        void Send(IEnumerable<byte[]> pieces)
        {
            foreach (var piece in pieces)
                Tester.SendPacket(piece, "a fragment of UDP, in clear");
        }
    }

    private async Task<bool> Echoed(byte[] data) =>
        await Tester.Receive<ReceivedClear>(clear => clear.Packet.AsSpan().EndsWith(data), Tester.ResponseTime) is not null;

    private async Task Preamble(ManualSession session)
    {
        for (var attempt = 0; attempt < 3; attempt++)
            if (await EchoesUdp(session, session.Own, session.Peer, Port, EchoService, $"UDP {Port} > {EchoService}"))
                return;
        Context.Inconclusive("no UDP echo through the SAs");
    }

    private static ManualPolicy OpaquePolicy(Topology topology, ManualSetup setup)
    {
        var local = OpaquePort(Selector(topology.IutInner));
        var remote = OpaquePort(Selector(topology.TesterInner));
        var (source, destination) = setup.OuterIpv6 ? (topology.Ipv6!.Tester, topology.Ipv6.Iut) : (topology.Tester, topology.Iut);
        return new(TrafficDirection.Inbound, local, remote, ManualAction.Protect)
        {
            Associations =
            [
                new()
                {
                    Protocol = IpsecProtocol.Esp,
                    Spi = 0x3201,
                    Mode = IpsecMode.Tunnel,
                    Source = source,
                    Destination = destination,
                    Encryption = EncryptionId.AesGcm16,
                    KeyLength = 128,
                    EncryptionKey = Octets.TakeOver([.. Enumerable.Range(1, 20).Select(octet => (byte)octet)]),
                },
            ],
        };
    }

    private static IEnumerable<ManualPolicy> Both(TrafficSelector local, TrafficSelector remote) =>
        Enum.GetValues<TrafficDirection>().Select(direction => new ManualPolicy(direction, local, remote, ManualAction.Bypass));

    private static ManualPolicy Only(IPAddress local, IPAddress remote, ushort port, ManualAction action, TrafficDirection direction) =>
        new(direction, Selector(local) with { StartPort = port, EndPort = port }, Selector(remote), action);

    private static TrafficSelector Selector(IPAddress address) => TrafficSelector.Range(address, address) with { IpProtocol = IpProtocol.Udp };

    /// <summary>RFC 4301 section 4.4.1.2: OPAQUE is the empty range.</summary>
    private static TrafficSelector OpaquePort(TrafficSelector selector) => selector with { StartPort = ushort.MaxValue, EndPort = 0 };

    private static KeyedForm Udp(KeyedForm form) => form with { Setup = form.Setup with { Protocol = IpProtocol.Udp } };

    private static KeyedForm PortPair(KeyedForm form) => form with
    {
        Setup = form.Setup with { Protocol = IpProtocol.Udp, LocalPorts = (EchoService, EchoService), RemotePorts = (Port, Port) },
    };

    private static byte[] Datagram(IpAddress source, IpAddress destination, ushort from, ushort to, byte[] data, ushort identification)
    {
        var packet = Testing.Tester.UdpPacket(source, destination, from, to, data);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), identification);
        IpHeader.SetLength(packet);
        return packet;
    }

    private static byte[][] Pieces(byte[] packet, int mtu)
    {
        Ipv4View.TryParse(packet, out var view, out _);
        var fragmenter = new Ipv4Fragmenter(view, mtu);
        var buffer = new byte[mtu];
        var pieces = new List<byte[]>();
        while (fragmenter.TryNext(buffer, out var length))
            pieces.Add(buffer[..length]);
        return [.. pieces];
    }
}
