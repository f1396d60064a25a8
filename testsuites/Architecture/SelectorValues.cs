using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Architecture;

/// <summary>Selector values of policies (RFC 4301 section 4.4.1.1), and the order in which entries are asked (section 4.4.1).</summary>
public sealed class SelectorValues : KeyedScenario
{
    private const string TypeAndCode = "RFC4301-4.4.1.1-6", Selectable = "RFC4301-4.4.1.1-1";

    private static readonly ImmutableArray<KeyedForm> Forms = [.. KeyedForm.Of(ManualLayer.Esp, "ESP").Where(form => form.Word is "T44" or "T66")];

    /// <summary>Of an echo request: its type, and code 0.</summary>
    private static readonly ImmutableArray<(string Word, string Title, Func<byte, (ushort First, ushort Last)> Range, bool Passes)> Ranges =
    [
        ("ONETYPE", "that type and any code", type => (Number(type, 0), Number(type, 255)), true),
        ("ONECODE", "that type and code", type => (Number(type, 0), Number(type, 0)), true),
        ("OTHERTYPE", "the next type and any code", type => (Number((byte)(type + 1), 0), Number((byte)(type + 1), 255)), false),
        ("OTHERCODE", "that type and another code", type => (Number(type, 1), Number(type, 1)), false),
        ("RANGE", "types and codes around it", type => (Number((byte)(type - 2), 3), Number((byte)(type + 2), 200)), true),
        ("LAST", "types that end with it, code 0", type => (Number((byte)(type - 5), 7), Number(type, 0)), true),
        ("BELOW", "types that end before it", type => (Number(1, 0), Number((byte)(type - 1), 255)), false),
        ("ABOVE", "types that begin with it, code 1", type => (Number(type, 1), Number((byte)(type + 9), 255)), false),
    ];

    public static IEnumerable<ScenarioCase> Icmp =>
        from form in Forms
        from range in Ranges
        select (form with { Word = $"{range.Word}-{form.Word}" }).Case(
            "ARCH-SELECTOR-ICMP", $"an echo request in clear where policy lets {range.Title} in {(range.Passes ? "is answered" : "is discarded")}", TypeAndCode);

    [Scenarios(nameof(Icmp))]
    public async Task TypeAndCodeAreOneNumber(KeyedForm form)
    {
        var range = Ranges.First(one => one.Word == form.Word.Split('-')[0]);
        var (tester, iut) = Outer(form);
        var (request, reply) = form.Setup.OuterIpv6 ? ((byte)128, (byte)129) : ((byte)8, (byte)0);
        var (first, last) = range.Range(request);
        ManualPolicy Entry(TrafficDirection direction, ushort from, ushort to) =>
            new(direction, Selector(form, iut, from, to), Selector(form, tester, from, to), ManualAction.Bypass);
        var session = await Tester.KeyWorking(form.Setup with
        {
            Before = _ => [Entry(TrafficDirection.Inbound, first, last), Entry(TrafficDirection.Outbound, Number(reply, 0), Number(reply, 255))],
        });
        var echo = Tester.NewEcho(tester, iut, out var packet);
        Tester.SendPacket(packet, $"in clear: ICMP echo request {echo}");
        if (range.Passes)
            Context.Check(TypeAndCode, await Tester.Receive<ReceivedClear>(clear => IsEchoReply(clear.Packet), Tester.ResponseTime) is not null, "a reply in clear", "none");
        else
            await Tester.ExpectNoReply(echo, TypeAndCode, "no reply: type and code lie outside of the range");
        await StillCarries(session);
    }

    private const byte BindingUpdate = 5;

    private static readonly ImmutableArray<(string Word, string Title, byte First, byte Last, bool Passes)> MobilityTypes =
    [
        ("ANY", "any type", 0, byte.MaxValue, true),
        ("ONETYPE", "that type", BindingUpdate, BindingUpdate, true),
        ("OTHERTYPE", "the next type", BindingUpdate + 1, BindingUpdate + 1, false),
        ("RANGE", "types around it", BindingUpdate - 2, BindingUpdate + 2, true),
        ("BELOW", "types that end before it", 0, BindingUpdate - 1, false),
    ];

    public static IEnumerable<ScenarioCase> Mobility =>
        from form in Forms
        where form.Setup.OuterIpv6
        from types in MobilityTypes
        select (form with { Word = $"{types.Word}-{form.Word}" }).Case(
            "ARCH-SELECTOR-MOBILITY",
            $"a mobility header in clear where policy lets {types.Title} in {(types.Passes ? "reaches the host, which says that it does not know it" : "is discarded")}", Selectable);

    /// <summary>A host without mobile IPv6 answers any header that it doesn't know, once policy lets that by (RFC 8200 section 4).</summary>
    [Scenarios(nameof(Mobility))]
    public async Task MobilityHeaderTypeSelects(KeyedForm form)
    {
        const byte parameterProblem = 4;
        var types = MobilityTypes.First(one => one.Word == form.Word.Split('-')[0]);
        var (tester, iut) = Outer(form);
        var (first, last) = (Number(types.First, 0), Number(types.Last, 255));
        TrafficSelector Mobile(IPAddress address) => Selector(form, address, first, last) with { IpProtocol = IpProtocol.Mobility };
        TrafficSelector Problem(IPAddress address) => Selector(form, address, Number(parameterProblem, 0), Number(parameterProblem, 255));
        var session = await Tester.KeyWorking(form.Setup with
        {
            Before = _ =>
            [
                new(TrafficDirection.Inbound, Mobile(iut), Mobile(tester), ManualAction.Bypass),
                new(TrafficDirection.Outbound, Problem(iut), Problem(tester), ManualAction.Bypass),
            ],
        });
        Tester.SendPacket(MobilityPacket(tester, iut, BindingUpdate), $"in clear: mobility header of type {BindingUpdate}");
        var answer = await Tester.Receive<ReceivedClear>(
            clear => IpView.TryParse(clear.Packet, out var view, out _) && view.Protocol == IpProtocol.Icmpv6 && view.Transport[0] == parameterProblem,
            types.Passes ? Tester.ResponseTime : Tester.ResponseTime / 2);
        Context.Check(Selectable, answer is not null == types.Passes, types.Passes ? "parameter problem: unknown next header" : "nothing", answer?.Summary ?? "nothing");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> Ordered => Forms.Select(form => form.Case(
        "ARCH-POLICY-INSIDE", "what comes out of an SA and an earlier entry discards is discarded", "RFC4301-4.4.1-15"));

    [Scenarios(nameof(Ordered))]
    public async Task EarlierEntryDecidesOnWhatComesOut(KeyedForm form)
    {
        var (own, iut) = form.Setup.Inside(Iut.Topology);
        var (discarded, other) = ((ushort)4000, (ushort)4001);
        var remote = TrafficSelector.Range(own, own) with { IpProtocol = IpProtocol.Udp, StartPort = discarded, EndPort = discarded };
        var local = TrafficSelector.Range(iut, iut) with { IpProtocol = IpProtocol.Udp };
        var session = await Tester.KeyWorking(form.Setup with { Before = _ => [new(TrafficDirection.Inbound, local, remote, ManualAction.Discard)] });
        Context.Check("RFC4301-4.4.1-15", await EchoesUdp(session, session.Own, session.Peer, other, 7, "UDP from port 4001, of which no earlier entry speaks"), "an echo", "none");
        Context.Check(
            "RFC4301-4.4.1-15", !await EchoesUdp(session, session.Own, session.Peer, discarded, 7, "UDP from port 4000, which an earlier entry discards"),
            "nothing from port 4000: the entry before the SA's own decides", "an echo");
        await StillCarries(session);
    }

    private static byte[] MobilityPacket(IpAddress source, IpAddress destination, byte type)
    {
        byte[] header = [IpProtocol.NoNextHeader, 0, type, 0, 0, 0, 0, 0];
        var sum = InternetChecksum.AddPseudoHeader(0, source, destination, IpProtocol.Mobility, header.Length);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), InternetChecksum.Finish(InternetChecksum.Add(sum, header)));
        return Testing.Tester.IpPacket(source, destination, IpProtocol.Mobility, header);
    }

    private static ushort Number(byte type, byte code) => (ushort)(type << 8 | code);

    private static TrafficSelector Selector(KeyedForm form, IPAddress address, ushort first, ushort last) => TrafficSelector.Range(address, address) with
    {
        IpProtocol = form.Setup.OuterIpv6 ? IpProtocol.Icmpv6 : IpProtocol.Icmp, StartPort = first, EndPort = last,
    };

    private static bool IsEchoReply(byte[] packet) =>
        IpView.TryParse(packet, out var view, out _)
        && (view.Protocol == IpProtocol.Icmp && view.Transport[0] == 0 || view.Protocol == IpProtocol.Icmpv6 && view.Transport[0] == 129);

    private (IPAddress Tester, IPAddress Iut) Outer(KeyedForm form) => form.Setup.OuterIpv6
        ? (Iut.Topology.Ipv6!.Tester, Iut.Topology.Ipv6.Iut)
        : (Iut.Topology.Tester, Iut.Topology.Iut);
}
