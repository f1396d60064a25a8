using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Architecture;

/// <summary>What kinds of SAs there must be (RFC 4301 sections 3 and 4.1), side by side and in each other (appendix E).</summary>
public sealed class Modes : KeyedScenario
{
    private static readonly ImmutableArray<KeyedForm> Forms = KeyedForm.Of(ManualLayer.Esp, "ESP");

    private static readonly ImmutableArray<KeyedForm> AllForms = [.. Forms, .. KeyedForm.Of(ManualLayer.Ah, "AH").Select(form => form with { Word = $"AH-{form.Word}" })];

    // Without a demand for the mode's capability: who lacks it breaks the requirement.
    public static IEnumerable<ScenarioCase> Required => Forms.Where(form => !form.Setup.OuterIpv6 && !form.Setup.InnerIpv6).Select(form => form.Case(
        "ARCH-MODE", form.IsTunnel ? "a tunnel to the addresses behind it carries traffic" : "traffic between the two hosts themselves is carried",
        [.. form.IsTunnel ? ["RFC4301-3.1-1", "RFC4301-3.2-1", "RFC4301-4.1-15"] : new[] { "RFC4301-3.1-1", "RFC4301-3.2-1", "RFC4301-4.1-14" }]) with { Needs = [] });

    [Scenarios(nameof(Required))]
    public async Task ModeIsThere(KeyedForm form)
    {
        var session = await Tester.Key(form.Setup);
        ReceivedProtected? reply = null;
        for (var attempt = 0; reply is null && attempt < 3; attempt++)
            reply = await Tester.Ping(session);
        Context.Check(form.IsTunnel ? "RFC4301-4.1-15" : "RFC4301-4.1-14", reply is not null, $"an echo reply in {form.Setup.Layers[0].Mode} mode", "none");
        Context.Check("RFC4301-3.1-1", reply!.Inner is not null, "connectivity of that kind", "none");
        Context.Check("RFC4301-3.2-1", reply.Layers[0].By.Parameters.Protocol == IpsecProtocol.Esp, "under ESP", $"{reply.Layers[0].By.Parameters.Protocol}");
    }

    public static IEnumerable<ScenarioCase> Orders => AllForms.Where(form => form.Setup.OuterIpv6).Select(form => form.Case(
        "ARCH-ORDER6", "the header of an IPv6 packet sent stands right before what it protects", "RFC4301-4.1-10"));

    [Scenarios(nameof(Orders))]
    public async Task HeaderStandsBeforeTheNextLayer(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var reply = await MustBeAnswered(session, "RFC4301-4.1-10", "to see the reply", packet => session.Seal(packet));
        var next = reply!.Layers[0].NextHeader;
        var expected = !form.IsTunnel ? IpProtocol.Icmpv6 : form.Setup.InnerIpv6 ? IpProtocol.Ipv6 : IpProtocol.IpInIp;
        Context.Check("RFC4301-4.1-10", next == expected, $"next header {expected} after it", $"{next}");
    }

    public static IEnumerable<ScenarioCase> Parallels => AllForms.Select(form => form.Case(
        "ARCH-PARALLEL", "two SAs with equal selectors live side by side, each with a window of its own", "RFC4301-4.1-6", "RFC4301-4.1-7", "RFC4301-4.4.2-1", "RFC4301-4.1-3"));

    [Scenarios(nameof(Parallels))]
    public async Task ParallelSasAreEqual(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup with { Parallel = true });
        var parallel = session.Another(session.Configuration.Policies.First(policy => !policy.Parallel.IsEmpty).Parallel[0]);
        await MustBeAnswered(session, "RFC4301-4.1-6", "on the second SA", packet => parallel.Seal(packet));
        await MustBeAnswered(session, "RFC4301-4.1-7", "10000 ahead on the first SA", packet => session.Seal(packet, new() { SequenceNumber = 10_000 }));
        for (var round = 0; round < 3; round++)
        {
            await MustBeAnswered(session, "RFC4301-4.1-7", "low numbers on the second SA", packet => parallel.Seal(packet));
            await MustBeAnswered(session, "RFC4301-4.1-7", "high numbers on the first SA", packet => session.Seal(packet));
        }
        await MustBeDiscarded(session, "RFC4301-4.1-3", "the second SA's keys under the first one's SPI", packet => parallel.Seal(packet, new() { Spi = session.ToImplementation[0].Parameters.Spi, SequenceNumber = 20_000 }));
        await MustBeDiscarded(session, "RFC4301-4.4.2-1", "an SPI next to both", packet => session.Seal(packet, new() { Spi = session.ToImplementation[0].Parameters.Spi + 1 }));
    }

    private static readonly ManualLayer Cbc = ManualLayer.EspTransport with { Encryption = EncryptionId.AesCbc, KeyLength = 256, Integrity = IntegrityId.HmacSha512_256 };

    private static readonly ImmutableArray<KeyedForm> NestedForms =
    [
        .. Nested("ESPESP", "an ESP tunnel, its packets under another entry's ESP", ManualLayer.Esp, Cbc),
        .. Nested("AHESP", "an ESP tunnel, its packets under another entry's AH", ManualLayer.Esp, ManualLayer.AhTransport),
        .. Nested("ESPAH", "an AH tunnel, its packets under another entry's ESP", ManualLayer.Ah, Cbc),
    ];

    public static IEnumerable<ScenarioCase> NestedSas => NestedForms.Select(form => form.Case(
        "ARCH-NESTED", "echoes go and come under both entries' SAs, and never under one alone", "RFC4301-5-1"));

    [Scenarios(nameof(NestedSas))]
    public async Task NestedSasAreBothThere(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        foreach (var size in new[] { 0, 100, 1200, 3000 })
        {
            var reply = await MustBeAnswered(session, "RFC4301-5-1", $"{size} octets under both SAs", packet => session.Seal(packet), size);
            Context.Check("RFC4301-5-1", reply!.Layers.Length == 2, "2 SAs on the reply", $"{reply.Layers.Length}");
        }
        await MustBeDiscarded(session, "RFC4301-5-1", "without the outer entry's SA", packet => session.ToImplementation[0].Seal(packet));
        await MustBeDiscarded(session, "RFC4301-5-1", "a wrong ICV inside", packet => session.ToImplementation[1].Seal(session.ToImplementation[0].Seal(packet, new() { FlipIcv = true })));
    }

    private static IEnumerable<KeyedForm> Nested(string word, string title, params ImmutableArray<ManualLayer> layers) =>
    [
        new($"{word}-4", $"{title}, IPv4", new() { Layers = layers, Nested = true }),
        new($"{word}-6", $"{title}, IPv6", new() { Layers = layers, InnerIpv6 = true, OuterIpv6 = true, Nested = true }),
    ];
}
