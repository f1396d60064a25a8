using System.Collections.Immutable;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Architecture;

/// <summary>What is made of ICMP errors, unprotected and protected ones, as the path MTU shows it (RFC 4301 sections 6 and 8.2, RFC 4303 and 4302 section 3.3.4).</summary>
public sealed class PathMtu : KeyedScenario
{
    // Fits an Ethernet link with every form of tunnel around it, and no path of the MTUs below.
    private const int Size = 1312;

    // What an inner packet of the MTU gets around it at most.
    private const int MostAround = 80;

    private const byte FragmentationNeeded = 3, PacketTooBig = 2;

    private const ushort EchoService = 7, Port = 4000;

    private static readonly ImmutableArray<KeyedForm> Tunnels =
    [
        .. KeyedForm.Of(ManualLayer.Esp, "ESP").Where(form => form.IsTunnel),
        .. KeyedForm.Of(ManualLayer.Ah, "AH").Where(form => form.IsTunnel).Select(form => form with { Word = $"AH-{form.Word}" }),
    ];

    /// <summary>End to end: the packets that are too large are the host's own.</summary>
    private static readonly ImmutableArray<KeyedForm> EndToEnd =
    [
        .. KeyedForm.Of(ManualLayer.Esp, "ESP").Where(form => !form.IsTunnel),
        .. KeyedForm.Of(ManualLayer.Ah, "AH").Where(form => !form.IsTunnel).Select(form => form with { Word = $"AH-{form.Word}" }),
    ];

    private static string SenderRequirement(KeyedForm form) => form.Word.StartsWith("AH-", StringComparison.Ordinal) ? "RFC4302-3.3.4-2" : "RFC4303-3.3.4-2";

    public static IEnumerable<ScenarioCase> Unprotected => Tunnels.Concat(EndToEnd).Select(form => Accepting(form).Case(
        "ARCH-PMTU", "told to believe unprotected ICMP, it sends no larger packets than a router said", [.. new[] { "RFC4301-8.2.1-2", "RFC4301-6.1.1-1", SenderRequirement(form) }, .. form.Setup.InnerIpv6 ? [] : new[] { "RFC4301-8.2.1-4" }]));

    [Scenarios(nameof(Unprotected))]
    public async Task UnprotectedErrorIsBelieved(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var mtu = OuterMtu(form);
        var reply = await LargeReply(session, mtu);
        SendUnprotected(session, reply, mtu);
        var (answered, largest) = await Afterwards(session, mtu);
        if (IpView.TryParse(reply.Inner!, out var inner, out _) && inner is { IsIpv6: false, DontFragment: false })
            Context.Check("RFC4301-8.2.1-4", answered, "its replies, which may be fragmented, in fragments that fit", "none");
        Context.Check("RFC4301-6.1.1-1", largest <= mtu, $"no packet of more than {mtu} octets: it was told to accept such messages", $"one of {largest}");
        Context.Check("RFC4301-8.2.1-2", answered, $"a reply all the same, in packets of at most {mtu} octets", "none");
        Context.Check(SenderRequirement(form), answered, "who makes the packets heard of the path MTU", "none came that fits it");
    }

    public static IEnumerable<ScenarioCase> Refused => Tunnels.Where(form => !form.Word.StartsWith("AH-", StringComparison.Ordinal)).Select(form => form.Case(
        "ARCH-PMTU-REFUSED", "told not to believe unprotected ICMP, it goes on as before", "RFC4301-6.1.1-1"));

    [Scenarios(nameof(Refused))]
    public async Task UnprotectedErrorIsRefused(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var mtu = OuterMtu(form);
        SendUnprotected(session, await LargeReply(session, mtu), mtu);
        await CheckUnmoved(session, mtu, "RFC4301-6.1.1-1", "it was told not to accept such messages");
    }

    public static IEnumerable<ScenarioCase> Protected => Tunnels.Select(form => form.Case(
        "ARCH-PMTU-PROTECTED", "an ICMP error that comes on an SA for all traffic counts like other traffic", "RFC4301-6.2-2", "RFC4301-6.2-1"));

    [Scenarios(nameof(Protected))]
    public async Task ErrorOnAnSaForAllIsBelieved(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var mtu = InnerMtu(form);
        var reply = await LargeReply(session, mtu + MostAround);
        var error = Testing.Tester.TooBigPacket(session.Own, session.Peer, reply.Inner!, mtu);
        Tester.SendPacket(session.Seal(error), $"under the SA, of its own echo reply: too big for {mtu} octets");
        var (answered, largest) = await Afterwards(session, mtu + MostAround);
        Context.Check("RFC4301-6.2-2", answered && largest <= mtu + MostAround, $"a reply in packets of at most {mtu} octets inside", answered ? $"{largest} octets outside" : "none");
        Context.Check("RFC4301-6.2-1", answered, "what an entry explicitly carries is not inspected", "refused");
    }

    public static IEnumerable<ScenarioCase> Inspected => Tunnels.Where(form => form.Setup.InnerIpv6 == form.Setup.OuterIpv6).SelectMany(form => new[]
    {
        OnlyUdp(form).Case("ARCH-ICMP-ABOUT", "on an SA for UDP, an ICMP error about UDP of that SA is believed", "RFC4301-6.2-4"),
        (OnlyUdp(form) with { Word = $"OTHER-{form.Word}" }).Case(
            "ARCH-ICMP-ABOUT", "on an SA for UDP, an ICMP error about what the SA does not carry is discarded", "RFC4301-6.2-5", "RFC4301-6.2-1"),
    });

    [Scenarios(nameof(Inspected))]
    public async Task ErrorIsHeldAgainstTheSaByWhatItIsAbout(KeyedForm form)
    {
        var session = await Tester.Key(form.Setup);
        var mtu = InnerMtu(form);
        if (await UdpReply(session, mtu + MostAround) is not { } reply)
        {
            Context.Inconclusive("preamble: no UDP echo of full size through the SAs");
            return;
        }
        if (!form.Word.StartsWith("OTHER-", StringComparison.Ordinal))
        {
            Tester.SendPacket(session.Seal(Testing.Tester.TooBigPacket(session.Own, session.Peer, reply.Inner!, mtu)), $"under the SA, of its own UDP: too big for {mtu} octets");
            var fits = false;
            for (var attempt = 0; !fits && attempt < 3; attempt++)
                fits = await UdpFits(session, mtu + MostAround);
            Context.Check("RFC4301-6.2-4", fits, $"UDP in packets of at most {mtu} octets inside", "larger ones, or none");
            return;
        }
        var ipv6 = form.Setup.InnerIpv6;
        byte[] echo = [(byte)(ipv6 ? 129 : 0), 0, 0, 0, 0x1c, 0xf0, 0, 1, .. new byte[1300]];
        var about = Testing.Tester.IpPacket(session.Peer, session.Own, ipv6 ? IpProtocol.Icmpv6 : IpProtocol.Icmp, echo);
        Tester.SendPacket(session.Seal(Testing.Tester.TooBigPacket(session.Own, session.Peer, about, mtu)), $"under the SA for UDP, of an ICMP echo reply: too big for {mtu} octets");
        var unmoved = await UdpReply(session, mtu + MostAround) is not null;
        Context.Check("RFC4301-6.2-5", unmoved, "UDP of full size as before: the error is not passed on", "smaller packets, or none");
        Context.Check("RFC4301-6.2-1", unmoved, "what is inside the error is checked, as no entry carries it by itself", "it was believed");
    }

    /// <summary>The reply to a large echo request, which must come in a packet larger than this.</summary>
    private async Task<ReceivedProtected> LargeReply(ManualSession session, int least)
    {
        var before = Context.Recorder.LastFrame;
        var reply = await Tester.Ping(session, Size);
        if (reply is null || Tester.LargestReceived(before) <= least)
            Context.Inconclusive($"preamble: no echo reply in a packet of more than {least} octets");
        return reply!;
    }

    /// <summary>Whether a large echo is answered within the size, and the largest packet that came; who learns by discarding loses one first.</summary>
    private async Task<(bool Answered, int Largest)> Afterwards(ManualSession session, int mtu)
    {
        var (answered, largest) = (false, 0);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var before = Context.Recorder.LastFrame;
            answered = await Tester.Ping(session, Size) is not null;
            largest = Tester.LargestReceived(before);
            if (answered && largest <= mtu)
                return (true, largest);
        }
        return (answered, largest);
    }

    private async Task CheckUnmoved(ManualSession session, int mtu, string requirement, string why)
    {
        var before = Context.Recorder.LastFrame;
        var answered = await Tester.Ping(session, Size) is not null;
        var largest = Tester.LargestReceived(before);
        Context.Check(requirement, answered && largest > mtu, $"a packet of more than {mtu} octets as before: {why}", answered ? $"{largest} octets" : "no reply");
    }

    private void SendUnprotected(ManualSession session, ReceivedProtected about, int mtu)
    {
        var parameters = session.ToImplementation[^1].Parameters;
        Tester.SendPacket(
            Testing.Tester.TooBigPacket(parameters.Source, parameters.Destination, about.Packet, mtu), $"in clear, of its own protected packet: too big for {mtu} octets");
    }

    private async Task<ReceivedProtected?> UdpReply(ManualSession session, int least)
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var before = Context.Recorder.LastFrame;
            if (await EchoOfUdp(session) is { } reply)
                return Tester.LargestReceived(before) > least ? reply : null;
        }
        return null;
    }

    private async Task<bool> UdpFits(ManualSession session, int most)
    {
        var before = Context.Recorder.LastFrame;
        return await EchoOfUdp(session) is not null && Tester.LargestReceived(before) <= most;
    }

    private Task<ReceivedProtected?> EchoOfUdp(ManualSession session)
    {
        var data = Tester.Random.Bytes(Size);
        Tester.SendPacket(session.Seal(Testing.Tester.UdpPacket(session.Own, session.Peer, Port, EchoService, data)), $"UDP of {Size} octets");
        return Tester.ReceiveInside(session, inside => inside.AsSpan().EndsWith(data));
    }

    private static KeyedForm Accepting(KeyedForm form) =>
        form with { Setup = form.Setup with { UnprotectedIcmpErrors = [form.Setup.OuterIpv6 ? PacketTooBig : FragmentationNeeded] } };

    private static KeyedForm OnlyUdp(KeyedForm form) => form with { Setup = form.Setup with { Protocol = IpProtocol.Udp } };

    /// <summary>IPv6 inside takes no less than 1280.</summary>
    private static int OuterMtu(KeyedForm form) => !(form.Setup.InnerIpv6 || form.Setup.OuterIpv6) ? 1000 : form.IsTunnel ? 1400 : 1300;

    private static int InnerMtu(KeyedForm form) => form.Setup.InnerIpv6 ? 1280 : 1000;
}
