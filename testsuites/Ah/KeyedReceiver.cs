using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Ah;

/// <summary>What a receiver of AH does with each packet (RFC 4302 section 3.4), in every mode and family, keyed by hand.</summary>
public sealed class KeyedReceiver : KeyedReplayScenario
{
    private static readonly ImmutableArray<KeyedForm> Forms = KeyedForm.Of(ManualLayer.Ah, "AH with HMAC-SHA-256");

    private static readonly ImmutableArray<KeyedForm> ExtendedForms = KeyedForm.Of(
        ManualLayer.Ah with { Adjust = association => association with { ExtendedSequenceNumbers = true } }, "AH with HMAC-SHA-256 and ESN");

    public static IEnumerable<ScenarioCase> Replays => Forms.Select(form => form.Case("AH-KEYED-REPLAY", "a replayed packet is discarded", "RFC4302-3.4.3-4"));

    [Scenarios(nameof(Replays))]
    public Task Replay(KeyedForm form) => ReplayIsDiscarded(form, "RFC4302-3.4.3-4");

    public static IEnumerable<ScenarioCase> WrongIcvs => Forms.Select(form => form.Case(
        "AH-KEYED-ICV", "a change of anything that the ICV covers is noticed", "RFC4302-3.4.4-1"));

    [Scenarios(nameof(WrongIcvs))]
    public async Task AnyCoveredChangeIsNoticed(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var ipv6 = form.Setup.OuterIpv6;
        var ah = IpHeader.LengthOf(ipv6);
        var echoes = new List<ushort>();
        List<(string, Func<int, int>)> places =
        [
            ("AH reserved field", _ => ah + 3), ("AH sequence number", _ => ah + 11), ("ICV", _ => ah + AhView.FixedSize), ("last octet of the ICV", _ => ah + AhView.FixedSize + 15),
            ("payload's first octet", _ => ah + (ipv6 ? 32 : 28)), ("payload's last octet", length => length - 1), ("source address", _ => ipv6 ? 23 : 15),
        ];
        if (!ipv6)
            places.Add(("identification", _ => 5));
        foreach (var (place, offset) in places)
        {
            echoes.Add(Tester.NewEcho(session, out var packet));
            var sent = session.Seal(packet);
            sent[offset(sent.Length)] ^= 0x04;
            MendChecksum(sent);
            Tester.SendPacket(sent, $"one bit of the {place} changed: ICMP echo request {echoes[^1]}");
        }
        // The echo request's own checksum does not notice this one.
        echoes.Add(Tester.NewEcho(session, out var exchanged));
        var words = session.Seal(exchanged);
        (words[^4], words[^3], words[^2], words[^1]) = (words[^2], words[^1], words[^4], words[^3]);
        Tester.SendPacket(words, $"the payload's last two words exchanged: ICMP echo request {echoes[^1]}");
        await Tester.ExpectNoReply(echoes, "RFC4302-3.4.4-1", "no reply to a changed packet");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> MutableFields => Forms.Select(form => form.Case(
        "AH-KEYED-MUTABLE", "fields that routers change may be changed", "RFC4302-5-1"));

    [Scenarios(nameof(MutableFields))]
    public async Task MutableFieldsMayChange(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        (string, Action<byte[]>)[] changes = form.Setup.OuterIpv6
            ?
            [
                ("traffic class", packet => IpHeader.SetTrafficClass(packet, 0xB8)), ("flow label", packet => packet[3] ^= 0x55), ("hop limit", packet => packet[7] = 3),
            ]
            :
            [
                ("DSCP", packet => packet[1] ^= 0xB8), ("DF flag", packet => packet[6] ^= 0x40), ("TTL", packet => packet[8] = 3),
            ];
        foreach (var (what, change) in changes)
            await MustBeAnswered(session, "RFC4302-5-1", $"{what} changed on the way", packet =>
            {
                var sent = session.Seal(packet);
                change(sent);
                MendChecksum(sent);
                return sent;
            });
    }

    public static IEnumerable<ScenarioCase> Windows => Forms.Select(form => form.Case(
        "AH-KEYED-WINDOW", "packets up to 31 behind the newest are accepted, each once", "RFC4302-3.4.3-9", "RFC4302-3.4.3-4"));

    [Scenarios(nameof(Windows))]
    public Task Window(KeyedForm form) => ReorderedWithinTheWindowIsAccepted(form, "RFC4302-3.4.3-9", "RFC4302-3.4.3-4");

    public static IEnumerable<ScenarioCase> TooOld => Forms.Select(form => form.Case("AH-KEYED-OLD", "a packet left of the window is discarded", "RFC4302-3.4.3-4"));

    [Scenarios(nameof(TooOld))]
    public Task LeftOfTheWindow(KeyedForm form) => LeftOfTheWindowIsDiscarded(form, "RFC4302-3.4.3-4");

    public static IEnumerable<ScenarioCase> Forged => Forms.Select(form => form.Case(
        "AH-KEYED-FORGED", "a forged number far ahead does not move the window", "RFC4302-3.4.3-7"));

    [Scenarios(nameof(Forged))]
    public Task ForgedNumber(KeyedForm form) => ForgedNumberDoesNotMoveTheWindow(form, "RFC4302-3.4.3-7");

    public static IEnumerable<ScenarioCase> UnknownSpis => Forms.Select(form => form.Case("AH-KEYED-SPI", "a packet for no SA is discarded", "RFC4302-3.4.2-1"));

    [Scenarios(nameof(UnknownSpis))]
    public Task UnknownSpi(KeyedForm form) => UnknownSpiIsDiscarded(form, "RFC4302-3.4.2-1");

    public static IEnumerable<ScenarioCase> WithoutReplayCheck => Forms.Select(form => WithoutWindow(form).Case(
        "AH-KEYED-NOREPLAY", "told not to look for replays, it takes a packet twice", "RFC4302-3.4.3-1", "RFC4302-2.5-2"));

    [Scenarios(nameof(WithoutReplayCheck))]
    public Task ReplayCheckOff(KeyedForm form) => AntiReplayCanBeOff(form, "RFC4302-3.4.3-1", "RFC4302-2.5-2");

    public static IEnumerable<ScenarioCase> NewWindows => Forms.Select(form => form.Case(
        "AH-KEYED-FIRST", "a new SA's window starts at zero: numbers that come late are new, zero never is", "RFC4302-3.4.3-3"));

    [Scenarios(nameof(NewWindows))]
    public Task NewWindow(KeyedForm form) => NewWindowStartsAtZero(form, "RFC4302-3.4.3-3");

    public static IEnumerable<ScenarioCase> Lookups => Forms.Select(form => form.Case(
        "AH-KEYED-LOOKUP", "of two SAs for the same traffic each is found by its SPI", "RFC4302-2.4-1", "RFC4302-2.4-4"));

    [Scenarios(nameof(Lookups))]
    public Task Lookup(KeyedForm form) => SpiFindsTheSa(form, "RFC4302-2.4-1", "RFC4302-2.4-4");

    public static IEnumerable<ScenarioCase> Offered => Forms.Select(form => form.Case("AH-KEYED-ISFRAGMENT", "AH in a fragment is not verified", "RFC4302-3.4.1-1"));

    [Scenarios(nameof(Offered))]
    public Task OfferedFragment(KeyedForm form) => FragmentIsNotOpened(form, "RFC4302-3.4.1-1");

    public static IEnumerable<ScenarioCase> FragmentHeaders => Forms.Where(form => form.Setup.OuterIpv6).Select(form => form.Case(
        "AH-KEYED-FRAGMENTHEADER", "a fragment header in a packet that is whole is no part of what the ICV covers", "RFC4302-A-2", "RFC4302-A-3"));

    [Scenarios(nameof(FragmentHeaders))]
    public async Task FragmentHeaderIsSkipped(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        await MustBeAnswered(session, "RFC4302-A-3", "a fragment header before AH: offset 0, no more fragments", packet =>
        {
            var sent = session.Seal(packet);
            byte[] whole = [.. sent.AsSpan(0, Ipv6View.HeaderLength), sent[6], 0, 0, 0, 0, 0, 0x1c, 0xf0, .. sent.AsSpan(Ipv6View.HeaderLength)];
            whole[6] = IpProtocol.Ipv6Fragment;
            IpHeader.SetLength(whole);
            return whole;
        });
        await MustBeAnswered(session, "RFC4302-A-2", "3000 octets of echo data in three fragments", packet => session.Seal(packet), size: 3000);
    }

    public static IEnumerable<ScenarioCase> NotAgreed => Forms.Select(form => form.Case(
        "AH-KEYED-NOESN", "extended numbers are not used where they were not agreed on", "RFC4302-2.5.1-2"));

    [Scenarios(nameof(NotAgreed))]
    public async Task ExtendedNumbersNeedAgreement(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var extended = session.Another(session.ToImplementation[0].Parameters with { ExtendedSequenceNumbers = true });
        await MustBeDiscarded(session, "RFC4302-2.5.1-2", "an ICV over the upper half of an extended number", packet =>
            extended.Seal(packet, new() { SequenceNumber = session.ToImplementation[0].SequenceNumber + 1 }));
        await MustBeAnswered(session, "RFC4302-2.5.1-2", "an ICV without it, as on the reply", packet => session.Seal(packet));
    }

    public static IEnumerable<ScenarioCase> Lengths => Forms.Select(form => form.Case(
        "AH-KEYED-LENGTH", "a Payload Len that leaves no room for the ICV, or runs beyond the packet, is discarded", "RFC4302-3.4.4-1"));

    [Scenarios(nameof(Lengths))]
    public async Task WrongPayloadLenIsDiscarded(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        foreach (var length in new byte[] { 0, 1, 2, 255 })
            await MustBeDiscarded(session, "RFC4302-3.4.4-1", $"Payload Len {length}", packet =>
            {
                var sent = session.Seal(packet);
                sent[IpHeader.LengthOf(form.Setup.OuterIpv6) + 1] = length;
                return sent;
            });
    }

    public static IEnumerable<ScenarioCase> Fragmented => Forms.Select(form => form.Case(
        "AH-KEYED-FRAGMENTS", "an AH packet that comes in fragments is put together and verified", "RFC4302-5-1"));

    [Scenarios(nameof(Fragmented))]
    public async Task FragmentedAhIsReassembled(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var reply = await MustBeAnswered(session, "RFC4302-5-1", "3000 octets of echo data, the AH packet in three fragments", packet => session.Seal(packet), size: 3000);
        Context.Check("RFC4302-5-1", reply!.Inner!.Length > 3000, "all of the echo data back", $"{reply.Inner.Length} octets");
    }

    public static IEnumerable<ScenarioCase> Crossings => ExtendedForms.Select(form => Extended(form.Case(
        "AH-KEYED-ESN", "numbers go on beyond 2^32, and those on both sides of it are told apart", "RFC4302-B-1", "RFC4302-2.5.1-1")));

    [Scenarios(nameof(Crossings))]
    public Task Crossing(KeyedForm form) => NumbersGoOnBeyond32Bits(form, "RFC4302-B-1", "RFC4302-2.5.1-1");

    private static ScenarioCase Extended(ScenarioCase one) => one with { Needs = [.. one.Needs, Capability.ExtendedSequenceNumbers] };

    private static void MendChecksum(byte[] packet)
    {
        if (packet[0] >> 4 == 4)
            IpHeader.SetLength(packet);
    }
}
