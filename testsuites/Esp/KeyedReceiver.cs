using System.Collections.Immutable;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Esp;

/// <summary>What a receiver of ESP does with each packet (RFC 4303 sections 2 and 3.4), in every mode and family, keyed by hand.</summary>
public sealed class KeyedReceiver : KeyedReplayScenario
{
    private static readonly ImmutableArray<KeyedForm> Forms = KeyedForm.Of(ManualLayer.Esp, "ESP with AES-GCM");

    /// <summary>Separate algorithms: the ICV is checked before anything is decrypted.</summary>
    private static readonly ImmutableArray<KeyedForm> SeparateForms = KeyedForm.Of(
        ManualLayer.Esp with { Encryption = EncryptionId.AesCbc, KeyLength = 256, Integrity = IntegrityId.HmacSha256_128 }, "ESP with AES-CBC and HMAC-SHA-256");

    public static IEnumerable<ScenarioCase> Replays => Forms.Select(form => form.Case("ESP-KEYED-REPLAY", "a replayed packet is discarded", "RFC4303-3.4.3-5"));

    [Scenarios(nameof(Replays))]
    public Task Replay(KeyedForm form) => ReplayIsDiscarded(form, "RFC4303-3.4.3-5");

    public static IEnumerable<ScenarioCase> WrongIcvs =>
    [
        .. Forms.Select(form => form.Case("ESP-KEYED-ICV", "a packet with one changed bit anywhere is discarded", "RFC4303-3.4.4.2-1")),
        .. SeparateForms.Select(form => form.Case("ESP-KEYED-ICVCBC", "a packet with one changed bit anywhere is discarded", "RFC4303-3.4.4.1-1")),
    ];

    [Scenarios(nameof(WrongIcvs))]
    public async Task AnyChangedBitIsDiscarded(KeyedForm form)
    {
        var requirement = form.Setup.Layers[0].Integrity == IntegrityId.None ? "RFC4303-3.4.4.2-1" : "RFC4303-3.4.4.1-1";
        var session = await Tester.KeyWorking(form.Setup);
        var header = IpHeader.LengthOf(form.Setup.OuterIpv6);
        var echoes = new List<ushort>();
        foreach (var (place, offset) in new (string, Func<int, int>)[]
        {
            ("sequence number", _ => header + 7), ("IV", _ => header + 8), ("ciphertext", length => length / 2), ("last octet of the ciphertext", length => length - 17),
            ("first octet of the ICV", length => length - 16), ("last octet of the ICV", length => length - 1),
        })
        {
            echoes.Add(Tester.NewEcho(session, out var packet));
            var sent = session.Seal(packet);
            sent[offset(sent.Length)] ^= 0x40;
            Tester.SendPacket(sent, $"one bit of the {place} changed: ICMP echo request {echoes[^1]}");
        }
        await Tester.ExpectNoReply(echoes, requirement, "no reply to a changed packet");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> Windows => Forms.Select(form => form.Case(
        "ESP-KEYED-WINDOW", "packets up to 31 behind the newest are accepted, each once", "RFC4303-3.4.3-10", "RFC4303-3.4.3-5"));

    [Scenarios(nameof(Windows))]
    public Task Window(KeyedForm form) => ReorderedWithinTheWindowIsAccepted(form, "RFC4303-3.4.3-10", "RFC4303-3.4.3-5");

    public static IEnumerable<ScenarioCase> TooOld => Forms.Select(form => form.Case("ESP-KEYED-OLD", "a packet left of the window is discarded", "RFC4303-3.4.3-5"));

    [Scenarios(nameof(TooOld))]
    public Task LeftOfTheWindow(KeyedForm form) => LeftOfTheWindowIsDiscarded(form, "RFC4303-3.4.3-5");

    public static IEnumerable<ScenarioCase> Forged => Forms.Select(form => form.Case(
        "ESP-KEYED-FORGED", "a forged number far ahead does not move the window", "RFC4303-3.4.3-8"));

    [Scenarios(nameof(Forged))]
    public Task ForgedNumber(KeyedForm form) => ForgedNumberDoesNotMoveTheWindow(form, "RFC4303-3.4.3-8");

    public static IEnumerable<ScenarioCase> UnknownSpis => Forms.Select(form => form.Case("ESP-KEYED-SPI", "a packet for no SA is discarded", "RFC4303-3.4.2-1"));

    [Scenarios(nameof(UnknownSpis))]
    public Task UnknownSpi(KeyedForm form) => UnknownSpiIsDiscarded(form, "RFC4303-3.4.2-1");

    public static IEnumerable<ScenarioCase> Dummies => Forms.Select(form => form.Case(
        "ESP-KEYED-DUMMY", "dummy packets are discarded in silence and use up their numbers", "RFC4303-2.6-2"));

    [Scenarios(nameof(Dummies))]
    public async Task DummyIsDiscarded(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        await MustBeDiscarded(session, "RFC4303-2.6-2", "next header 59 around an echo request", packet => session.Seal(packet, new() { NextHeader = IpProtocol.NoNextHeader }));
        foreach (var size in new[] { 0, 1, 500 })
        {
            var payload = Tester.Random.Bytes(size);
            var association = session.ToImplementation[0];
            association.SequenceNumber++;
            var header = Testing.Tester.IpPacket(association.Parameters.Source, association.Parameters.Destination, association.Protocol, []);
            Tester.SendPacket(association.Around(header, payload, IpProtocol.NoNextHeader), $"dummy packet of {size} random octets");
        }
        var answer = await Tester.Receive<Received>(received => received is ReceivedProtected or ReceivedClear, Tester.ResponseTime / 4);
        Context.Check("RFC4303-2.6-2", answer is null, "nothing is said of dummy packets", $"{answer}");
        await StillCarries(session);
    }

    private static readonly ManualLayer Masked = ManualLayer.Esp with { Adjust = association => association with { Dummies = new(TimeSpan.FromSeconds(1), 0, 800) } };

    private static readonly ManualLayer PaddedAndMasked = Masked with { Adjust = association => Masked.Adjust(association) with { TrafficFlowPadding = 600 } };

    public static IEnumerable<ScenarioCase> DummiesSent =>
    [
        .. KeyedForm.Of(Masked, "ESP with AES-GCM").Select(form => form.Case(
            "ESP-KEYED-DUMMYSENT", "told to hide when there is traffic, it sends dummy packets, whole but for sense", "RFC4303-2.6-1", "RFC4303-2.6-3")),
        .. KeyedForm.Of(PaddedAndMasked, "ESP with AES-GCM").Where(form => form.IsTunnel).Select(form => form.Case(
            "ESP-KEYED-DUMMYTFC", "told to hide lengths too, it sends dummy packets, whole but for sense", "RFC4303-2.6-1", "RFC4303-2.6-3")),
    ];

    [Scenarios(nameof(DummiesSent))]
    public async Task DummiesAreSent(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        uint before = 0;
        for (var round = 0; round < 4; round++)
        {
            // Nothing else is under way. What can't be opened counts as in clear over IPv6.
            var received = await Tester.Receive<Received>(candidate => candidate is ReceivedProtected or ReceivedEsp or ReceivedClear, Tester.ResponseTime);
            Context.Check("RFC4303-2.6-1", received is not null, "a dummy packet each second", $"none within {Tester.ResponseTime.TotalSeconds} s");
            Context.Check("RFC4303-2.6-3", received is ReceivedProtected, "SPI, number, padding, pad length, next header and ICV, all of them right", $"{received}");
            var dummy = ((ReceivedProtected)received!).Layers[0];
            Context.Check("RFC4303-2.6-1", dummy.NextHeader == IpProtocol.NoNextHeader, $"next header {IpProtocol.NoNextHeader}", $"{dummy.NextHeader}");
            Context.Check("RFC4303-2.6-3", dummy.SequenceNumber > before, $"a number above {before}", $"{dummy.SequenceNumber}");
            before = dummy.SequenceNumber;
        }
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> Paddings => Forms.Select(form => form.Case(
        "ESP-KEYED-PADDING", "padding of every allowed length is taken off", "RFC4303-2.4-2"));

    [Scenarios(nameof(Paddings))]
    public async Task EveryPaddingIsTakenOff(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        foreach (var blocks in new[] { 1, 7, 31, 62 })
        {
            await MustBeAnswered(session, "RFC4303-2.4-2", $"about {blocks * 4} octets of padding", packet =>
            {
                IpView.TryParse(packet, out var view, out _);
                var (payload, next) = form.IsTunnel
                    ? (packet.Length, view.IsIpv6 ? IpProtocol.Ipv6 : IpProtocol.IpInIp)
                    : (view.Transport.Length, view.Protocol);
                var padding = blocks * 4 + (4 - (payload + 2) % 4) % 4;
                byte[] trailer = [.. Enumerable.Range(1, padding).Select(octet => (byte)octet), (byte)padding, next];
                return session.Seal(packet, new() { Trailer = trailer });
            });
        }
    }

    public static IEnumerable<ScenarioCase> WrongPaddings => Forms.Select(form => form.Case(
        "ESP-KEYED-WRONGPAD", "padding that is not 1, 2, 3 … is discarded", "RFC4303-2.4-4"));

    [Scenarios(nameof(WrongPaddings))]
    public async Task WrongPaddingIsDiscarded(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        await MustBeDiscarded(session, "RFC4303-2.4-4", "padding of zeros", packet =>
        {
            IpView.TryParse(packet, out var view, out _);
            var (payload, next) = form.IsTunnel ? (packet.Length, view.IsIpv6 ? IpProtocol.Ipv6 : IpProtocol.IpInIp) : (view.Transport.Length, view.Protocol);
            var padding = 8 + (4 - (payload + 2) % 4) % 4;
            return session.Seal(packet, new() { Trailer = [.. new byte[padding], (byte)padding, next] });
        });
    }

    public static IEnumerable<ScenarioCase> PadLengths => Forms.Select(form => form.Case(
        "ESP-KEYED-PADLENGTH", "a pad length beyond the payload is discarded", "RFC4303-5-1"));

    [Scenarios(nameof(PadLengths))]
    public async Task PadLengthBeyondThePayloadIsDiscarded(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var association = session.ToImplementation[0];
        association.SequenceNumber++;
        var header = Testing.Tester.IpPacket(association.Parameters.Source, association.Parameters.Destination, association.Protocol, []);
        Tester.SendPacket(association.Around(header, [], 0, new() { Trailer = [1, 2, 3, 4, 5, 6, 250, IpProtocol.IpInIp] }), "8 octets of plaintext with pad length 250");
        var answer = await Tester.Receive<Received>(received => received is ReceivedProtected or ReceivedClear, Tester.ResponseTime / 4);
        Context.Check("RFC4303-5-1", answer is null, "nothing comes of it", $"{answer}");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> FlowPaddings => Forms.Where(form => form.IsTunnel).Select(form => form.Case(
        "ESP-KEYED-TFC", "octets behind the inner packet are taken off, and none are put there unasked", "RFC4303-2.7-2", "RFC4303-2.7-3"));

    [Scenarios(nameof(FlowPaddings))]
    public async Task TrafficFlowPaddingIsTakenOff(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        foreach (var size in new[] { 1, 100, 1000 })
        {
            var reply = await MustBeAnswered(session, "RFC4303-2.7-2", $"{size} octets of TFC padding", packet => session.Seal(packet, new() { TrafficFlowPadding = new byte[size] }));
            Context.Check("RFC4303-2.7-3", reply!.Layers[0].TrafficFlowPadding == 0, "nothing behind the packet inside: nobody told it to pad", $"{reply.Layers[0].TrafficFlowPadding} octets");
        }
    }

    public static IEnumerable<ScenarioCase> TransportFlowPaddings => Forms.Where(form => !form.IsTunnel).Select(form => form.Case(
        "ESP-KEYED-TFC", "octets behind a UDP datagram, whose length field says where it ends, are no part of it", "RFC4303-2.7-2"));

    [Scenarios(nameof(TransportFlowPaddings))]
    public async Task TrafficFlowPaddingBehindADatagram(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        foreach (var size in new[] { 1, 100, 1000 })
        {
            var data = Tester.Random.Bytes(24);
            Tester.SendPacket(
                session.Seal(Testing.Tester.UdpPacket(session.Own, session.Peer, 4000, 7, data), new() { TrafficFlowPadding = new byte[size] }), $"UDP to the echo service, {size} octets of TFC padding behind it");
            var reply = await Tester.ReceiveInside(session, inside => IpView.TryParse(inside, out var packet, out _) && packet.Protocol == IpProtocol.Udp && packet.Transport[8..].StartsWith(data));
            Context.Check("RFC4303-2.7-2", reply?.Inner!.AsSpan().EndsWith(data) == true, $"{data.Length} octets back", reply is null ? "none" : $"a packet of {reply.Inner!.Length} octets");
        }
    }

    public static IEnumerable<ScenarioCase> FlowPaddingsSent => Forms.Where(form => form.IsTunnel).Select(form => (form with
    {
        Setup = form.Setup with { Layers = [ManualLayer.Esp with { Adjust = association => association with { TrafficFlowPadding = 600 } }] },
    }).Case("ESP-KEYED-TFCSENT", "told to hide lengths, it pads short packets, whose own length fields stay", "RFC4303-2.7-1", "RFC4303-2.7-2"));

    [Scenarios(nameof(FlowPaddingsSent))]
    public async Task TrafficFlowPaddingIsSent(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        foreach (var size in new[] { 0, 100, 400 })
        {
            var reply = await MustBeAnswered(session, "RFC4303-2.7-1", $"{size} octets of echo data", packet => session.Seal(packet), size);
            var inner = IpHeader.LengthOf(form.Setup.InnerIpv6) + 8 + size;
            Context.Check("RFC4303-2.7-2", reply!.Inner!.Length == inner, $"a packet of {inner} octets inside", $"{reply.Inner.Length}");
            Context.Check("RFC4303-2.7-1", reply.Layers[0].TrafficFlowPadding > 0, "octets behind it", "none");
        }
    }

    public static IEnumerable<ScenarioCase> WithoutReplayCheck => Forms.Select(form => WithoutWindow(form).Case(
        "ESP-KEYED-NOREPLAY", "told not to look for replays, it takes a packet twice", "RFC4303-3.4.3-1", "RFC4303-2.2-2"));

    [Scenarios(nameof(WithoutReplayCheck))]
    public Task ReplayCheckOff(KeyedForm form) => AntiReplayCanBeOff(form, "RFC4303-3.4.3-1", "RFC4303-2.2-2");

    public static IEnumerable<ScenarioCase> NewWindows => Forms.Select(form => form.Case(
        "ESP-KEYED-FIRST", "a new SA's window starts at zero: numbers that come late are new, zero never is", "RFC4303-3.4.3-4"));

    [Scenarios(nameof(NewWindows))]
    public Task NewWindow(KeyedForm form) => NewWindowStartsAtZero(form, "RFC4303-3.4.3-4");

    public static IEnumerable<ScenarioCase> LastNumbers => Forms.Select(form => NearTheLastNumber(form).Case(
        "ESP-KEYED-OVERFLOW", "nothing is sent after number 2^32 - 1", "RFC4303-3.3.3-1", "RFC4303-2.2-5"));

    [Scenarios(nameof(LastNumbers))]
    public Task LastNumber(KeyedForm form) => NothingIsSentAfterTheLastNumber(form, "RFC4303-3.3.3-1", "RFC4303-2.2-5");

    public static IEnumerable<ScenarioCase> Lookups => Forms.Select(form => form.Case(
        "ESP-KEYED-LOOKUP", "of two SAs for the same traffic each is found by its SPI", "RFC4303-2.1-1", "RFC4303-2.1-4"));

    [Scenarios(nameof(Lookups))]
    public Task Lookup(KeyedForm form) => SpiFindsTheSa(form, "RFC4303-2.1-1", "RFC4303-2.1-4");

    public static IEnumerable<ScenarioCase> Offered => Forms.Select(form => form.Case("ESP-KEYED-ISFRAGMENT", "ESP in a fragment is not opened", "RFC4303-3.4.1-1"));

    [Scenarios(nameof(Offered))]
    public Task OfferedFragment(KeyedForm form) => FragmentIsNotOpened(form, "RFC4303-3.4.1-1");

    private static readonly ImmutableArray<KeyedForm> NullForms = KeyedForm.Of(
        ManualLayer.Esp with { Encryption = EncryptionId.Null, KeyLength = 0, Integrity = IntegrityId.HmacSha256_128 }, "ESP with integrity alone");

    public static IEnumerable<ScenarioCase> Services =>
    [
        .. NullForms.Select(form => form.Case("ESP-KEYED-INTEGRITYONLY", "an echo goes and comes, a wrong ICV is noticed", "RFC4303-1-1", "RFC4303-1-3")),
        .. SeparateForms.Select(form => form.Case("ESP-KEYED-BOTH", "an echo goes and comes, a wrong ICV is noticed", "RFC4303-1-4", "RFC4303-3.4.4.1-5")),
    ];

    [Scenarios(nameof(Services))]
    public async Task ServiceIsThere(KeyedForm form)
    {
        var session = await Tester.Key(form.Setup);
        ReceivedProtected? reply = null;
        for (var attempt = 0; reply is null && attempt < 3; attempt++)
            reply = await Tester.Ping(session, 100);
        if (form.Setup.Layers[0].Encryption == EncryptionId.Null)
        {
            Context.Check("RFC4303-1-1", reply is not null, "a reply under keys for integrity alone", "none");
            await MustBeDiscarded(session, "RFC4303-1-3", "a wrong ICV", packet => session.Seal(packet, new() { FlipIcv = true }));
            return;
        }
        Context.Check("RFC4303-1-4", reply is not null, "a reply under keys for encryption and integrity", "none");
        await MustBeDiscarded(session, "RFC4303-3.4.4.1-5", "a wrong ICV around what can be decrypted", packet => session.Seal(packet, new() { FlipIcv = true }));
    }

    public static IEnumerable<ScenarioCase> Numbers => Forms.Select(form => form.Case(
        "ESP-KEYED-SEQ", "sequence numbers sent start at 1 and grow by 1", "RFC4303-2.2-1"));

    [Scenarios(nameof(Numbers))]
    public Task FirstNumbers(KeyedForm form) => NumbersStartAtOne(form, "RFC4303-2.2-1");

    public static IEnumerable<ScenarioCase> Fragmented => Forms.Select(form => form.Case(
        "ESP-KEYED-FRAGMENTS", "an ESP packet that comes in fragments is put together and opened", "RFC4303-5-1"));

    [Scenarios(nameof(Fragmented))]
    public async Task FragmentedEspIsReassembled(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var reply = await MustBeAnswered(session, "RFC4303-5-1", "3000 octets of echo data, the ESP packet in three fragments", packet => session.Seal(packet), size: 3000);
        Context.Check("RFC4303-5-1", reply!.Inner!.Length > 3000, "all of the echo data back", $"{reply.Inner.Length} octets");
    }
}
