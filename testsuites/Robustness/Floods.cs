using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;

namespace Conformance.Suites.Robustness;

/// <summary>Many packets of ESP and AH that anybody can send: each is discarded, and honest traffic goes on.</summary>
public sealed class Floods : KeyedScenario
{
    private const int Flood = 1000;

    private static readonly ImmutableArray<KeyedForm> EspForms = KeyedForm.Of(ManualLayer.Esp, "ESP");

    private static readonly ImmutableArray<KeyedForm> AhForms = KeyedForm.Of(ManualLayer.Ah, "AH");

    public static IEnumerable<ScenarioCase> UnknownSpis =>
    [
        .. EspForms.Select(form => form.Case("ROBUST-SPIS-ESP", "a thousand packets for no SA are discarded", "RFC4303-3.4.2-1")),
        .. AhForms.Select(form => form.Case("ROBUST-SPIS-AH", "a thousand packets for no SA are discarded", "RFC4302-3.4.2-1")),
    ];

    [Scenarios(nameof(UnknownSpis))]
    public async Task FloodOfUnknownSpis(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var echo = Tester.NewEcho(session, out var packet);
        for (uint number = 0; number < Flood; number++)
            Tester.SendPacket(session.Seal(packet, new() { Spi = 0x6000_0000 + number * 7919, SequenceNumber = number + 1 }), $"packet {number + 1} of {Flood} for no SA: ICMP echo request {echo}");
        session.ToImplementation[^1].SequenceNumber = Flood;
        await Tester.ExpectNoReply(echo, form.Setup.Layers[0].Protocol == IpsecProtocol.Ah ? "RFC4302-3.4.2-1" : "RFC4303-3.4.2-1", "no reply to any of them");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> Forged =>
    [
        .. EspForms.Select(form => form.Case("ROBUST-FORGED-ESP", "a thousand forged packets, each far ahead, do not move the window", "RFC4303-3.4.3-8")),
        .. AhForms.Select(form => form.Case("ROBUST-FORGED-AH", "a thousand forged packets, each far ahead, do not move the window", "RFC4302-3.4.3-7")),
    ];

    [Scenarios(nameof(Forged))]
    public async Task FloodOfForgedPackets(KeyedForm form)
    {
        var requirement = form.Setup.Layers[0].Protocol == IpsecProtocol.Ah ? "RFC4302-3.4.3-7" : "RFC4303-3.4.3-8";
        var session = await Tester.KeyWorking(form.Setup);
        var honest = session.ToImplementation[0].SequenceNumber;
        var echo = Tester.NewEcho(session, out var packet);
        for (ulong number = 0; number < Flood; number++)
        {
            var far = uint.MaxValue - number * 4_000_000;
            Tester.SendPacket(session.Seal(packet, new() { SequenceNumber = far, FlipIcv = true }), $"forged, number {far}: ICMP echo request {echo}");
        }
        await Tester.ExpectNoReply(echo, requirement, "no reply to any of them");
        session.ToImplementation[0].SequenceNumber = honest;
        await MustBeAnswered(session, requirement, "the next number in order, which is still new", next => session.Seal(next));
    }

    public static IEnumerable<ScenarioCase> Ahead =>
    [
        .. EspForms.Select(form => form.Case("ROBUST-AHEAD-ESP", "after a right number two thousand million ahead traffic goes on from there", "RFC4303-3.4.3-5")),
        .. AhForms.Select(form => form.Case("ROBUST-AHEAD-AH", "after a right number two thousand million ahead traffic goes on from there", "RFC4302-3.4.3-4")),
    ];

    [Scenarios(nameof(Ahead))]
    public async Task FarAhead(KeyedForm form)
    {
        const ulong far = 2_000_000_000;
        var requirement = form.Setup.Layers[0].Protocol == IpsecProtocol.Ah ? "RFC4302-3.4.3-4" : "RFC4303-3.4.3-5";
        var session = await Tester.KeyWorking(form.Setup);
        var before = session.ToImplementation[0].SequenceNumber;
        await MustBeAnswered(session, requirement, $"{far} ahead", packet => session.Seal(packet, new() { SequenceNumber = before + far }));
        await MustBeAnswered(session, requirement, "the number after it", packet => session.Seal(packet));
        var echo = Tester.NewEcho(session, out var late);
        Tester.SendPacket(session.Seal(late, new() { SequenceNumber = before + 1 }), $"a number from before: ICMP echo request {echo}");
        await Tester.ExpectNoReply(echo, requirement, "no reply: far left of the window");
        session.ToImplementation[0].SequenceNumber = before + far + 1;
        await StillCarries(session);
    }
}
