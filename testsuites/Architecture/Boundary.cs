using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Architecture;

/// <summary>What crosses the boundary in clear (RFC 4301 sections 4.4.1, 5 and 5.2).</summary>
public sealed class Boundary : KeyedScenario
{
    private static readonly ImmutableArray<KeyedForm> Forms = KeyedForm.Of(ManualLayer.Esp, "ESP");

    public static IEnumerable<ScenarioCase> InClear => Forms.Select(form => form.Case(
        "ARCH-CLEAR", "what policy protects is discarded when it comes in clear", "RFC4301-5.2-2"));

    [Scenarios(nameof(InClear))]
    public async Task ProtectedTrafficInClearIsDiscarded(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var echo = Tester.NewEcho(session, out var packet);
        Tester.SendClear(packet, $"in clear: ICMP echo request {echo}");
        await Tester.ExpectNoReply(echo, "RFC4301-5.2-2", "no reply to what should have come protected");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> Answers => Forms.Select(form => form.Case(
        "ARCH-NOCLEAR", "no answer to protected traffic leaves in clear", "RFC4301-5-1"));

    [Scenarios(nameof(Answers))]
    public async Task NothingLeavesInClear(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        foreach (var size in new[] { 0, 1, 100, 1000 })
        {
            var echo = Tester.NewEcho(session, out var packet, size);
            Tester.SendPacket(session.Seal(packet), $"ICMP echo request {echo}, {size} octets");
            var answer = await Tester.Receive<Received>(received => received is ReceivedProtected { Inner: not null } or ReceivedClear, Tester.ResponseTime);
            Context.Check("RFC4301-5-1", answer is ReceivedProtected, "the answer under the SA", answer is null ? "none" : "in clear");
        }
    }

    public static IEnumerable<ScenarioCase> Unknown => Forms.Where(form => form.Word is "T44" or "T66").Select(form => form.Case(
        "ARCH-NOPOLICY", "what no policy matches is discarded, both ways", "RFC4301-5-2", "RFC4301-4.4.1-4", "RFC4301-4.4.1-5"));

    [Scenarios(nameof(Unknown))]
    public async Task WhatNoPolicyMatchesIsDiscarded(KeyedForm form)
    {
        var session = await Tester.KeyWorking(form.Setup);
        var (tester, iut) = Outer(form);
        var echo = Tester.NewEcho(tester, iut, out var packet);
        Tester.SendPacket(packet, $"in clear between outer addresses, for which there is no policy: ICMP echo request {echo}");
        var answer = await Tester.Receive<Received>(received => received is ReceivedClear or ReceivedProtected, Iut.Topology.SilenceTime);
        foreach (var requirement in new[] { "RFC4301-4.4.1-5", "RFC4301-5-2" })
            Context.Check(requirement, answer is null, "no reply where no policy is", answer is ReceivedProtected ? "one under the SA" : "one in clear");
        // An ICMP error would be an answer to it, too: it did not go past the policies.
        Tester.SendPacket(Testing.Tester.UdpPacket(tester, iut, 4000, 9, new byte[16]), "in clear between outer addresses: UDP to port 9, where nobody listens");
        await Tester.ExpectNone<Received>(received => received is ReceivedClear or ReceivedProtected, "RFC4301-4.4.1-4", "nothing at all where no inbound policy is");
        await StillCarries(session);
    }

    public static IEnumerable<ScenarioCase> Bypasses => Forms.Where(form => form.Word is "T44" or "T66").SelectMany(form => new[]
    {
        form.Case("ARCH-BYPASS", "what policy lets by passes in clear, both ways", "RFC4301-4.4.1-6", "RFC4301-6-1"),
        (form with { Word = $"DISCARD-{form.Word}" }).Case("ARCH-POLICY", "what policy discards is discarded", "RFC4301-4.4.1-6", "RFC4301-6-1"),
        (form with { Word = $"ORDER-{form.Word}" }).Case("ARCH-POLICY", "a DISCARD entry wins over a BYPASS entry that follows, though that one is narrower", "RFC4301-4.4.1-3"),
        (form with { Word = $"ORDER2-{form.Word}" }).Case("ARCH-POLICY", "a BYPASS entry wins over a DISCARD entry that follows", "RFC4301-4.4.1-3"),
        (form with { Word = $"ONEWAY-{form.Word}" }).Case("ARCH-POLICY", "BYPASS inbound alone lets no answer out", "RFC4301-5.2-10"),
        (form with { Word = $"OUTWARD-{form.Word}" }).Case("ARCH-POLICY", "BYPASS outbound alone lets nothing in", "RFC4301-5.2-1"),
    });

    [Scenarios(nameof(Bypasses))]
    public async Task ClearTrafficFollowsTheOrderedPolicies(KeyedForm form)
    {
        var (tester, iut) = Outer(form);
        TrafficSelector local = TrafficSelector.Range(iut, iut), remote = TrafficSelector.Range(tester, tester);
        ImmutableArray<ManualPolicy> Both(ManualAction action) => [new(TrafficDirection.Outbound, local, remote, action), new(TrafficDirection.Inbound, local, remote, action)];
        var icmp = form.Setup.OuterIpv6 ? IpProtocol.Icmpv6 : IpProtocol.Icmp;
        ImmutableArray<ManualPolicy> ForIcmp(ImmutableArray<ManualPolicy> entries) =>
            [.. entries.Select(entry => entry with { Local = entry.Local with { IpProtocol = icmp }, Remote = entry.Remote with { IpProtocol = icmp } })];
        var (policies, passes, requirement) = form.Word.Split('-')[0] switch
        {
            "DISCARD" => (Both(ManualAction.Discard), false, "RFC4301-4.4.1-6"),
            "ORDER" => ([.. Both(ManualAction.Discard), .. ForIcmp(Both(ManualAction.Bypass))], false, "RFC4301-4.4.1-3"),
            "ORDER2" => ([.. ForIcmp(Both(ManualAction.Bypass)), .. Both(ManualAction.Discard)], true, "RFC4301-4.4.1-3"),
            "ONEWAY" => ([new(TrafficDirection.Inbound, local, remote, ManualAction.Bypass)], false, "RFC4301-5.2-10"),
            "OUTWARD" => ([new(TrafficDirection.Outbound, local, remote, ManualAction.Bypass)], false, "RFC4301-5.2-1"),
            _ => (Both(ManualAction.Bypass), true, "RFC4301-4.4.1-6"),
        };
        var session = await Tester.KeyWorking(form.Setup with { Before = _ => policies });
        var echo = Tester.NewEcho(tester, iut, out var packet);
        Tester.SendPacket(packet, $"in clear between outer addresses: ICMP echo request {echo}");
        if (passes)
        {
            var reply = await Tester.Receive<ReceivedClear>(clear => IsReply(clear.Packet), Tester.ResponseTime);
            Context.Check(requirement, reply is not null, "a reply in clear", "none");
            if (requirement == "RFC4301-4.4.1-6")
                Context.Check("RFC4301-6-1", reply is not null, "ICMP that is no error passes as policy says", "it does not");
        }
        else
        {
            await Tester.ExpectNoReply(echo, requirement, "no reply");
            if (requirement == "RFC4301-4.4.1-6")
            {
                var again = Tester.NewEcho(tester, iut, out var repeated);
                Tester.SendPacket(repeated, $"once more in clear: ICMP echo request {again}");
                await Tester.ExpectNoReply(again, "RFC4301-6-1", "no reply: ICMP that is no error is discarded as policy says");
            }
        }
        await StillCarries(session);
    }

    private static bool IsReply(byte[] packet) =>
        IpView.TryParse(packet, out var view, out _)
        && (view.Protocol == IpProtocol.Icmp && view.Transport[0] == 0 || view.Protocol == IpProtocol.Icmpv6 && view.Transport[0] == 129);

    private (IPAddress Tester, IPAddress Iut) Outer(KeyedForm form) => form.Setup.OuterIpv6
        ? (Iut.Topology.Ipv6!.Tester, Iut.Topology.Ipv6.Iut)
        : (Iut.Topology.Tester, Iut.Topology.Iut);
}
