using System.Buffers.Binary;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>How many requests are under way at once, and what responses are kept (RFC 7296 sections 2.1 to 2.3).</summary>
public sealed class Windows : Ikev2Scenario
{
    private static readonly ConnectionPolicy OfFour = new() { WindowSize = 4 };

    [Scenario("IKEV2-WINDOW-001", "A window of four is announced in four octets, and four requests in any order are answered, and answered again", Needs = [Capability.WindowAboveOne])]
    [Covers("RFC7296-2.3-1", "RFC7296-2.3-7", "RFC7296-2.3-8", "RFC7296-2.1-2")]
    public async Task WindowOfFour()
    {
        await Context.Configure(OfFour);
        var session = await HalfOpen();
        var (response, child) = await Authenticate(session);
        if (response is null || session.TakeAuthResponse(response, child) is not null)
            Context.Inconclusive("preamble: IKE_AUTH failed");
        var announced = response!.Notify(NotifyType.SetWindowSize);
        Context.Check("RFC7296-2.3-1", announced is { Data.Length: 4 } && BinaryPrimitives.ReadUInt32BigEndian(announced.Data.Span) == 4, "N(SET_WINDOW_SIZE) with 4 in four octets", $"{announced?.Data}");
        var first = session.NextRequestId;
        var outside = Tester.SendMessage(session, session.Header(ExchangeType.Informational, first + 4), []);
        var sent = new List<(SentIke Request, ReceivedIke? Response)>();
        foreach (var ahead in new uint[] { 3, 1, 0, 2 })
        {
            var request = Tester.SendMessage(session, session.Header(ExchangeType.Informational, first + ahead), []);
            sent.Add((request, await Tester.ResponseTo(request, Tester.ResponseTime)));
            Context.Check("RFC7296-2.3-7", sent[^1].Response is not null, $"a response to {request.Summary}", "nothing");
            if (ahead == 3)
                Context.Check("RFC7296-2.3-8", await Tester.ResponseTo(outside, TimeSpan.FromMilliseconds(10)) is null, "no response to the fifth, outside the window", "a response");
        }
        foreach (var (request, before) in sent)
        {
            Tester.SendAgain(request);
            var again = await Tester.ResponseTo(request, Tester.ResponseTime);
            Context.Check("RFC7296-2.1-2", again?.Octets == before!.Octets, $"the response to {request.Summary} again, bit by bit", Text(again));
        }
        session.NextRequestId = first + 4;
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-WINDOW-002", "Requests are answered while one of its own is under way", Needs = [Capability.OrderDeleteChild])]
    [Covers("RFC7296-2.3-4")]
    public async Task BothWays()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await Tester.AwaitOrdered(session, SaOrder.DeleteChild, ExchangeType.Informational);
        for (var round = 0; round < 3; round++)
            Context.Check("RFC7296-2.3-4", await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational)) is { IsProtected: true }, "a response to a liveness check", "nothing");
    }

    [Scenario("IKEV2-WINDOW-003", "Without a window it has one request under way, whatever it is told to do", Needs = [Capability.OrderRekeyChild, Capability.OrderCheckLiveness])]
    [Covers("RFC7296-2.3-2", "RFC7296-2.3-5", "RFC7296-2.3-6")]
    public async Task OneAtATime()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var first = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        await Tester.Order(SaOrder.CheckLiveness);
        await Tester.Order(SaOrder.CheckLiveness);
        await Tester.ExpectNone<ReceivedIke>(
            received => received.Session == session && !received.Header.IsResponse && received.Header.MessageId != first.Header.MessageId, "RFC7296-2.3-5", "no second request before the first is answered");
        Tester.AnswerChild(first);
        var second = await Tester.Receive<ReceivedIke>(received => received.Session == session && !received.Header.IsResponse && received.Header.MessageId != first.Header.MessageId, Tester.ResponseTime);
        Context.Check("RFC7296-2.3-6", second?.Header.MessageId == first.Header.MessageId + 1, $"request {first.Header.MessageId + 1} after the response", Text(second));
        Tester.Hold(second!);
        await Tester.ExpectNone<ReceivedIke>(
            received => received.Session == session && !received.Header.IsResponse && received.Header.MessageId > second!.Header.MessageId, "RFC7296-2.3-2", "no third request before the second is answered");
    }

    [Scenario("IKEV2-WINDOW-004", "With a window of two granted, it has two requests under way and not three", Needs = [Capability.OrderCreateChild, Capability.OrderCheckLiveness, Capability.WindowAboveOne])]
    [Covers("RFC7296-2.3-5", "RFC7296-2.3-6")]
    public async Task TwoAtATime()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        var (response, child) = await Authenticate(session, payloads => payloads.Add(new NotifyPayload(NotifyType.SetWindowSize, new byte[] { 0, 0, 0, 2 })));
        if (response is null || session.TakeAuthResponse(response, child) is not null)
            Context.Inconclusive("preamble: IKE_AUTH failed");
        foreach (var order in new[] { SaOrder.CreateChild, SaOrder.CheckLiveness, SaOrder.CheckLiveness })
            await Tester.Order(order);
        Tester.IsCourteous = false;
        var seen = new List<ReceivedIke>();
        while (await Tester.Receive<ReceivedIke>(received => received.Session == session && !received.Header.IsResponse && seen.All(other => other.Octets != received.Octets), Iut.Topology.SilenceTime) is { } next)
            seen.Add(next);
        Context.Check("RFC7296-2.3-5", seen.Count <= 2, "two requests at most", string.Join("; ", seen.Select(request => request.Summary)));
        if (seen.Count < 2)
            return;
        // Request X waits for the response to X-2, not for that to X-1.
        Tester.Respond(seen[1]);
        await Tester.ExpectNone<ReceivedIke>(
            received => received.Session == session && !received.Header.IsResponse && received.Header.MessageId > 1, "RFC7296-2.3-6", "request 2 waits for the response to request 0");
    }

    [Scenario("IKEV2-WINDOW-005", "Requests far outside the window make no flood of INVALID_MESSAGE_ID")]
    [Covers("RFC7296-2.3-9")]
    public async Task InvalidMessageIdIsLimited()
    {
        const int count = 60;
        await Context.Configure(new());
        var session = await Tester.Establish();
        for (uint index = 0; index < count; index++)
            Tester.SendMessage(session, session.Header(ExchangeType.Informational, session.NextRequestId + 500 + index), []);
        var told = new HashSet<uint>();
        while (await Tester.Receive<ReceivedIke>(received => received.Notify(NotifyType.InvalidMessageId) is not null, Iut.Topology.SilenceTime) is { } complaint)
        {
            Context.Check("RFC7296-2.3-9", !complaint.Header.IsResponse, "if anything, a request", complaint.Summary);
            told.Add(complaint.Header.MessageId);
            Tester.Respond(complaint);
        }
        Context.Check("RFC7296-2.3-9", told.Count < count, $"fewer than {count} complaints", $"{told.Count}");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-WINDOW-006", "A response is not repeated of its own accord")]
    [Covers("RFC7296-2.1-1")]
    public async Task ResponseIsSentOnce()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var request = Tester.Send(session, ExchangeType.Informational);
        if (await Tester.ResponseTo(request, Tester.ResponseTime) is null)
            Context.Inconclusive("no response");
        var again = await Tester.Receive<ReceivedIke>(received => received.Header.IsResponse && received.Session == session, Tester.ResponseTime * 3);
        Context.Check("RFC7296-2.1-1", again is null, "one response to one request", Text(again));
    }

    [Scenario("IKEV2-WINDOW-007", "A repeated request older than the window gets its response as it was, or nothing")]
    [Covers("RFC7296-2.1-5")]
    public async Task ForgottenResponse()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var old = Tester.Send(session, ExchangeType.Informational, DeletePayload.Esp(session.Children[0].InboundSpi));
        var before = await Tester.ResponseTo(old);
        for (var round = 0; round < 3; round++)
            await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational));
        Tester.SendAgain(old);
        var again = await Tester.ResponseTo(old, Iut.Topology.SilenceTime);
        Context.Check("RFC7296-2.1-5", again is null || again.Octets == before?.Octets, "nothing, or the response as it was", Text(again));
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-WINDOW-008", "A request is kept until it is answered: after three lost ones the fourth answered makes the SAs", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.1-3", "RFC7296-2.1-6", "RFC7296-2.1-7")]
    public async Task RequestIsKept()
    {
        await Context.Configure(new());
        var first = await Tester.AwaitAuthRequest();
        for (var lost = 0; lost < 3; lost++)
        {
            var again = await Tester.Receive<ReceivedIke>(received => received.IsAuthRequestOf(first.Session!), Tester.ResponseTime * 8);
            Context.Check("RFC7296-2.1-6", again is not null, $"{first.Summary} again", "nothing");
            Context.Check("RFC7296-2.1-7", again!.Octets == first.Octets, "bit by bit", again.Summary);
        }
        var trouble = Tester.AnswerAuth(first);
        Context.Check("RFC7296-2.1-3", trouble is null && await Tester.Carries(first.Session!.Children[0]), "it still knows what it asked", trouble ?? "no echo reply in ESP");
    }
}
