using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Dataplane;

/// <summary>
/// What an implementation says of the packets that it discards: after hostile packets exactly the right counter has moved, by exactly their number, and no
/// other has. The names are those of a Linux kernel's <c>/proc/net/xfrm_stat</c>, with the meaning that its documentation of xfrm_proc gives them.
/// </summary>
[Needs(Capability.XfrmCounters)]
public sealed class Counters : ScenarioFixture
{
    private const string ProtocolError = "XfrmInStateProtoError", SequenceError = "XfrmInStateSeqError", NoState = "XfrmInNoStates",
        StateMismatch = "XfrmInStateMismatch", TemplateMismatch = "XfrmInTmplMismatch", PolicyBlock = "XfrmInPolBlock", HeaderError = "XfrmInHdrError";

    private static readonly ManualLayer Cbc = ManualLayer.Esp with
    {
        Encryption = EncryptionId.AesCbc, Integrity = IntegrityId.HmacSha256_128,
    };

    /// <summary>Each kind of hostile packets, in both families.</summary>
    internal static IEnumerable<ScenarioCase> Scenarios =>
        from ipv6 in new[] { false, true }
        from kind in Kinds(ipv6)
        let family = ipv6 ? "V6" : "V4"
        select new ScenarioCase(
            $"DATAPLANE-COUNTER-{kind.Word}-{family}", $"{kind.Title}, IPv{family[1]}: {kind.Counter} counts each, no other counter moves",
            kind with { Setup = kind.Setup with { InnerIpv6 = ipv6, OuterIpv6 = ipv6 } }, [kind.Requirement],
            [
                .. kind.Setup.Layers.Any(layer => layer.Protocol == IpsecProtocol.Ah) ? [Capability.Ah] : Array.Empty<Capability>(),
                .. ipv6 ? [Capability.Ipv6] : Array.Empty<Capability>(),
            ]);

    private static IEnumerable<HostileKind> Kinds(bool ipv6) =>
    [
        new("ICV-GCM", "ESP with AES-GCM and a wrong ICV", "RFC4303-3.4.4.2-1", ProtocolError, 3, new(), (tester, session) => Echo(tester, session, new() { FlipIcv = true })),
        new("ICV-CBC", "ESP with AES-CBC, HMAC-SHA-256 and a wrong ICV", "RFC4303-3.4.4.1-1", ProtocolError, 3, new() { Layers = [Cbc] },
            (tester, session) => Echo(tester, session, new() { FlipIcv = true })),
        new("ICV-AH", "AH with a wrong ICV", "RFC4302-3.4.4-1", ProtocolError, 3, new() { Layers = [ManualLayer.Ah] },
            (tester, session) => Echo(tester, session, new() { FlipIcv = true })),
        new("PADLENGTH", "ESP with a right ICV and a pad length beyond the packet's beginning", "RFC4303-2.4-2", ProtocolError, 2, new(),
            (tester, session) => Echo(tester, session, new() { Trailer = [1, 2, 255, IpProtocol.IpInIp] })),
        new("REPLAY", "Replayed ESP", "RFC4303-3.4.3-5", SequenceError, 4, new(), (tester, session) => Echo(tester, session, new() { SequenceNumber = 1 })),
        new("REPLAY-AH", "Replayed AH", "RFC4302-3.4.3-4", SequenceError, 4, new() { Layers = [ManualLayer.Ah] },
            (tester, session) => Echo(tester, session, new() { SequenceNumber = 1 })),
        new("SPI", "ESP for an unknown SPI", "RFC4303-3.4.2-1", NoState, 5, new(), (tester, session) => Echo(tester, session, new() { Spi = 0x00ff00ff })),
        new("SPI-AH", "AH for an unknown SPI", "RFC4302-3.4.2-1", NoState, 5, new() { Layers = [ManualLayer.Ah] },
            (tester, session) => Echo(tester, session, new() { Spi = 0x00ff00ff })),
        new("NOUDP", "ESP directly above IP for an SA that is in UDP", "RFC4303-3.4.2-1", StateMismatch, 2,
            new() { Layers = [ManualLayer.Esp with { Adjust = association => association with { Encapsulation = UdpEncapsulationPorts.Standard } }] }, WithoutUdp),
        new("SELECTOR", "ESP around a packet that no policy knows", "RFC4301-5.2-6", PolicyBlock, 3, new(),
            (tester, session) => DatagramFrom(tester, session, Other(session.Own))),
        new("OTHERPOLICY", "ESP around a packet that belongs to another policy's SA", "RFC4301-5.2-6", TemplateMismatch, 3, new() { After = topology => OtherPolicy(topology, ipv6) },
            (tester, session) => DatagramFrom(tester, session, Other(session.Own))),
        new("CLEAR", "Clear packets that the policy says are protected", "RFC4301-5-1", TemplateMismatch, 3, new(), InClear),
        new("DISCARD", "Clear packets that the policy discards", "RFC4301-5-1", PolicyBlock, 3, new() { Before = topology => DiscardOther(topology, ipv6) },
            (tester, session) => InClearFrom(tester, session, Other(session.Own))),
        new("SHORT", "ESP of four octets", "RFC4303-3.4.2-1", HeaderError, 2, new(), Short),
    ];

    [Scenarios(nameof(Scenarios))]
    public async Task OnlyTheRightCounterMoves(HostileKind kind)
    {
        var session = await Tester.KeyWorking(kind.Setup);
        var before = await Iut.Counters(Context.Cancellation);
        for (var packet = 0; packet < kind.Packets; packet++)
            kind.Send(Tester, session);
        // Answered in order: by now the packets before it have been judged.
        if (await Tester.Ping(session) is null)
            Context.Fail("after the hostile packets, the SA carries no traffic any more");
        var after = await Iut.Counters(Context.Cancellation);
        var moved = after.Where(counter => counter.Value != before.GetValueOrDefault(counter.Key))
            .Select(counter => $"{counter.Key} +{counter.Value - before.GetValueOrDefault(counter.Key)}").Order(StringComparer.Ordinal);
        var expected = $"{kind.Counter} +{kind.Packets}";
        var actual = string.Join(", ", moved);
        Context.Check(kind.Requirement, actual == expected, $"{expected} and no other counter", actual == "" ? "none moved" : actual);
    }

    private static void Echo(Tester tester, ManualSession session, SealOptions options)
    {
        var number = session.ToImplementation[^1].SequenceNumber;
        var echo = tester.NewEcho(session, out var packet);
        tester.SendPacket(session.Seal(packet, options), $"hostile ICMP echo request {echo}");
        // What is discarded uses up no number: the honest packet after it follows the honest one before it.
        session.ToImplementation[^1].SequenceNumber = number;
    }

    /// <summary>Not an ICMP message: a kernel that lets errors over the SA of their cause judges, and counts, what such a message quotes as well.</summary>
    private static void DatagramFrom(Tester tester, ManualSession session, IpAddress source) => tester.SendPacket(
        session.Seal(Tester.UdpPacket(source, session.Peer, 40000, 7, [1, 2, 3, 4])), $"UDP datagram from {source} through the SA of {session.Own}");

    private static void InClear(Tester tester, ManualSession session) => InClearFrom(tester, session, session.Own);

    private static void InClearFrom(Tester tester, ManualSession session, IpAddress source)
    {
        var echo = tester.NewEcho(source, session.Peer, out var packet);
        tester.SendClear(packet, $"ICMP echo request {echo} from {source} in clear");
    }

    private static void WithoutUdp(Tester tester, ManualSession session)
    {
        tester.NewEcho(session, out var packet);
        var whole = session.Seal(packet);
        IpView.TryParse(whole, out var view, out _);
        tester.SendPacket(
            Tester.IpPacket(view.Source, view.Destination, IpProtocol.Esp, view.Transport[8..].ToArray()), "ESP whose UDP header was taken away");
    }

    private static void Short(Tester tester, ManualSession session)
    {
        var outer = session.ToImplementation[^1].Parameters;
        tester.SendPacket(Tester.IpPacket(outer.Source, outer.Destination, IpProtocol.Esp, [0, 0, 0x30, 1]), "ESP with an SPI and nothing else");
    }

    /// <summary>Another address behind the tester.</summary>
    private static IpAddress Other(IpAddress address) => address.Offset(8);

    /// <summary>Protects the traffic of the other address by SAs of its own.</summary>
    private static ImmutableArray<ManualPolicy> OtherPolicy(Topology topology, bool ipv6)
    {
        var (local, remote) = Sides(topology, ipv6);
        var association = new ManualSecurityAssociation
        {
            Protocol = IpsecProtocol.Esp,
            Spi = 0x4001,
            Mode = IpsecMode.Tunnel,
            Source = ipv6 ? topology.Ipv6!.Tester : topology.Tester,
            Destination = ipv6 ? topology.Ipv6!.Iut : topology.Iut,
            Encryption = EncryptionId.AesGcm16,
            KeyLength = 128,
            EncryptionKey = Enumerable.Range(1, 20).Select(octet => (byte)octet).ToArray(),
        };
        return [new(TrafficDirection.Inbound, local, remote, ManualAction.Protect) { Associations = [association] }];
    }

    private static ImmutableArray<ManualPolicy> DiscardOther(Topology topology, bool ipv6)
    {
        var (local, remote) = Sides(topology, ipv6);
        return [new(TrafficDirection.Inbound, local, remote, ManualAction.Discard)];
    }

    private static (TrafficSelector Local, TrafficSelector Remote) Sides(Topology topology, bool ipv6)
    {
        var local = ipv6 ? topology.Ipv6!.IutInner : topology.IutInner;
        var remote = Other(ipv6 ? topology.Ipv6!.TesterInner : topology.TesterInner).ToIPAddress();
        return (TrafficSelector.Range(local, local), TrafficSelector.Range(remote, remote));
    }
}

/// <summary>One kind of packets that must be discarded, and the counter that says so.</summary>
/// <param name="Word">In the scenario's id.</param>
/// <param name="Packets">How many are sent.</param>
/// <param name="Send">Sends one.</param>
public sealed record HostileKind(
    string Word, string Title, string Requirement, string Counter, int Packets, ManualSetup Setup, Action<Tester, ManualSession> Send);
