using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Architecture;

/// <summary>IPComp associations and their receivers (RFC 3173 sections 2 to 4), under ESP.</summary>
public sealed class Compression : KeyedScenario
{
    private static readonly ImmutableArray<ManualLayer> Compressed = [ManualLayer.IpCompTransport, ManualLayer.EspTransport];

    private static readonly ImmutableArray<ManualLayer> Plain = [ManualLayer.EspTransport];

    private static readonly ImmutableArray<KeyedForm> Forms = Both("ESP over IPComp", new() { Layers = Compressed });

    public static IEnumerable<ScenarioCase> Reassembled => Forms.Select(form => form.Case(
        "ARCH-COMPRESSED-FRAGMENTS", "a compressed packet that comes in fragments under ESP is put together, opened, decompressed", "RFC3173-2-5"));

    [Scenarios(nameof(Reassembled))]
    public async Task DecompressionComesLast(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        byte[] data = [.. Tester.Random.Bytes(3000), .. new byte[1000]];
        var sent = session.Seal(Testing.Tester.UdpPacket(session.Own, session.Peer, 4000, 7, data));
        Tester.SendPacket(sent, $"4000 octets to the UDP echo service, compressed and encrypted to {sent.Length}, in fragments");
        Context.Check("RFC3173-2-5", await Tester.ReceiveInside(session, inside => inside.AsSpan().EndsWith(data)) is not null, "the 4000 octets back", "nothing");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> Flags => Forms.Select(form => form.Case("ARCH-COMPRESSED-FLAGS", "flags in the IPComp header are ignored", "RFC3173-3.3-2"));

    [Scenarios(nameof(Flags))]
    public async Task FlagsAreIgnored(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        foreach (var flags in new byte[] { 0x01, 0x80, 0xff })
        {
            var data = EqualOctets(flags);
            var packet = session.ToImplementation[0].Seal(Testing.Tester.UdpPacket(session.Own, session.Peer, 4000, 7, data));
            packet[IpHeader.LengthOf(form.Setup.OuterIpv6) + 1] = flags;
            Tester.SendPacket(session.ToImplementation[1].Seal(packet), $"1000 equal octets to the UDP echo service, IPComp flags {flags:x2}");
            Context.Check("RFC3173-3.3-2", await Tester.ReceiveInside(session, inside => inside.AsSpan().EndsWith(data)) is not null, $"the octets back, with flags {flags:x2}", "nothing");
        }
    }

    public static IEnumerable<ScenarioCase> NotAgreed => Both("ESP without IPComp", new() { Layers = Plain }).Select(form => form.Case(
        "ARCH-COMPRESSED-UNASKED", "nothing is compressed where there is no association", "RFC3173-4-1"));

    [Scenarios(nameof(NotAgreed))]
    public async Task NothingIsCompressedWithoutAssociation(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        await CheckPlainAnswer(session, "RFC3173-4-1", "no association");
        var unknown = session.Another(new()
        {
            Protocol = IpsecProtocol.IpComp, Spi = 0x3001, Mode = IpsecMode.Transport,
            Source = session.ToImplementation[0].Parameters.Source, Destination = session.ToImplementation[0].Parameters.Destination,
        });
        var data = EqualOctets(2);
        Tester.SendPacket(session.Seal(unknown.Seal(Testing.Tester.UdpPacket(session.Own, session.Peer, 4000, 7, data))), "1000 equal octets, compressed under a CPI that was not agreed on");
        Context.Check("RFC3173-4-1", await Tester.ReceiveInside(session, inside => inside.AsSpan().EndsWith(data)) is null, "nothing comes of compression that was not agreed on", "the octets");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> OneWay => Both("ESP, IPComp inbound alone", new() { Layers = Compressed, LayersSent = Plain }).Select(form => form.Case(
        "ARCH-COMPRESSED-ONEWAY", "an association for one direction says nothing of the other", "RFC3173-4-2"));

    [Scenarios(nameof(OneWay))]
    public async Task DirectionsAreIndependent(KeyedForm form)
    {
        // Without a preamble: whether answers are compressed is what is asked here.
        var session = await Tester.Key(form.Setup);
        await CheckPlainAnswer(session, "RFC3173-4-2", "an association for the other direction alone");
    }

    private async Task CheckPlainAnswer(ManualSession session, string requirement, string why)
    {
        ReceivedProtected? answer = null;
        for (var attempt = 0; answer is null && attempt < 3; attempt++)
        {
            Tester.SendPacket(session.Seal(Testing.Tester.UdpPacket(session.Own, session.Peer, 4000, 7, EqualOctets(1))), "1000 equal octets to the UDP echo service");
            answer = await Tester.Receive<ReceivedProtected>(received => received.Session == session, Tester.ResponseTime);
        }
        Context.Check(requirement, answer is not null, "the octets back", "nothing");
        Context.Check(requirement, answer!.Layers[0].NextHeader != IpProtocol.IpComp, $"an answer that is not compressed: there is {why}", "IPComp");
    }

    private static byte[] EqualOctets(byte octet) => [.. Enumerable.Repeat(octet, 1000)];

    private static ImmutableArray<KeyedForm> Both(string title, ManualSetup setup) =>
    [
        new("4", $"{title}, IPv4", setup), new("6", $"{title}, IPv6", setup with { InnerIpv6 = true, OuterIpv6 = true }),
    ];
}
