using System.Collections.Immutable;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Architecture;

/// <summary>Several SAs on the same packets: transport adjacency and iterated tunnelling (RFC 2401 section 4.3, RFC 4301 section 4.3).</summary>
public sealed class Bundles : KeyedScenario
{
    private static readonly ManualLayer CbcEsp = ManualLayer.Esp with { Encryption = EncryptionId.AesCbc, KeyLength = 256, Integrity = IntegrityId.HmacSha512_256 };

    private static readonly ImmutableArray<KeyedForm> Forms =
    [
        .. Both("AHESP", "AH over ESP, transport mode", ManualLayer.EspTransport, ManualLayer.AhTransport),
        .. Both("AHESPTUNNEL", "AH over an ESP tunnel", ManualLayer.Esp, ManualLayer.AhTransport),
        .. Both("ESPESP", "ESP over ESP, both tunnels", ManualLayer.Esp, CbcEsp),
        .. Both("ESPAHTUNNEL", "an ESP tunnel over an AH tunnel", ManualLayer.Ah, ManualLayer.Esp),
        .. Both("THREE", "three tunnels in each other, ESP, AH, ESP", ManualLayer.Esp, ManualLayer.Ah, CbcEsp),
        .. Both("FOUR", "AH over ESP over an AH tunnel in an ESP tunnel", ManualLayer.Esp, ManualLayer.Ah, ManualLayer.EspTransport, ManualLayer.AhTransport),
    ];

    private static readonly ImmutableArray<KeyedForm> Compressed =
    [
        .. Both("IPCOMP", "ESP over IPComp, transport mode", ManualLayer.IpCompTransport, ManualLayer.EspTransport),
        .. Both("AHIPCOMP", "AH over ESP over IPComp, transport mode", ManualLayer.IpCompTransport, ManualLayer.EspTransport, ManualLayer.AhTransport),
    ];

    public static IEnumerable<ScenarioCase> Carries => Forms.Select(form => form.Case(
        "ARCH-BUNDLE", "echoes of all sizes go and come under every SA", "RFC4301-5-1"));

    [Scenarios(nameof(Carries))]
    public async Task TrafficIsUnderEverySa(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        foreach (var size in new[] { 0, 1, 100, 1200, 3000 })
        {
            var reply = await MustBeAnswered(session, "RFC4301-5-1", $"{size} octets under {form.Setup.Layers.Length} SAs", packet => session.Seal(packet), size);
            Context.Check("RFC4301-5-1", reply!.Layers.Length == form.Setup.Layers.Length, $"{form.Setup.Layers.Length} SAs on the reply", $"{reply.Layers.Length}");
        }
    }

    public static IEnumerable<ScenarioCase> Incomplete => Forms.Select(form => form.Case(
        "ARCH-BUNDLEPART", "packets that lack one of the SAs are discarded", "RFC4301-5-1"));

    [Scenarios(nameof(Incomplete))]
    public async Task IncompleteProtectionIsDiscarded(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        for (var missing = 0; missing < session.ToImplementation.Length; missing++)
        {
            var without = missing;
            await MustBeDiscarded(session, "RFC4301-5-1", $"without SA {session.ToImplementation[missing].Parameters.Spi:x8}", packet =>
            {
                for (var index = 0; index < session.ToImplementation.Length; index++)
                    if (index != without)
                        packet = session.ToImplementation[index].Seal(packet);
                return packet;
            });
        }
    }

    public static IEnumerable<ScenarioCase> Checks => Forms.Select(form => form.Case(
        "ARCH-BUNDLEICV", "a wrong ICV in any of the SAs is noticed", "RFC4301-5-1"));

    [Scenarios(nameof(Checks))]
    public async Task EveryLayerIsChecked(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        for (var wrong = 0; wrong < session.ToImplementation.Length; wrong++)
        {
            var flipped = wrong;
            await MustBeDiscarded(session, "RFC4301-5-1", $"a wrong ICV in SA {session.ToImplementation[wrong].Parameters.Spi:x8}, the others right", packet =>
            {
                for (var index = 0; index < session.ToImplementation.Length; index++)
                    packet = session.ToImplementation[index].Seal(packet, new() { FlipIcv = index == flipped });
                return packet;
            });
        }
    }

    public static IEnumerable<ScenarioCase> Compressions => Compressed.SelectMany(form => new[]
    {
        form.Case("ARCH-COMPRESSED", "compressed packets are opened", "RFC3173-2-2"),
        (form with { Word = $"PLAIN-{form.Word}" }).Case("ARCH-COMPRESSED", "packets without IPComp are accepted, as a sender may leave it out", "RFC3173-2-2"),
        (form with { Word = $"GROWTH-{form.Word}" }).Case("ARCH-COMPRESSED", "answers that compression would not shorten are sent without it", "RFC3173-2.2-1"),
        (form with { Word = $"SHORT-{form.Word}" }).Case("ARCH-COMPRESSED", "answers that compression shortens come back whole", "RFC3173-2-1"),
    });

    [Scenarios(nameof(Compressions))]
    public async Task CompressionIsUsedWhereItHelps(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        switch (form.Word.Split('-')[0])
        {
            case "PLAIN":
                Tester.SendPacket(session.ToImplementation.Skip(1).Aggregate(Compressible(session), (inner, association) => association.Seal(inner)), "1000 equal octets to the UDP echo service, not compressed");
                Context.Check("RFC3173-2-2", await ComesBack(session) is not null, "1000 equal octets back", "nothing");
                break;
            case "GROWTH":
                var noise = await MustBeAnswered(session, "RFC3173-2.2-1", "400 random octets", packet => session.Seal(packet), size: 400);
                Context.Check("RFC3173-2.2-1", noise!.Layers[^1].NextHeader == 0, "no IPComp header around what it does not shorten", "one");
                break;
            default:
                var sent = session.Seal(Compressible(session));
                Tester.SendPacket(sent, $"1000 equal octets to the UDP echo service, compressed to a packet of {sent.Length}");
                var answer = await ComesBack(session);
                Context.Check(form.Word.StartsWith("SHORT-", StringComparison.Ordinal) ? "RFC3173-2-1" : "RFC3173-2-2", answer is not null, "1000 equal octets back", "nothing");
                break;
        }
        await StillCarries(session);
    }

    private static readonly byte[] EqualOctets = [.. Enumerable.Repeat((byte)'x', 1000)];

    private static byte[] Compressible(ManualSession session) => Testing.Tester.UdpPacket(session.Own, session.Peer, 4000, 7, EqualOctets);

    private Task<ReceivedProtected?> ComesBack(ManualSession session) => Tester.ReceiveInside(session, inside => inside.AsSpan().EndsWith(EqualOctets));

    private static IEnumerable<KeyedForm> Both(string word, string title, params ImmutableArray<ManualLayer> layers) =>
    [
        new($"{word}-4", $"{title}, IPv4", new() { Layers = layers }),
        new($"{word}-6", $"{title}, IPv6", new() { Layers = layers, InnerIpv6 = true, OuterIpv6 = true }),
    ];
}
