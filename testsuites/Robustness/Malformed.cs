using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Robustness;

/// <summary>Packets that lie about themselves, before and behind a right ICV: whatever becomes of each, honest traffic goes on.</summary>
public sealed class Malformed : KeyedScenario
{
    private static readonly ImmutableArray<KeyedForm> EspForms = KeyedForm.Of(ManualLayer.Esp, "ESP");

    private static readonly ImmutableArray<KeyedForm> AhForms = KeyedForm.Of(ManualLayer.Ah, "AH");

    private static readonly ImmutableArray<KeyedForm> Both = [.. EspForms, .. AhForms.Select(form => form with { Word = $"AH-{form.Word}" })];

    public static IEnumerable<ScenarioCase> CutShort =>
    [
        .. EspForms.Select(form => form.Case("ROBUST-CUT-ESP", "a packet cut short at any octet is discarded", "RFC4303-3.4.4.2-1")),
        .. AhForms.Select(form => form.Case("ROBUST-CUT-AH", "a packet cut short at any octet is discarded", "RFC4302-3.4.4-1")),
    ];

    [Scenarios(nameof(CutShort))]
    public async Task PacketCutShort(KeyedForm form)
    {
        var requirement = form.Setup.Layers[0].Protocol == IpsecProtocol.Ah ? "RFC4302-3.4.4-1" : "RFC4303-3.4.4.2-1";
        var session = await Tester.KeyWorking(form.Setup);
        var echo = Tester.NewEcho(session, out var packet);
        var whole = session.Seal(packet);
        for (var length = IpHeader.LengthOf(form.Setup.OuterIpv6); length < whole.Length; length++)
        {
            var cut = whole[..length];
            IpHeader.SetLength(cut);
            Tester.SendPacket(cut, $"ICMP echo request {echo}, cut to {length} of {whole.Length} octets");
        }
        await Tester.ExpectNoReply(echo, requirement, "no reply to any of them");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> OuterLies =>
        Both.Where(form => form.Word.EndsWith("T44", StringComparison.Ordinal) || form.Word.EndsWith("T66", StringComparison.Ordinal))
            .Select(form => form.Case("ROBUST-OUTER", "outer headers that contradict themselves harm nothing"));

    [Scenarios(nameof(OuterLies))]
    public async Task OuterHeadersContradictThemselves(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        foreach (var (what, lie) in form.Setup.OuterIpv6 ? HeaderLies.Ipv6 : HeaderLies.Ipv4)
        {
            var echo = Tester.NewEcho(session, out var packet);
            Tester.SendClear(lie(session.Seal(packet)), $"outer header, {what}: ICMP echo request {echo}");
        }
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> InnerLies =>
        Both.Where(form => form.IsTunnel)
            .Select(form => form.Case("ROBUST-INNER", "inner headers that contradict themselves, behind a right ICV, harm nothing"));

    [Scenarios(nameof(InnerLies))]
    public async Task InnerHeadersContradictThemselves(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var association = session.ToImplementation[0];
        var nextHeader = form.Setup.InnerIpv6 ? IpProtocol.Ipv6 : IpProtocol.IpInIp;
        var outer = IpHeader.LengthOf(form.Setup.OuterIpv6);
        foreach (var (what, lie) in form.Setup.InnerIpv6 ? HeaderLies.Ipv6 : HeaderLies.Ipv4)
        {
            var echo = Tester.NewEcho(session, out var packet);
            var headers = session.Seal(packet)[..outer];
            association.SequenceNumber++;
            Tester.SendPacket(association.Around(headers, lie(packet), nextHeader), $"inner header, {what}: ICMP echo request {echo}");
        }
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> NextHeaders => Both
        .Select(form => form.Case("ROBUST-NEXT", "any next header around any content, behind a right ICV, harms nothing"));

    [Scenarios(nameof(NextHeaders))]
    public async Task AnyNextHeader(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var association = session.ToImplementation[0];
        _ = Tester.NewEcho(session, out var packet);
        var headers = session.Seal(packet)[..IpHeader.LengthOf(form.Setup.OuterIpv6)];
        for (var nextHeader = 0; nextHeader < 256; nextHeader++)
        {
            association.SequenceNumber++;
            Tester.SendPacket(association.Around(headers, Tester.Random.Bytes(nextHeader), (byte)nextHeader), $"next header {nextHeader} around {nextHeader} random octets");
        }
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> Deep =>
        Both.Select(form => form.Case("ROBUST-DEPTH", "an SA's packets inside each other as deep as the MTU lets harm nothing"));

    [Scenarios(nameof(Deep))]
    public async Task PacketsInsideEachOther(KeyedForm form)
    {
        const int mtu = 1500;
        var session = await Tester.KeyWorking(form.Setup);
        _ = Tester.NewEcho(session, out var packet, size: 0);
        var depth = 0;
        for (var deeper = session.Seal(packet); deeper.Length <= mtu; deeper = session.Seal(deeper))
        {
            packet = deeper;
            depth++;
        }
        Tester.SendPacket(packet, $"an echo request within {depth} packets of the same SA");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> AhLengths => AhForms.Select(form => form.Case("ROBUST-AHLENGTH", "AH whose length field is wrong is discarded", "RFC4302-3.4.4-1"));

    [Scenarios(nameof(AhLengths))]
    public async Task WrongAhLength(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var place = IpHeader.LengthOf(form.Setup.OuterIpv6) + 1;
        var echoes = new List<ushort>();
        foreach (var length in Enumerable.Range(0, 256))
        {
            echoes.Add(Tester.NewEcho(session, out var packet));
            var sent = session.Seal(packet);
            if (sent[place] == length)
                continue;
            sent[place] = (byte)length;
            Tester.SendPacket(sent, $"AH says it has {length} + 2 words: ICMP echo request {echoes[^1]}");
        }
        await Tester.ExpectNoReply(echoes, "RFC4302-3.4.4-1", "no reply to any of them");
        await StillCarries(session);
    }
}
