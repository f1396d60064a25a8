using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Message ids and the window (RFC 7296 sections 2.2 and 2.3).</summary>
public sealed class MessageIds : ScenarioFixture
{
    [Scenario("IKEV2-MSGID-001", "Each request is answered under its own message id")]
    [Covers("RFC7296-1.4-4", "RFC7296-3.1-10", "RFC7296-3.1-13")]
    public async Task ResponsesCarryTheRequestsId()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        for (var round = 0; round < 3; round++)
        {
            var request = Tester.Send(session, ExchangeType.Informational);
            var response = await Tester.Receive<ReceivedIke>(received => received.Session == session && received.Header.IsResponse, Tester.ResponseTime);
            Context.Check("RFC7296-1.4-4", response is not null, $"a response to {request.Summary}", "nothing");
            Context.Check("RFC7296-3.1-10", response!.Header.MessageId == request.Header.MessageId && response.IsProtected, $"protected, message id {request.Header.MessageId}", response.Summary);
            Context.Check("RFC7296-3.1-13", !response.Header.IsFromInitiator, "Initiator flag clear", $"{response.Header.Flags}");
        }
    }

    [Scenario("IKEV2-MSGID-002", "A request whose message id is outside the window is not acknowledged, and the next one in order is")]
    [Covers("RFC7296-2.3-8", "RFC7296-1.4-4")]
    public async Task SkippedIdIsNotAcknowledged()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var far = Tester.SendMessage(session, session.Header(ExchangeType.Informational, session.NextRequestId + 100), []);
        await Tester.ExpectNone<ReceivedIke>(
            received => received.Header.IsResponse && received.Header.MessageId == far.Header.MessageId, "RFC7296-2.3-8", "no response to a request far outside the window");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-MSGID-003", "An IKE_AUTH response with a wrong message id is ignored, and the right one is accepted", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.1-6", "RFC7296-1.2-2")]
    public async Task ResponseWithWrongIdIsIgnored()
    {
        await Context.Configure(new());
        var auth = await Tester.AwaitAuthRequest();
        var session = auth.Session!;
        Tester.SendMessage(session, session.Header(ExchangeType.IkeAuth, auth.Header.MessageId + 7, isResponse: true), [new NotifyPayload(NotifyType.AuthenticationFailed)]);
        var again = await Tester.Receive<ReceivedIke>(received => received.IsAuthRequestOf(session), Tester.ResponseTime * 2);
        Context.Check("RFC7296-2.1-6", again is not null, "the IKE_AUTH request again, as its response is still missing", "nothing");
        var trouble = Tester.AnswerAuth(again!);
        Context.Check("RFC7296-1.2-2", trouble is null, "IDi and an AUTH that verifies", trouble ?? "");
        await Tester.ProbeLiveness(session);
    }
}
