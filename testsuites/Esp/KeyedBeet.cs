using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Esp;

/// <summary>What a receiver of BEET packets does (RFC 7402 appendices B.1.6 and B.1.7).</summary>
public sealed class KeyedBeet : KeyedScenario
{
    private const int IcvLength = 16;

    private static readonly ManualLayer Beet = ManualLayer.Esp with { Mode = IpsecMode.Beet };

    private static readonly ImmutableArray<KeyedForm> Forms =
    [
        new("B44", "ESP in BEET mode, IPv4 over IPv4", new() { Layers = [Beet] }),
        new("B46", "ESP in BEET mode, IPv4 over IPv6", new() { Layers = [Beet], OuterIpv6 = true }),
        new("B64", "ESP in BEET mode, IPv6 over IPv4", new() { Layers = [Beet], InnerIpv6 = true }),
        new("B66", "ESP in BEET mode, IPv6 over IPv6", new() { Layers = [Beet], InnerIpv6 = true, OuterIpv6 = true }),
    ];

    public static IEnumerable<ScenarioCase> Packets => Forms.Select(form => form.Case(
        "ESP-KEYED-BEET", "what travelled without its header gets one with the SA's addresses, and what was changed is discarded",
        "RFC7402-B.1.6-1", "RFC7402-B.1.6-2", "RFC7402-B.1.6-3"));

    [Scenarios(nameof(Packets))]
    public async Task HeaderIsMadeAnew(KeyedForm form)
    {
        var session = await Tester.Key(form.Setup);
        ReceivedProtected? reply = null;
        for (var attempt = 0; reply is null && attempt < 3; attempt++)
            reply = await Tester.Ping(session, 100);
        Context.Check("RFC7402-B.1.6-3", reply is not null, "a reply: the request was for the SA's inner address, and from the other", "none");
        var datagram = Testing.Tester.UdpPacket(session.Own, session.Peer, 4000, 7, Tester.Random.Bytes(24));
        Tester.SendPacket(session.Seal(datagram), "UDP to port 7, its checksum over the inner addresses");
        var echo = await Tester.ReceiveInside(session, inside => inside.AsSpan().EndsWith(datagram.AsSpan(^24..)));
        Context.Check("RFC7402-B.1.6-3", echo is not null, "an echo: the checksum was right over the addresses given back", "none");
        await MustBeDiscarded(session, "RFC7402-B.1.6-1", "one bit of the ciphertext changed", packet =>
        {
            var sent = session.Seal(packet);
            sent[^(IcvLength + 1)] ^= 1;
            return sent;
        });
        await MustBeDiscarded(session, "RFC7402-B.1.6-2", "one bit of the ICV changed", packet => session.Seal(packet, new() { FlipIcv = true }));
    }

    public static IEnumerable<ScenarioCase> Options =>
        from form in Forms
        where !form.Setup.InnerIpv6
        from length in new[] { 4, 8, 12, 40 }
        select (form with { Word = $"{length}-{form.Word}", Setup = form.Setup }).Case(
            "ESP-KEYED-BEETOPTIONS", $"the pseudo header that carries {length} octets of IPv4 options is taken off", "RFC7402-B.1.7-5");

    [Scenarios(nameof(Options))]
    public async Task PseudoHeaderIsTakenOff(KeyedForm form)
    {
        const byte noOperation = 1;
        var length = int.Parse(form.Word.Split('-')[0], System.Globalization.CultureInfo.InvariantCulture);
        var session = await Tester.KeyWorking(form.Setup);
        await MustBeAnswered(session, "RFC7402-B.1.7-5", $"{length} octets of no-operation options", packet =>
        {
            byte[] withOptions = [.. packet.AsSpan(0, Ipv4View.MinimumHeaderLength), .. Enumerable.Repeat(noOperation, length), .. packet.AsSpan(Ipv4View.MinimumHeaderLength)];
            withOptions[0] = (byte)(0x40 | (Ipv4View.MinimumHeaderLength + length) / 4);
            IpHeader.SetLength(withOptions);
            return session.Seal(withOptions);
        });
        await StillCarries(session);
    }
}
