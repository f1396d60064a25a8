using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>INFORMATIONAL exchanges: liveness and deletion (RFC 7296 section 1.4).</summary>
public sealed class Informational : ScenarioFixture
{
    [Scenario("IKEV2-INFO-001", "An empty INFORMATIONAL request is answered")]
    [Covers("RFC7296-1.4-4")]
    public async Task EmptyRequestIsAnswered()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational), "RFC7296-1.4-4");
        Context.Check("RFC7296-1.4-4", response.IsProtected && response.AnyError is null, "a protected response without error", response.Summary);
    }

    [Scenario("IKEV2-INFO-002", "The tester initiated or answered, either end may check liveness", Needs = [Capability.Initiator])]
    [Covers("RFC7296-1.4-4", "RFC7296-3.1-13")]
    public async Task OriginalResponderMayAsk()
    {
        await Context.Configure(new());
        var session = await Tester.BeEstablished();
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational), "RFC7296-1.4-4");
        Context.Check("RFC7296-3.1-13", response.Header.IsFromInitiator && response.IsProtected, "protected, Initiator flag set by the original initiator", $"{response.Header.Flags}: {response.Summary}");
    }

    [Scenario("IKEV2-DELETE-001", "A delete of the child SA is answered with a delete of its other half")]
    [Covers("RFC7296-1.4.1-1", "RFC7296-1.4.1-3", "RFC7296-3.11-3")]
    public async Task ChildDeleteIsAnswered()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var child = session.Children[0];
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational, DeletePayload.Esp(child.InboundSpi)), "RFC7296-1.4.1-3");
        var delete = response.Find<DeletePayload>();
        Context.Check(
            "RFC7296-1.4.1-1", delete is { Protocol: ProtocolId.Esp } && delete.Spis.Contains(DeletePayload.Esp(child.OutboundSpi).Spis[0]),
            $"D(ESP {child.OutboundSpi:x8})", response.Summary);
        Context.Check("RFC7296-3.11-3", delete!.SpiSize == 4, "SPI size 4", $"{delete.SpiSize}");
        await Tester.ExpectNoChild("RFC7296-1.4.1-3");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-DELETE-002", "A delete of the IKE SA is answered, and the IKE SA and its child are gone")]
    [Covers("RFC7296-1.4-4", "RFC7296-1.4.1-3")]
    public async Task IkeDeleteIsAnswered()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational, DeletePayload.IkeSa), "RFC7296-1.4-4");
        var after = Tester.Send(session, ExchangeType.Informational);
        await Tester.ExpectNone<ReceivedIke>(
            received => received.IsProtected && received.Header.MessageId == after.Header.MessageId, "RFC7296-1.4.1-3", "no protected response on the deleted IKE SA");
        await Tester.ExpectNoChild("RFC7296-1.4.1-3");
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-DELETE-003", "Told to terminate, it sends a delete of the IKE SA")]
    [Covers("RFC7296-2.4-11", "RFC7296-3.11-3")]
    public async Task TerminationIsAnnounced()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        Context.Recorder.Command("terminate");
        await Iut.Terminate(Context.Cancellation);
        DeletePayload? ike = null;
        // Children first, one exchange each, is legal; each is answered on the way.
        while (ike is null && await Tester.Receive<ReceivedIke>(
            received => received.Session == session && received.Find<DeletePayload>() is not null && !received.Header.IsResponse, Tester.ResponseTime) is { } request)
        {
            ike = request.Payloads.OfType<DeletePayload>().FirstOrDefault(delete => delete.Protocol == ProtocolId.Ike);
            Tester.Respond(request);
        }
        Context.Check("RFC7296-2.4-11", ike is not null, "INFORMATIONAL request: SK{D(IKE)}", "none");
        Context.Check("RFC7296-3.11-3", ike!.SpiSize == 0 && ike.Spis.IsEmpty, "SPI size 0 and no SPIs", $"{ike.SpiSize}, {ike.Spis.Length}");
    }
}
