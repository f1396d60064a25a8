using System.Buffers.Binary;
using System.Collections.Immutable;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ah;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Ah;

/// <summary>The AH that an implementation sends (RFC 4302 sections 2 and 3.3), in every mode and family, keyed by hand.</summary>
public sealed class KeyedSender : KeyedReplayScenario
{
    private static readonly ImmutableArray<KeyedForm> Forms = KeyedForm.Of(ManualLayer.Ah, "AH with HMAC-SHA-256");

    public static IEnumerable<ScenarioCase> Numbers => Forms.Select(form => form.Case(
        "AH-KEYED-SEQ", "sequence numbers sent start at 1 and grow by 1", "RFC4302-2.5-1"));

    [Scenarios(nameof(Numbers))]
    public Task FirstNumbers(KeyedForm form) => NumbersStartAtOne(form, "RFC4302-2.5-1");

    public static IEnumerable<ScenarioCase> LastNumbers => Forms.Select(form => NearTheLastNumber(form).Case(
        "AH-KEYED-OVERFLOW", "nothing is sent after number 2^32 - 1", "RFC4302-3.3.2-1", "RFC4302-2.5-5"));

    [Scenarios(nameof(LastNumbers))]
    public Task LastNumber(KeyedForm form) => NothingIsSentAfterTheLastNumber(form, "RFC4302-3.3.2-1", "RFC4302-2.5-5");

    public static IEnumerable<ScenarioCase> Headers => Forms.Select(form => form.Case(
        "AH-KEYED-HEADER", "the AH sent is announced as 51, has a reserved field of zero and the least padding", "RFC4302-2-1", "RFC4302-2.3-1", "RFC4302-2.6-1"));

    [Scenarios(nameof(Headers))]
    public async Task HeaderIsAsItShouldBe(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var reply = await Tester.Ping(session);
        if (reply is null)
            Context.Inconclusive("no echo reply");
        IpView.TryParse(reply!.Packet, out var view, out _);
        Context.Check("RFC4302-2-1", view.Protocol == IpProtocol.Ah, "protocol 51 before AH", $"{view.Protocol}");
        AhView.TryParse(reply.Packet.AsSpan(view.TransportOffset), out var ah, out _);
        Context.Check("RFC4302-2.3-1", ah.Reserved == 0, "reserved 0", $"{ah.Reserved}");
        var alignment = view.IsIpv6 ? 8 : 4;
        var least = (AhView.FixedSize + 16 + alignment - 1) / alignment * alignment;
        Context.Check("RFC4302-2.6-1", ah.HeaderLength == least, $"{least} octets of AH: a multiple of {alignment}, and no more", $"{ah.HeaderLength}");
    }

    private static readonly IntegrityId[] Algorithms =
    [
        IntegrityId.HmacMd5_96, IntegrityId.HmacSha1_96, IntegrityId.HmacSha256_128, IntegrityId.HmacSha384_192, IntegrityId.HmacSha512_256, IntegrityId.AesXcbc_96, IntegrityId.AesCmac_96,
    ];

    public static IEnumerable<ScenarioCase> AllAlgorithms =>
        from algorithm in Algorithms
        from form in KeyedForm.Of(ManualLayer.Ah with { Integrity = algorithm }, $"AH with {algorithm}")
        where form.Word is "X4" or "T66"
        select (form with { Word = $"{$"{algorithm}".Replace("_", "", StringComparison.Ordinal).ToUpperInvariant()}-{form.Word}" })
            .Case("AH-KEYED-ALGORITHM", "an echo goes and comes", "RFC4302-3.4.4-1");

    [Scenarios(nameof(AllAlgorithms))]
    public async Task EchoGoesAndComes(KeyedForm form)
    {
        var session = await Tester.Key(form.Setup);
        var answered = 0;
        for (var round = 0; round < 5 && answered < 2; round++)
            if (await Tester.Ping(session, 100 + round) is not null)
                answered++;
        Context.Check("RFC4302-3.4.4-1", answered == 2, "two echo replies whose ICVs are right", $"{answered}");
        await MustBeDiscarded(session, "RFC4302-3.4.4-1", "a wrong ICV", packet => session.Seal(packet, new() { FlipIcv = true }));
    }

    [Scenario("AH-KEYED-OPTIONS-001", "AH, transport mode: a router alert option that changes is noticed, a record route may fill up", Needs =
    [
        Implementations.Capability.Ah, Implementations.Capability.TransportMode,
    ])]
    [Covers("RFC4302-3.4.4-1", "RFC4302-5-1")]
    public async Task Ipv4OptionsAreCoveredByTheirKind()
    {
        var session = await Tester.KeyWorking(new() { Layers = [ManualLayer.AhTransport] });
        var association = session.ToImplementation[0];

        var echo = Seal([Ipv4OptionType.RecordRoute, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0], packet =>
        {
            packet[22] = 8;
            packet[23] = 192;
        });
        Context.Check("RFC4302-5-1", await Tester.EchoReply(session, echo, Tester.ResponseTime) is not null, "a reply although a router recorded its address", "none");
        echo = Seal([Ipv4OptionType.RouterAlert, 4, 0, 0], _ => { });
        Context.Check("RFC4302-5-1", await Tester.EchoReply(session, echo, Tester.ResponseTime) is not null, "a reply to a packet with a router alert", "none");
        echo = Seal([Ipv4OptionType.RouterAlert, 4, 0, 0], packet => packet[23] = 1);
        await Tester.ExpectNoReply(echo, "RFC4302-3.4.4-1", "no reply: the router alert was changed");
        await StillCarries(session);

        ushort Seal(byte[] options, Action<byte[]> change)
        {
            var number = Tester.NewEcho(session, out var packet);
            var headers = new byte[20 + options.Length];
            packet.AsSpan(0, 20).CopyTo(headers);
            options.CopyTo(headers, 20);
            headers[0] = (byte)(0x40 | headers.Length / 4);
            headers[9] = IpProtocol.Ah;
            association.SequenceNumber++;
            var sent = association.Around(headers, packet.AsSpan(20), IpProtocol.Icmp);
            change(sent);
            IpHeader.SetLength(sent);
            Tester.SendPacket(sent, $"option {options[0]}: ICMP echo request {number}");
            return number;
        }
    }

    [Scenario("AH-KEYED-OPTIONS-002", "AH, transport mode, IPv6: an option that may change en route may, one that may not is noticed", Needs =
    [
        Implementations.Capability.Ah, Implementations.Capability.TransportMode, Implementations.Capability.Ipv6,
    ])]
    [Covers("RFC4302-3.4.4-1", "RFC4302-5-1")]
    public async Task Ipv6OptionsAreCoveredByTheirBit()
    {
        var session = await Tester.KeyWorking(new() { Layers = [ManualLayer.AhTransport], InnerIpv6 = true, OuterIpv6 = true });
        var association = session.ToImplementation[0];
        // Types 0x1e and 0x3e are for experiments (RFC 4727): skipped by who doesn't know them; the second may change en route.
        foreach (var (type, changed, answered) in new[] { ((byte)0x3e, false, true), ((byte)0x3e, true, true), ((byte)0x1e, false, true), ((byte)0x1e, true, false) })
        {
            var number = Tester.NewEcho(session, out var packet);
            byte[] headers = [.. packet.AsSpan(0, 40), IpProtocol.Ah, 0, type, 4, 1, 2, 3, 4];
            headers[6] = IpProtocol.Ipv6DestinationOptions;
            association.SequenceNumber++;
            var sent = association.Around(headers, packet.AsSpan(40), IpProtocol.Icmpv6);
            if (changed)
                BinaryPrimitives.WriteUInt32BigEndian(sent.AsSpan(44), 0x09080706);
            var what = $"destination option {type:x2}{(changed ? ", its data changed" : "")}";
            Tester.SendPacket(sent, $"{what}: ICMP echo request {number}");
            if (answered)
                Context.Check("RFC4302-5-1", await Tester.EchoReply(session, number, Tester.ResponseTime) is not null, $"a reply: {what}", "none");
            else
                await Tester.ExpectNoReply(number, "RFC4302-3.4.4-1", $"no reply: {what}");
        }
        await StillCarries(session);
    }
}
