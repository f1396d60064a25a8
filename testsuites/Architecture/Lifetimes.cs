using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;

namespace Conformance.Suites.Architecture;

/// <summary>Lifetimes of SAs by octets, packets and time (RFC 4301 section 4.4.2.1).</summary>
public sealed class Lifetimes : KeyedScenario
{
    private const string Requirement = "RFC4301-4.4.2.1-3";

    // More than the preamble needs, fewer than the script sends.
    private const int Packets = 12, Octets = 3000, Sent = 24, Size = 400;

    private static readonly TimeSpan Time = TimeSpan.FromSeconds(20);

    private static readonly ImmutableArray<(string Word, string Title, ManualLifetime Limits)> Limits =
    [
        ("OCTETS", "octets", new(HardOctets: Octets)),
        ("PACKETS", "packets", new(HardPackets: Packets)),
        ("TIME", "time", new(HardTime: Time)),
        ("OCTETSFIRST", "octets, which are used up first, and time", new(HardOctets: Octets, HardTime: TimeSpan.FromHours(1))),
        ("TIMEFIRST", "time, which is over first, and octets", new(HardOctets: 1_000_000, HardTime: Time)),
    ];

    public static IEnumerable<ScenarioCase> Hard =>
        from limits in Limits
        from form in Forms(limits.Limits, ManualLifetime.Unlimited)
        select (form with { Word = $"{limits.Word}-{form.Word}" }).Case(
            "ARCH-LIFETIME", $"an inbound SA is not used any more after its hard lifetime in {limits.Title}", Requirement);

    [Scenarios(nameof(Hard))]
    public async Task NothingIsAcceptedAfterTheHardLifetime(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        await SpendLifetime(session, form.Setup.Layers[0].Adjust(Any(session)).Lifetime);
        var echo = Tester.NewEcho(session, out var packet);
        Tester.SendPacket(session.Seal(packet), $"after the hard lifetime: ICMP echo request {echo}");
        await Tester.ExpectNoReply(echo, Requirement, "no reply after the hard lifetime");
    }

    public static IEnumerable<ScenarioCase> HardSent =>
        from limits in Limits
        from form in Forms(ManualLifetime.Unlimited, limits.Limits)
        select (form with { Word = $"{limits.Word}-{form.Word}" }).Case(
            "ARCH-LIFETIMESENT", $"an outbound SA is not used any more after its hard lifetime in {limits.Title}", Requirement);

    [Scenarios(nameof(HardSent))]
    public async Task NothingIsSentAfterTheHardLifetime(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        await SpendLifetime(session, form.Setup.LayersSent[0].Adjust(Any(session)).Lifetime);
        var echo = Tester.NewEcho(session, out var packet);
        Tester.SendPacket(session.Seal(packet), $"after the hard lifetime of the SA for answers: ICMP echo request {echo}");
        await Tester.ExpectNoReply(echo, Requirement, "no reply, neither on the SA that is over nor in clear");
    }

    public static IEnumerable<ScenarioCase> Soft =>
        Forms(new(SoftOctets: 600, SoftPackets: 3, SoftTime: TimeSpan.FromSeconds(2)), new(SoftOctets: 600, SoftPackets: 3, SoftTime: TimeSpan.FromSeconds(2)))
            .Select(form => form.Case("ARCH-LIFETIMESOFT", "SAs are used beyond their soft lifetimes", Requirement));

    [Scenarios(nameof(Soft))]
    public async Task SoftLifetimeEndsNothing(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        for (var round = 0; round < 5; round++)
            await MustBeAnswered(session, Requirement, "400 octets, beyond the soft lifetime sooner or later", packet => session.Seal(packet), Size);
        await Tester.Receive<Received>(_ => false, TimeSpan.FromSeconds(3));
        await MustBeAnswered(session, Requirement, "400 octets, after the soft lifetime in time", packet => session.Seal(packet), Size);
    }

    public static IEnumerable<ScenarioCase> OutOfStep => Forms(new(HardPackets: Packets), ManualLifetime.Unlimited).Select(form => form.Case(
        "ARCH-LIFETIMECOUNT", "packets that were lost on the way count at one end alone, and do no harm", "RFC4301-4.4.2.1-5"));

    [Scenarios(nameof(OutOfStep))]
    public async Task EndsMayCountDifferently(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        // The tester's count is far beyond the limit at once: all but these were lost.
        foreach (var lost in new uint[] { 1000, 2000, 50_000 })
            await MustBeAnswered(session, "RFC4301-4.4.2.1-5", $"after {lost} lost packets", packet =>
                session.Seal(packet, new() { SequenceNumber = session.ToImplementation[0].SequenceNumber + lost }));
    }

    private async Task SpendLifetime(ManualSession session, ManualLifetime lifetime)
    {
        if (lifetime.HardTime is { } time && time == Time)
        {
            Context.Check(Requirement, await Tester.Ping(session) is not null, "a reply within the lifetime", "none");
            await Tester.Receive<Received>(_ => false, Time + TimeSpan.FromSeconds(2));
            return;
        }
        var answered = 0;
        for (var count = 0; count < Sent; count++)
        {
            if (await Tester.Ping(session, Size) is null)
                break;
            answered++;
        }
        Context.Check(Requirement, answered > 1, "replies within the lifetime", $"{answered}");
        Context.Check(Requirement, answered < Sent, "an end of replies when it is used up", $"{answered} replies to {Sent} requests of {Size} octets");
    }

    private static ManualSecurityAssociation Any(ManualSession session) => session.ToImplementation[0].Parameters;

    private static IEnumerable<KeyedForm> Forms(ManualLifetime received, ManualLifetime sent) =>
        from protocol in new[] { (Word: "", Layer: ManualLayer.Esp, Title: "ESP"), (Word: "AH-", Layer: ManualLayer.Ah, Title: "AH") }
        from form in KeyedForm.Of(protocol.Layer, protocol.Title)
        where form.Word is "T44" or "X6"
        select form with
        {
            Word = $"{protocol.Word}{form.Word}",
            Setup = form.Setup with { Layers = [Limited(form.Setup.Layers[0], received)], LayersSent = [Limited(form.Setup.Layers[0], sent)] },
        };

    private static ManualLayer Limited(ManualLayer layer, ManualLifetime lifetime) =>
        layer with { Adjust = association => association with { Lifetime = lifetime } };
}
