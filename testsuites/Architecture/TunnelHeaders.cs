using System.Buffers.Binary;
using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Architecture;

/// <summary>Outer headers at a tunnel's ends (RFC 4301 sections 5.1.2 and 8.1, RFC 6040).</summary>
public sealed class TunnelHeaders : KeyedScenario
{
    private static readonly ImmutableArray<KeyedForm> Tunnels = [.. KeyedForm.Of(ManualLayer.Esp, "ESP").Where(form => form.IsTunnel)];

    private static readonly string[] Codepoints = ["NOTECT", "ECT1", "ECT0", "CE"];

    private const int NotEct = 0, Ect1 = 1, Ce = 3;

    public static IEnumerable<ScenarioCase> Markings =>
        from form in Tunnels
        where form.Word is "T44" or "T66"
        from inner in Enumerable.Range(0, 4)
        from outer in Enumerable.Range(0, 4)
        select (form with { Word = $"{Codepoints[inner]}-{Codepoints[outer]}-{form.Word}" }).Case(
            "ARCH-ECN",
            $"{Codepoints[inner]} inside and {Codepoints[outer]} outside is {(IsDropped(inner, outer) ? "discarded" : "let through")}",
            [
                IsDropped(inner, outer) ? "RFC6040-4.2-3" : inner == 0 ? "RFC6040-4.2-4" : "RFC6040-4.2-5", "RFC6040-4.2-1", .. inner == 0 ? ["RFC6040-4.2-2"] : Array.Empty<string>(),
            ]);

    [Scenarios(nameof(Markings))]
    public async Task EachPairOfCodepoints(KeyedForm form)
    {
        var words = form.Word.Split('-');
        int inner = Array.IndexOf(Codepoints, words[0]), outer = Array.IndexOf(Codepoints, words[1]);
        var session = await Tester.KeyWorking(form.Setup);
        byte[] Seal(byte[] packet)
        {
            IpHeader.SetTrafficClass(packet, (byte)inner);
            return session.Seal(packet, new() { TrafficClass = (byte)outer });
        }
        var what = $"{words[0]} inside, {words[1]} outside";
        if (IsDropped(inner, outer))
        {
            await MustBeDiscarded(session, "RFC6040-4.2-3", what, Seal);
            foreach (var requirement in new[] { "RFC6040-4.2-1", "RFC6040-4.2-2" })
                await MustBeDiscarded(session, requirement, $"{what}, once more", Seal);
        }
        else
            CheckReflected(await MustBeAnswered(session, inner == 0 ? "RFC6040-4.2-4" : "RFC6040-4.2-5", what, Seal), inner, outer);
    }

    /// <summary>Who answers an echo with the request's own mark shows what came out of the tunnel; who answers with none shows nothing.</summary>
    private void CheckReflected(ReceivedProtected? reply, int inner, int outer)
    {
        IpView.TryParse(reply!.Inner!, out var view, out _);
        var expected = inner == NotEct ? NotEct : outer == Ce || outer == Ect1 && inner != Ce ? outer : inner;
        Context.Check(
            inner == NotEct ? "RFC6040-4.2-4" : "RFC6040-4.2-5", view.Ecn == NotEct || view.Ecn == expected,
            $"{Codepoints[expected]} on the packet that came out, as the echo reply shows it", Codepoints[view.Ecn]);
        if (inner == NotEct)
            Context.Check("RFC6040-4.2-2", view.Ecn == NotEct, "no mark on a packet without ECN", Codepoints[view.Ecn]);
        Context.Check("RFC6040-4.2-1", view.Ecn == NotEct || view.Ecn == expected, $"{Codepoints[expected]} by the table, as the echo reply shows it", Codepoints[view.Ecn]);
    }

    public static IEnumerable<ScenarioCase> Copies => Tunnels.Select(form => form.Case(
        "ARCH-TRAFFICCLASS", "the outer header sent has the inner one's DSCP and ECN", "RFC6040-4.1-2", "RFC6040-4.1-1", "RFC6040-4.3-6", "RFC6040-4.3-7"));

    [Scenarios(nameof(Copies))]
    public async Task TrafficClassIsCopiedOutwards(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        foreach (var trafficClass in new byte[] { 0x00, 0xB8, 0xBA, 0x02, 0x49 })
        {
            var echo = Tester.NewEcho(session, out var packet);
            IpHeader.SetTrafficClass(packet, trafficClass);
            Tester.SendPacket(session.Seal(packet, new() { TrafficClass = trafficClass }), $"traffic class {trafficClass:x2}: ICMP echo request {echo}");
            if (await Tester.EchoReply(session, echo, Tester.ResponseTime) is not { } reply)
            {
                Context.Inconclusive("no echo reply");
                return;
            }
            IpView.TryParse(reply.Packet, out var outer, out _);
            IpView.TryParse(reply.Inner!, out var inner, out _);
            // The other end of an SA knows ECN: RFC 4301 section 5.1.2.1 has it in every tunnel.
            Context.Check("RFC6040-4.3-7", outer.Ecn == inner.Ecn, $"normal mode, as the other end knows ECN: {Codepoints[inner.Ecn]} outside", Codepoints[outer.Ecn]);
            Context.Check(
                "RFC6040-4.1-2", outer.TrafficClass == inner.TrafficClass, $"traffic class {inner.TrafficClass:x2} outside as inside", $"{outer.TrafficClass:x2}");
            Context.Check("RFC6040-4.1-1", outer.Ecn == inner.Ecn, $"normal mode: {Codepoints[inner.Ecn]} outside as inside", Codepoints[outer.Ecn]);
            Context.Check("RFC6040-4.3-6", inner.Ecn == NotEct || outer.Ecn != NotEct, "ECN outside where there is ECN inside", Codepoints[outer.Ecn]);
        }
    }

    public static IEnumerable<ScenarioCase> DontFragments =>
        from form in Tunnels
        where form.Word is "T44"
        from rule in Enum.GetValues<DontFragment>()
        select (form with
        {
            Word = $"{$"{rule}".ToUpperInvariant()}-{form.Word}",
            Setup = form.Setup with { Layers = [ManualLayer.Esp with { Adjust = association => association with { DontFragment = rule } }] },
        }).Case("ARCH-DF", $"told to {$"{rule}".ToLowerInvariant()} the DF bit, it does so in the outer header", rule == DontFragment.Copy ? "RFC4301-8.1-1" : "RFC4301-8.1-2");

    [Scenarios(nameof(DontFragments))]
    public async Task DontFragmentFollowsTheRule(KeyedForm form)
    {
        var rule = Enum.Parse<DontFragment>(form.Word.Split('-')[0], ignoreCase: true);
        var session = await Tester.KeyWorking(form.Setup);
        CheckDontFragment(rule, await Tester.Ping(session));
        // TCP looks for the path MTU: whether it accepts or resets, the answer has DF set inside.
        Tester.SendPacket(session.Seal(Synchronize(session)), "TCP SYN to port 7 inside");
        CheckDontFragment(rule, await Tester.Receive<ReceivedProtected>(
            received => received.Session == session && received.Inner is { } inside && IpView.TryParse(inside, out var view, out _) && view.Protocol == IpProtocol.Tcp, Tester.ResponseTime));
    }

    private void CheckDontFragment(DontFragment rule, ReceivedProtected? answer)
    {
        if (answer is null)
            Context.Inconclusive("no answer inside");
        IpView.TryParse(answer!.Packet, out var outer, out _);
        IpView.TryParse(answer.Inner!, out var inner, out _);
        var expected = rule switch { DontFragment.Set => true, DontFragment.Clear => false, _ => inner.DontFragment };
        Context.Check(
            rule == DontFragment.Copy ? "RFC4301-8.1-1" : "RFC4301-8.1-2", outer.DontFragment == expected,
            $"DF {(expected ? "set" : "clear")} outside (inside it is {(inner.DontFragment ? "set" : "clear")})", outer.DontFragment ? "set" : "clear");
    }

    private static byte[] Synchronize(ManualSession session)
    {
        byte[] segment = [0x0f, 0xa0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0x20, 0, 0, 0, 0, 0];
        IpAddress source = session.Own, destination = session.Peer;
        var sum = InternetChecksum.AddPseudoHeader(0, source, destination, IpProtocol.Tcp, segment.Length);
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(16), InternetChecksum.Finish(InternetChecksum.Add(sum, segment)));
        return Testing.Tester.IpPacket(source, destination, IpProtocol.Tcp, segment);
    }

    public static IEnumerable<ScenarioCase> AnyDscp => Tunnels.Select(form => form.Case(
        "ARCH-DSCP", "an SA is found by its SPI, whatever DSCP the outer header has", "RFC4301-4.1-8"));

    [Scenarios(nameof(AnyDscp))]
    public async Task DscpIsNoSelector(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        foreach (var dscp in new byte[] { 0x08, 0x2e, 0x3f })
            await MustBeAnswered(session, "RFC4301-4.1-8", $"DSCP {dscp} outside", packet => session.Seal(packet, new() { TrafficClass = (byte)(dscp << 2) }));
    }

    private static bool IsDropped(int inner, int outer) => inner == 0 && outer == 3;
}
