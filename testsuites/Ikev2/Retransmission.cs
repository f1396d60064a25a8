using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Retransmission in both roles (RFC 7296 sections 2.1 and 2.4).</summary>
public sealed class Retransmission : Ikev2Scenario
{
    [Scenario("IKEV2-RETRANSMIT-001", "A retransmitted IKE_SA_INIT request is answered with the same octets")]
    [Covers("RFC7296-2.1-2", "RFC7296-2.1-4")]
    public async Task RepeatedInitRequestGetsTheSameResponse()
    {
        await Context.Configure(new());
        var session = Tester.NewSession();
        await SameAgain(Tester.SendInit(session, session.InitRequestPayloads()));
    }

    [Scenario("IKEV2-RETRANSMIT-002", "A retransmitted IKE_AUTH request is answered with the same octets")]
    [Covers("RFC7296-2.1-2", "RFC7296-2.1-4")]
    public async Task RepeatedAuthRequestGetsTheSameResponse()
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        await SameAgain(Tester.Send(session, ExchangeType.IkeAuth, session.AuthRequestPayloads(out _)));
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-RETRANSMIT-003", "A retransmitted INFORMATIONAL request is answered with the same octets")]
    [Covers("RFC7296-2.1-2", "RFC7296-2.1-4")]
    public async Task RepeatedInformationalRequestGetsTheSameResponse()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await SameAgain(Tester.Send(session, ExchangeType.Informational));
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-RETRANSMIT-004", "An IKE_SA_INIT request that nobody answers is retransmitted, bit by bit the same", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.1-6", "RFC7296-2.1-7", "RFC7296-2.2-1")]
    public async Task UnansweredInitRequestIsRepeated()
    {
        await Context.Configure(new());
        var first = await Tester.AwaitInitiation();
        if (first is null)
            Context.Inconclusive("told to initiate, it sent no IKE_SA_INIT request");
        await RepeatedUnchanged(first!, Tester.IsInitRequest);
    }

    [Scenario("IKEV2-RETRANSMIT-005", "An IKE_AUTH request that nobody answers is retransmitted, bit by bit the same", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.1-6", "RFC7296-2.1-7", "RFC7296-2.2-1")]
    public async Task UnansweredAuthRequestIsRepeated()
    {
        await Context.Configure(new());
        var first = await Tester.AwaitAuthRequest();
        await RepeatedUnchanged(first, received => received.IsAuthRequestOf(first.Session!));
    }

    [Scenario("IKEV2-RETRANSMIT-006", "The intervals between retransmissions grow", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.4-8")]
    public async Task IntervalsGrow()
    {
        await Context.Configure(new());
        var sent = new List<ReceivedIke>();
        if (await Tester.AwaitInitiation() is { } first)
            sent.Add(first);
        // Three intervals of a doubling timer that starts below the response time end within fifteen of them.
        while (sent.Count is > 0 and < 4 && await Tester.Receive<ReceivedIke>(Tester.IsInitRequest, Tester.ResponseTime * 8) is { } next)
            sent.Add(next);
        if (sent.Count < 4)
            Context.Inconclusive($"{sent.Count} transmissions seen, three intervals are needed");
        var intervals = sent.Zip(sent.Skip(1), (one, other) => (other.Time - one.Time).TotalSeconds).ToList();
        // The RFC leaves the first interval and the factor open, and timers are jittered: no interval is clearly shorter than the one before, and they do grow.
        var grows = intervals.Zip(intervals.Skip(1), (one, other) => other >= 0.8 * one).All(keeps => keeps) && intervals[^1] >= 1.5 * intervals[0];
        Context.Check("RFC7296-2.4-8", grows, "intervals that grow", string.Join(", ", intervals.Select(interval => $"{interval:F3} s")));
    }

    [Scenario("IKEV2-RETRANSMIT-007", "A retransmitted CREATE_CHILD_SA request is answered with the same octets, and makes one child SA")]
    [Covers("RFC7296-2.1-2", "RFC7296-2.1-4")]
    public async Task RepeatedChildRequestGetsTheSameResponse()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await SameAgain(Tester.SendChildRequest(session, out _));
        var own = (await Iut.SecurityAssociations(Context.Cancellation)).Select(sa => sa.InboundSpi).Distinct().Count();
        Context.Check("RFC7296-2.1-2", own <= 2, "the child SA of IKE_AUTH, and one more", $"{own}");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-RETRANSMIT-008", "A retransmitted rekeying of a child SA is answered with the same octets")]
    [Covers("RFC7296-2.1-2", "RFC7296-2.1-4")]
    public async Task RepeatedChildRekeyingGetsTheSameResponse()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await SameAgain(Tester.SendChildRequest(session, out _, session.Children[0]));
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-RETRANSMIT-009", "A retransmitted rekeying of the IKE SA is answered with the same octets")]
    [Covers("RFC7296-2.1-2", "RFC7296-2.1-4")]
    public async Task RepeatedIkeRekeyingGetsTheSameResponse()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await SameAgain(Tester.Send(session, ExchangeType.CreateChildSa, session.IkeRekeyRequestPayloads(Tester.NewHeir(session, isInitiator: true))));
        await Tester.ProbeLiveness(session);
    }

    public static IEnumerable<ScenarioCase> Orders => new[] { (SaOrder.RekeyChild, Capability.OrderRekeyChild), (SaOrder.RekeyIke, Capability.OrderRekeyIke), (SaOrder.DeleteChild, Capability.OrderDeleteChild) }
        .Select(one => new ScenarioCase(
            $"IKEV2-RETRANSMIT-{one.Item1.ToString().ToUpperInvariant()}", $"Told to {Name(one.Item1)}, it repeats its request while nobody answers, bit by bit the same", one.Item1,
            ["RFC7296-2.1-6", "RFC7296-2.1-7", "RFC7296-2.2-1"], [one.Item2]));

    [Scenarios(nameof(Orders))]
    public async Task UnansweredOrderedRequestIsRepeated(SaOrder order)
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var exchange = Exchange(order);
        var first = await Tester.AwaitOrdered(session, order, exchange);
        await RepeatedUnchanged(first, received => Tester.IsRequest(received, session, exchange));
    }

    [Scenario("IKEV2-RETRANSMIT-010", "Its IKE_SA_INIT request is not repeated once it is answered", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.1-6")]
    public async Task AnsweredInitRequestIsNotRepeated()
    {
        await Context.Configure(new());
        var init = await Tester.AwaitInitiation();
        if (init is null)
            Context.Inconclusive("told to initiate, it sent no IKE_SA_INIT request");
        if (Tester.AnswerInit(init!) is null)
            Context.Inconclusive("its IKE_SA_INIT request can't be answered");
        await NotRepeated(init!);
    }

    [Scenario("IKEV2-RETRANSMIT-011", "Its IKE_AUTH request is not repeated once it is answered", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.1-6")]
    public async Task AnsweredAuthRequestIsNotRepeated()
    {
        await Context.Configure(new());
        var auth = await Tester.AwaitAuthRequest();
        if (Tester.AnswerAuth(auth) is { } trouble)
            Context.Inconclusive($"IKE_AUTH can't be answered: {trouble}");
        await NotRepeated(auth);
    }

    public static IEnumerable<ScenarioCase> AnsweredOrders => new[] { (SaOrder.RekeyChild, Capability.OrderRekeyChild), (SaOrder.RekeyIke, Capability.OrderRekeyIke), (SaOrder.DeleteChild, Capability.OrderDeleteChild) }
        .Select(one => new ScenarioCase(
            $"IKEV2-RETRANSMIT-END-{one.Item1.ToString().ToUpperInvariant()}", $"Told to {Name(one.Item1)}, it does not repeat its request once that is answered", one.Item1, ["RFC7296-2.1-6"], [one.Item2]));

    [Scenarios(nameof(AnsweredOrders))]
    public async Task AnsweredOrderedRequestIsNotRepeated(SaOrder order)
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, order, Exchange(order));
        if (order == SaOrder.RekeyChild)
            Tester.AnswerChild(request);
        else if (order == SaOrder.RekeyIke)
            Tester.AnswerIkeRekey(request);
        else
            Tester.Respond(request, DeletePayload.Esp(session.Children[0].InboundSpi));
        await NotRepeated(request);
    }

    private static ExchangeType Exchange(SaOrder order) => order == SaOrder.DeleteChild ? ExchangeType.Informational : ExchangeType.CreateChildSa;

    private static string Name(SaOrder order) => order switch
    {
        SaOrder.RekeyChild => "rekey the child SA",
        SaOrder.RekeyIke => "rekey the IKE SA",
        _ => "delete the child SA",
    };

    private async Task NotRepeated(ReceivedIke request)
    {
        var again = await Tester.Receive<ReceivedIke>(received => received.Octets == request.Octets, Tester.ResponseTime * 2);
        Context.Check("RFC7296-2.1-6", again is null, "nothing of that request after its response", again?.Summary ?? "");
    }

    private async Task SameAgain(SentIke request)
    {
        var first = await Tester.ResponseTo(request);
        if (first is null)
            Context.Inconclusive($"preamble: no response to {request.Summary}");
        // As a real initiator would, more than once: one that comes while the response is still on its way out may be dropped as any packet may.
        ReceivedIke? second = null;
        for (var attempt = 0; second is null && attempt < 3; attempt++)
        {
            Tester.SendAgain(request);
            second = await Tester.ResponseTo(request, Tester.ResponseTime / 2);
        }
        Context.Check("RFC7296-2.1-4", second is not null, $"the response to {request.Summary} again", "nothing, to three retransmissions");
        Context.Check("RFC7296-2.1-2", second!.Octets == first!.Octets, "the response, bit by bit", $"first {first.Octets}, second {second.Octets}");
    }

    private async Task RepeatedUnchanged(ReceivedIke first, Func<ReceivedIke, bool> isRequest)
    {
        // Not answered: the tester stays silent on purpose.
        Tester.IsCourteous = false;
        var second = await Tester.Receive<ReceivedIke>(isRequest, Tester.ResponseTime * 2);
        Context.Check("RFC7296-2.1-6", second is not null, $"{first.Summary}, again", "nothing");
        Context.Check("RFC7296-2.2-1", second!.Header.MessageId == first.Header.MessageId, $"message id {first.Header.MessageId}", $"{second.Header.MessageId}");
        Context.Check("RFC7296-2.1-7", second.Octets == first.Octets, "the request, bit by bit", $"first {first.Octets}, second {second.Octets}");
    }
}
