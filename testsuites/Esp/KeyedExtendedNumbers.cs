using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Esp;

/// <summary>Extended sequence numbers (RFC 4303 section 2.2.1 and appendix A), and where 32-bit ones end.</summary>
public sealed class KeyedExtendedNumbers : KeyedReplayScenario
{
    private static readonly ManualLayer Extended = ManualLayer.Esp with { Adjust = association => association with { ExtendedSequenceNumbers = true } };

    private static readonly ImmutableArray<KeyedForm> Forms =
    [
        .. KeyedForm.Of(Extended, "ESP with AES-GCM and ESN"),
        .. KeyedForm.Of(Extended with { Encryption = EncryptionId.AesCbc, KeyLength = 256, Integrity = IntegrityId.HmacSha256_128 }, "ESP with AES-CBC, HMAC-SHA-256 and ESN")
            .Select(form => form with { Word = $"CBC-{form.Word}" }),
    ];

    private static readonly ImmutableArray<KeyedForm> ShortForms = KeyedForm.Of(ManualLayer.Esp, "ESP with AES-GCM");

    private static ScenarioCase With(ScenarioCase one) => one with { Needs = [.. one.Needs, Capability.ExtendedSequenceNumbers] };

    public static IEnumerable<ScenarioCase> Crossings => Forms.Select(form => With(form.Case(
        "ESP-KEYED-ESN", "numbers go on beyond 2^32, and those on both sides of it are told apart", "RFC4303-A-1")));

    [Scenarios(nameof(Crossings))]
    public Task Crossing(KeyedForm form) => NumbersGoOnBeyond32Bits(form, "RFC4303-A-1");

    public static IEnumerable<ScenarioCase> WrongHalves => Forms.Select(form => With(form.Case(
        "ESP-KEYED-ESNHALF", "a packet whose ICV covers another upper half is discarded", "RFC4303-A-1")));

    [Scenarios(nameof(WrongHalves))]
    public async Task WrongUpperHalfIsDiscarded(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var number = session.ToImplementation[0].SequenceNumber;
        await MustBeDiscarded(session, "RFC4303-A-1", "the next number with upper half 1", packet =>
        {
            var sent = session.Seal(packet, new() { SequenceNumber = (1UL << 32) + number + 1 });
            session.ToImplementation[0].SequenceNumber = number;
            return sent;
        });
    }

    public static IEnumerable<ScenarioCase> Ends => ShortForms.Select(form => form.Case(
        "ESP-KEYED-LAST", "number 2^32 - 1 is accepted, and nothing after it", "RFC4303-3.4.3-5"));

    [Scenarios(nameof(Ends))]
    public async Task NothingIsAcceptedAfterTheLastNumber(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        await MustBeAnswered(session, "RFC4303-3.4.3-5", "number 2^32 - 1", packet => session.Seal(packet, new() { SequenceNumber = uint.MaxValue }));
        foreach (var number in new[] { 0UL, 1UL })
        {
            var echo = Tester.NewEcho(session, out var packet);
            Tester.SendPacket(session.Seal(packet, new() { SequenceNumber = number }), $"number {number}: ICMP echo request {echo}");
            await Tester.ExpectNoReply(echo, "RFC4303-3.4.3-5", $"no reply to number {number}");
        }
    }
}
