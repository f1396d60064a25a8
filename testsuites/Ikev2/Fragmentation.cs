using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>IKE messages in fragments (RFC 7383).</summary>
[Needs(Capability.IkeFragmentation)]
public sealed class Fragmentation : Ikev2Scenario
{
    private const int Room = 60;

    private static readonly ConnectionPolicy Small = new() { FragmentSize = 140 };

    /// <summary>With two certificates of the implementation's: more than an Ethernet takes at once.</summary>
    private static CertificatePolicy Long => new TestCertificates(intermediates: 1).Policy("RSA");

    [Scenario("IKEV2-FRAGMENT-001", "Offered fragmentation, it says that it can as well: type 16430, protocol 0, no SPI")]
    [Covers("RFC7383-2.3-1", "RFC7383-2.3-2", "RFC7383-2.3-3")]
    public async Task Announcement()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        session.OffersFragmentation = true;
        var response = await Tester.ResponseTo(Tester.SendInit(session, session.InitRequestPayloads()));
        var notify = response?.Notify((NotifyType)16430);
        Context.Check("RFC7383-2.3-3", notify is not null, "N(IKEV2_FRAGMENTATION_SUPPORTED)", Text(response));
        Context.Check("RFC7383-2.3-1", notify!.Protocol == ProtocolId.None, "protocol 0", $"{notify.Protocol}");
        Context.Check("RFC7383-2.3-2", notify.Spi.IsEmpty && notify.Data.IsEmpty, "neither SPI nor data", $"{notify.Spi} {notify.Data}");
    }

    [Scenario("IKEV2-FRAGMENT-002", "Without the tester's word for it, no message comes in fragments, however long")]
    [Covers("RFC7383-2.4-1")]
    public async Task NotWithoutAgreement()
    {
        await Context.Configure(Small);
        var session = await HalfOpen();
        var (response, child) = await Authenticate(session);
        var trouble = response is null ? "nothing" : session.TakeAuthResponse(response, child);
        Context.Check("RFC7383-2.4-1", trouble is null && response!.Message?.Find<EncryptedPayload>() is not null, "the IKE_AUTH response in one SK payload", trouble ?? Text(response));
    }

    [Scenario("IKEV2-FRAGMENT-003", "A long response comes in fragments numbered from 1, under the original header")]
    [Covers("RFC7383-2.4-2", "RFC7383-2.5.1-1", "RFC7383-2.5-1", "RFC7383-2.5-2", "RFC7383-2.5-3", "RFC7383-2.5-4", "RFC7383-2.5-5", "RFC7383-2.5-6", "RFC7383-2.5-7")]
    public async Task LongResponse()
    {
        await Context.Configure(Small);
        var session = await HalfOpen(session => session.OffersFragmentation = true);
        var payloads = session.AuthRequestPayloads(out _);
        var request = Tester.Send(session, ExchangeType.IkeAuth, payloads);
        var fragments = await AllFragments();
        Context.Check("RFC7383-2.4-2", fragments.Count > 1, $"its IKE_AUTH response in fragments: it was told that no more than {Small.FragmentSize} octets fit", "whole");
        if (fragments.Count < 2)
            Context.Inconclusive("its IKE_AUTH response is not fragmented");
        Context.Check(
            "RFC7383-2.5.1-1", fragments.All(fragment => fragment.Octets.Length <= Small.FragmentSize), $"fragments of at most {Small.FragmentSize} octets",
            string.Join(' ', fragments.Select(fragment => fragment.Octets.Length)));
        var total = fragments[0].Fragment!.Total;
        Context.Check("RFC7383-2.5-6", total == fragments.Count && total > 0, $"a total of {fragments.Count}", $"{total}");
        var numbers = fragments.Select(fragment => (int)fragment.Fragment!.Number).ToList();
        Context.Check("RFC7383-2.5-5", numbers.Order().SequenceEqual(Enumerable.Range(1, total)), $"numbers 1 to {total}", string.Join(' ', numbers));
        Context.Check("RFC7383-2.5-4", numbers.All(number => number <= total), "numbers up to the total", string.Join(' ', numbers));
        Context.Check("RFC7383-2.5-2", fragments[0].Fragment!.FirstInner == PayloadType.IdentificationResponder, "IDr as the first fragment's next payload", $"{fragments[0].Fragment!.FirstInner}");
        Context.Check("RFC7383-2.5-3", fragments.Skip(1).All(fragment => fragment.Fragment!.FirstInner == PayloadType.None), "next payload 0 in the others", string.Join(' ', fragments.Select(fragment => fragment.Fragment!.FirstInner)));
        Context.Check(
            "RFC7383-2.5-7", fragments.All(fragment => fragment.Header with { Length = 0, NextPayload = 0 } == session.Header(ExchangeType.IkeAuth, request.Header.MessageId) with { Flags = IkeFlags.Response }),
            "the response's header in each", string.Join("; ", fragments.Select(fragment => fragment.Header)));
        Context.Check(
            "RFC7383-2.5-1", fragments.All(fragment => IkeMessage.TryParse(fragment.Octets.Span, out var message, out _) && message.Payloads[^1] is EncryptedFragmentPayload),
            "the Encrypted Fragment payload last", "not");
    }

    [Scenario("IKEV2-FRAGMENT-004", "An IKE_AUTH request in fragments establishes the SAs")]
    [Covers("RFC7383-2.6.1-1")]
    public Task InOrder() => Reassembled(fragments => [.. fragments]);

    [Scenario("IKEV2-FRAGMENT-005", "An IKE_AUTH request in fragments, the last one first, establishes the SAs")]
    [Covers("RFC7383-2.6.1-1")]
    public Task Reversed() => Reassembled(fragments => [.. fragments.Reverse()]);

    [Scenario("IKEV2-FRAGMENT-006", "Fragments that come twice are dropped, and the message gets whole")]
    [Covers("RFC7383-2.6-2")]
    public Task Repeated() => Reassembled(fragments => [fragments[0], fragments[0], fragments[1], fragments[0], fragments[1], .. fragments.Skip(2)], "RFC7383-2.6-2");

    public static IEnumerable<ScenarioCase> BadNumbers =>
        from one in new (string Name, ushort Number, ushort Total)[] { ("ZERO", 0, 3), ("ABOVE", 9, 3), ("NOTOTAL", 1, 0), ("ZEROOFZERO", 0, 0), ("SMALLERTOTAL", 1, 1) }
        select new ScenarioCase(
            $"IKEV2-FRAGMENT-NUMBER-{one.Name}", $"A fragment {one.Number} of {one.Total} amid a message is dropped in silence, and the message gets whole", (one.Number, one.Total), ["RFC7383-2.6-1"], []);

    [Scenarios(nameof(BadNumbers))]
    public async Task BadNumber((ushort Number, ushort Total) given)
    {
        await Context.Configure(new());
        var session = await Tester.Establish(offersFragmentation: true);
        MustTakeFragments(session);
        var header = session.Header(ExchangeType.CreateChildSa, session.NextRequestId++);
        var payloads = session.ChildRequestPayloads(out _);
        var right = Tester.Fragments(session, header, payloads, Room);
        Tester.SendFragment(session, header, right[0], $"fragment 1 of {right.Length}");
        Tester.SendFragment(session, header, session.OwnProtection.SealFragment(header, PayloadType.None, given.Number, given.Total, new byte[20]), $"fragment {given.Number} of {given.Total}");
        await Tester.ExpectNone<ReceivedIke>(received => received.Header.IsResponse, "RFC7383-2.6-1", "no answer to it");
        await GetsWhole(session, header, right, 1, "RFC7383-2.6-1");
    }

    [Scenario("IKEV2-FRAGMENT-007", "A fragment with a wrong ICV is dropped in silence, and the message gets whole")]
    [Covers("RFC7383-2.6-3")]
    public async Task BadIcv()
    {
        await Context.Configure(new());
        var session = await Tester.Establish(offersFragmentation: true);
        MustTakeFragments(session);
        var header = session.Header(ExchangeType.CreateChildSa, session.NextRequestId++);
        var payloads = session.ChildRequestPayloads(out _);
        var right = Tester.Fragments(session, header, payloads, Room);
        byte[] wrong = [.. right[0]];
        wrong[^1] ^= 1;
        Tester.SendFragment(session, header, wrong, "fragment 1 with a wrong ICV");
        await Tester.ExpectNone<ReceivedIke>(received => received.Header.IsResponse, "RFC7383-2.6-3", "no answer to it");
        await GetsWhole(session, header, right, 0, "RFC7383-2.6-3");
    }

    [Scenario("IKEV2-FRAGMENT-008", "A fragment with a larger total starts the reassembly anew")]
    [Covers("RFC7383-2.6-4")]
    public async Task LargerTotal()
    {
        await Context.Configure(new());
        var session = await Tester.Establish(offersFragmentation: true);
        MustTakeFragments(session);
        var header = session.Header(ExchangeType.CreateChildSa, session.NextRequestId++);
        var payloads = session.ChildRequestPayloads(out _);
        var coarse = Tester.Fragments(session, header, payloads, Room);
        var fine = Tester.Fragments(session, header, payloads, Room / 2);
        for (var index = 0; index + 1 < coarse.Length; index++)
            Tester.SendFragment(session, header, coarse[index], $"fragment {index + 1} of {coarse.Length}");
        await GetsWhole(session, header, fine, 0, "RFC7383-2.6-4");
    }

    [Scenario("IKEV2-FRAGMENT-009", "Fragments that don't get whole in time are dropped: the missing one alone, minutes later, makes no message", Needs = [Capability.SkipsTime])]
    [Covers("RFC7383-2.6-5")]
    public async Task Late()
    {
        await Context.Configure(new());
        var session = await Tester.Establish(offersFragmentation: true);
        MustTakeFragments(session);
        var header = session.Header(ExchangeType.CreateChildSa, session.NextRequestId++);
        var payloads = session.ChildRequestPayloads(out _);
        var fragments = Tester.Fragments(session, header, payloads, Room);
        for (var index = 0; index + 1 < fragments.Length; index++)
            Tester.SendFragment(session, header, fragments[index], $"fragment {index + 1} of {fragments.Length}");
        await Pass(TimeSpan.FromMinutes(5));
        Tester.SendFragment(session, header, fragments[^1], $"fragment {fragments.Length} of {fragments.Length}");
        await Tester.ExpectNone<ReceivedIke>(received => received.Header.IsResponse && received.Header.MessageId == header.MessageId, "RFC7383-2.6-5", "no response");
        await GetsWhole(session, header, fragments, 0, "RFC7383-2.6-5");
    }

    [Scenario("IKEV2-FRAGMENT-010", "Of a repeated request only the first fragment brings the response again")]
    [Covers("RFC7383-2.6.1-2")]
    public async Task RepeatedRequest()
    {
        await Context.Configure(new());
        var session = await Tester.Establish(offersFragmentation: true);
        MustTakeFragments(session);
        var header = session.Header(ExchangeType.CreateChildSa, session.NextRequestId++);
        var payloads = session.ChildRequestPayloads(out _);
        var fragments = Tester.Fragments(session, header, payloads, Room);
        await GetsWhole(session, header, fragments, 0, "RFC7383-2.6.1-2");
        for (var index = 1; index < fragments.Length; index++)
            Tester.SendFragment(session, header, fragments[index], $"fragment {index + 1} again");
        await Tester.ExpectNone<ReceivedIke>(received => received.Header.IsResponse && received.Header.MessageId == header.MessageId, "RFC7383-2.6.1-2", "no response to later fragments");
        var again = await Tester.ResponseTo(Tester.SendFragment(session, header, fragments[0], "fragment 1 again"), Tester.ResponseTime);
        Context.Check("RFC7383-2.6.1-2", again is { IsProtected: true }, "the response to the first fragment", Text(again));
    }

    [Scenario("IKEV2-FRAGMENT-011", "An INFORMATIONAL request in fragments is answered as one that is whole")]
    [Covers("RFC7296-1.4-4")]
    public async Task Informational()
    {
        await Context.Configure(new());
        var session = await Tester.Establish(offersFragmentation: true);
        MustTakeFragments(session);
        var header = session.Header(ExchangeType.Informational, session.NextRequestId++);
        await GetsWhole(session, header, Tester.Fragments(session, header, [new NotifyPayload((NotifyType)40980, new byte[3 * Room])], Room), 0, "RFC7296-1.4-4");
    }

    [Scenario("IKEV2-FRAGMENT-012", "A liveness check that comes whole is answered whole")]
    [Covers("RFC7383-2.4-4", "RFC7383-2.4-5")]
    public async Task ShortMessagesAreWhole()
    {
        await Context.Configure(new());
        var session = await Tester.Establish(offersFragmentation: true);
        MustTakeFragments(session);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational));
        foreach (var requirement in new[] { "RFC7383-2.4-4", "RFC7383-2.4-5" })
            Context.Check(requirement, IsWhole(response), "an empty response in one SK payload", Text(response));
    }

    [Scenario("IKEV2-FRAGMENT-013", "Once IKE_AUTH came in fragments, so does a long CREATE_CHILD_SA response")]
    [Covers("RFC7383-2.4-3")]
    public async Task FragmentsGoOn()
    {
        await Context.Configure(Small);
        var session = await HalfOpen(session => session.OffersFragmentation = true);
        var (response, child) = await Authenticate(session);
        if (response is null || session.TakeAuthResponse(response, child) is not null || IsWhole(response))
            Context.Inconclusive("its IKE_AUTH response is not fragmented");
        var next = await Tester.ResponseTo(Tester.SendChildRequest(session, out _));
        if (next?.Find<SecurityAssociationPayload>() is null)
            Context.Inconclusive($"no further child SA: {Text(next)}");
        Context.Check("RFC7383-2.4-3", !IsWhole(next), "a response in fragments", "a whole one");
    }

    [Scenario("IKEV2-FRAGMENT-014", "Told nothing of the path, it makes fragments of at most 576 octets of IPv4", Needs = [Capability.CertificateAuthentication])]
    [Covers("RFC7383-2.5.1-4")]
    public async Task FragmentsWhereNothingIsKnown()
    {
        const int threshold = 576, headers = 20 + 8;
        await Context.Configure(new() { OuterIpv6 = false, Certificates = new TestCertificates().Policy("RSA") });
        var session = await HalfOpen(session => session.OffersFragmentation = true);
        MustTakeFragments(session);
        Tester.Send(session, ExchangeType.IkeAuth, session.AuthRequestPayloads(out _));
        var fragments = await AllFragments();
        Context.Check(
            "RFC7383-2.5.1-4", fragments.Count > 0 && fragments.All(fragment => fragment.Octets.Length + headers <= threshold),
            $"its IKE_AUTH response, a certificate in it, in datagrams of at most {threshold} octets",
            fragments.Count == 0 ? "no fragments" : string.Join(' ', fragments.Select(fragment => fragment.Octets.Length + headers)));
    }

    [Scenario("IKEV2-FRAGMENT-015", "Told nothing of the path, it makes fragments of at most 1280 octets of IPv6", Needs = [Capability.CertificateAuthentication, Capability.CertificateChains, Capability.Ipv6])]
    [Covers("RFC7383-2.5.1-3")]
    public async Task FragmentsOfIpv6WhereNothingIsKnown()
    {
        const int threshold = 1280, headers = 40 + 8;
        await Context.Configure(new() { OuterIpv6 = true, Certificates = Long });
        var session = await HalfOpen(session => session.OffersFragmentation = true);
        MustTakeFragments(session);
        Tester.Send(session, ExchangeType.IkeAuth, session.AuthRequestPayloads(out _));
        var fragments = await AllFragments();
        Context.Check(
            "RFC7383-2.5.1-3", fragments.Count > 1 && fragments.All(fragment => fragment.Octets.Length + headers <= threshold),
            $"its IKE_AUTH response, two certificates in it, in datagrams of at most {threshold} octets",
            fragments.Count == 0 ? "no fragments" : string.Join(' ', fragments.Select(fragment => fragment.Octets.Length + headers)));
    }

    public static IEnumerable<ScenarioCase> TooBigCases =>
        from ipv6 in new[] { false, true }
        select new ScenarioCase(
            $"IKEV2-FRAGMENT-PROBE-00{(ipv6 ? 3 : 2)}",
            $"{(ipv6 ? "ICMPv6 Packet Too Big" : "ICMP Fragmentation Needed")} about a fragment of its request: it stops sending in that size and goes on in one that fits, in more fragments",
            ipv6, ["RFC7383-2.5.2-6", "RFC7383-2.5.2-7"],
            [Capability.FragmentProbing, Capability.Initiator, Capability.CertificateAuthentication, Capability.CertificateChains, .. ipv6 ? ImmutableArray.Create(Capability.Ipv6) : []]);

    [Scenarios(nameof(TooBigCases))]
    public async Task TooBig(bool ipv6)
    {
        // What an Ethernet takes, then what the router says, and what is guessed, some time later, if nobody says anything.
        const int link = 1500, path = 1300, guess = 600, ethernetHeader = 14;
        var headers = (ipv6 ? 40 : 20) + 8;
        await Context.Configure(new() { OuterIpv6 = ipv6, Certificates = Long, FragmentSize = link - headers, FragmentProbes = [guess - headers] });
        var init = await Tester.AwaitInitiation();
        var session = init is null ? null : Tester.AnswerInit(init, session => session.OffersFragmentation = true);
        var first = session is null ? null : await Tester.Receive<ReceivedFragment>(received => received.Session == session, Tester.ResponseTime);
        if (first?.Fragment is null)
            Context.Inconclusive("its IKE_AUTH request is not fragmented");
        var packet = Context.Recorder.Frames[first!.Frame - 1].Octets[ethernetHeader..];
        Tester.SendPacket(Testing.Tester.TooBigPacket(session!.Local.Address, session.Remote.Address, packet, path), $"ICMP: too big, the next link takes {path} octets");
        ReceivedIke? whole = null;
        var next = new List<ReceivedFragment>();
        while (whole is null && await Tester.Receive<Received>(
            received => received is ReceivedFragment { Fragment: { } fragment } && fragment.Total != first.Fragment!.Total || received is ReceivedIke ike && ike.IsAuthRequestOf(session) && next.Count > 0,
            Tester.ResponseTime) is { } received)
        {
            whole = received as ReceivedIke;
            if (received is ReceivedFragment fragment)
                next.Add(fragment);
        }
        Context.Check("RFC7383-2.5.2-6", next.Count > 0, "its request in other fragments", "nothing");
        if (next.Count == 0)
            return;
        Context.Check("RFC7383-2.5.2-7", next.All(fragment => fragment.Fragment!.Total > first.Fragment!.Total), $"more than {first.Fragment!.Total} of them", $"{next[0].Fragment!.Total}");
        Context.Check(
            "RFC7383-2.5.2-6", next.All(fragment => fragment.Octets.Length + headers <= path), $"datagrams of at most {path} octets",
            string.Join(' ', next.Select(fragment => fragment.Octets.Length + headers)));
        Context.Check("RFC7383-2.5.2-6", next[0].Time - first.Time < TimeSpan.FromSeconds(0.4), "at once", $"after {(next[0].Time - first.Time).TotalSeconds} s");
        var trouble = whole is null ? "it did not get whole" : Tester.AnswerAuth(whole);
        Context.Check("RFC7383-2.5.2-6", trouble is null, "the whole request", trouble ?? "");
        Context.Check("RFC7383-2.5.2-6", await Tester.Carries(session.Children[0]), "traffic over the child SA", "no echo reply in ESP");
    }

    private async Task<List<ReceivedFragment>> AllFragments()
    {
        var fragments = new List<ReceivedFragment>();
        while (await Tester.Receive<ReceivedFragment>(_ => true, fragments.Count == 0 ? Tester.ResponseTime : Iut.Topology.SilenceTime) is { } fragment)
            fragments.Add(fragment);
        return fragments;
    }

    private static bool IsWhole(ReceivedIke? message) => message?.Message?.Find<EncryptedPayload>() is not null;

    [Scenario(
        "IKEV2-FRAGMENT-PROBE-001", "Told to find the size that gets through, it sends an unanswered request in smaller and smaller fragments, in each exchange, and goes on with the smallest",
        Needs = [Capability.FragmentProbing, Capability.OrderRekeyChild])]
    [Covers("RFC7383-2.5.2-2", "RFC7383-2.5.2-3", "RFC7383-2.5.2-4", "RFC7383-2.5.2-5")]
    public async Task SmallerFragmentsAreTried()
    {
        await Context.Configure(new() { FragmentSize = 160, FragmentProbes = [120, 95] });
        var session = await Tester.Establish(offersFragmentation: true);
        MustTakeFragments(session);

        var first = await Transmissions(seen => seen[^1].Total > seen[0].Total && seen.Count(one => one.Total == seen[^1].Total) == 2);
        Context.Check("RFC7383-2.5.2-3", first[^1].Total > first[0].Total, "more and smaller fragments after a while", $"totals {Totals(first)}");
        Context.Check("RFC7383-2.5.2-3", first.Count(one => one.Total == first[0].Total) > 1, "several transmissions in the first size", $"totals {Totals(first)}");
        var again = first.FindIndex(one => one.Total > first[0].Total);
        var (wait, waitAgain) = (first[1].Time - first[0].Time, first[again + 1].Time - first[again].Time);
        Context.Check("RFC7383-2.5.2-4", waitAgain < 1.5 * wait, $"the first retransmission in the next size after about {wait.TotalSeconds} s again", $"{waitAgain.TotalSeconds} s");
        await Answer(session, "RFC7383-2.5.2-2");

        const int patience = 4;
        var second = await Transmissions(seen => seen[^1].Total > seen[0].Total && seen.Count(one => one.Total == seen[^1].Total) == patience);
        Context.Check("RFC7383-2.5.2-2", second[^1].Total > second[0].Total, "smaller fragments in the next exchange too", $"totals {Totals(second)}");
        var last = second.Count(one => one.Total == second[^1].Total);
        Context.Check("RFC7383-2.5.2-5", last == patience, "retransmissions in the smallest size, as of any request", $"{last} transmissions, totals {Totals(second)}");
        await Answer(session, "RFC7383-2.5.2-5");
    }

    private static string Totals(List<(DateTimeOffset Time, int Total)> transmissions) => string.Join(' ', transmissions.Select(one => one.Total));

    /// <summary>Has a child SA rekeyed and says nothing: when the request was sent, and in how many fragments, until there are enough or no more come.</summary>
    private async Task<List<(DateTimeOffset Time, int Total)>> Transmissions(Predicate<List<(DateTimeOffset Time, int Total)>> enough)
    {
        Tester.IsCourteous = false;
        var seen = new List<(DateTimeOffset Time, int Total)>();
        await Tester.Order(SaOrder.RekeyChild);
        while ((seen.Count == 0 || !enough(seen))
            && await Tester.Receive<ReceivedFragment>(received => received.Fragment is { Number: 1 } && received.Header.ExchangeType == ExchangeType.CreateChildSa, 4 * Tester.ResponseTime) is { } one)
            seen.Add((one.Time, one.Fragment!.Total));
        Tester.IsCourteous = true;
        if (seen.Count < 2)
            Context.Inconclusive("its CREATE_CHILD_SA request is not fragmented, or not sent again");
        return seen;
    }

    private async Task Answer(IkeSession session, string requirement)
    {
        var request = await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.CreateChildSa), 4 * Tester.ResponseTime);
        Context.Check(requirement, request is not null, "its request once more, whole", "nothing");
        var answer = session.AnswerChildRequest(request!, out var child, out var trouble);
        Context.Check(requirement, answer is not null, "a request for a child SA", trouble);
        Tester.Watch(child);
        Tester.Respond(request!, answer!.Value);
        Context.Check(requirement, await Tester.Carries(child), "the child SA of the answer carries traffic", "no echo reply");
    }

    private async Task Reassembled(Func<ImmutableArray<byte[]>, ImmutableArray<byte[]>> order, string requirement = "RFC7383-2.6.1-1")
    {
        await Context.Configure(new());
        var session = await HalfOpen(session => session.OffersFragmentation = true);
        MustTakeFragments(session);
        var payloads = session.AuthRequestPayloads(out var child);
        Tester.Watch(child);
        var header = session.Header(ExchangeType.IkeAuth, session.NextRequestId++);
        SentIke? sent = null;
        foreach (var octets in order(Tester.Fragments(session, header, payloads, Room)))
            sent = Tester.SendFragment(session, header, octets, "a fragment");
        var response = await Tester.ResponseTo(sent!, Tester.ResponseTime);
        var trouble = response is null ? "no response" : session.TakeAuthResponse(response, child);
        Context.Check(requirement, trouble is null && await Tester.Carries(child), "an IKE SA and a child SA that carries traffic", trouble ?? "no echo reply in ESP");
    }

    /// <summary>The rest of the fragments makes a message that is answered.</summary>
    private async Task GetsWhole(IkeSession session, IkeHeader header, ImmutableArray<byte[]> fragments, int from, string requirement)
    {
        SentIke? sent = null;
        for (var index = from; index < fragments.Length; index++)
            sent = Tester.SendFragment(session, header, fragments[index], $"fragment {index + 1} of {fragments.Length}");
        var response = await Tester.ResponseTo(sent!, Tester.ResponseTime);
        Context.Check(requirement, response is { IsProtected: true, AnyError: null }, "a response to the whole message", Text(response));
    }

    private void MustTakeFragments(IkeSession session)
    {
        if (!session.PeerTakesFragments)
            Context.Inconclusive("it has not said that it takes fragments");
    }
}
