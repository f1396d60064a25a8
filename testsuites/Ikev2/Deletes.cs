using System.Buffers.Binary;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Deletes of each kind, and those that cross (RFC 7296 sections 1.4.1, 2.25, 3.11).</summary>
public sealed class Deletes : Ikev2Scenario
{
    [Scenario("IKEV2-DELETE-004", "A delete of a child SA that isn't there is answered without a delete, and the others stay")]
    [Covers("RFC7296-2.25.1-6", "RFC7296-1.4-4", "RFC7296-1.4.1-2")]
    public async Task UnknownChild()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational, DeletePayload.Esp(0x01020304)), "RFC7296-1.4-4");
        Context.Check("RFC7296-2.25.1-6", response.Find<DeletePayload>() is null && response.AnyError is null, "no Delete payload, no error", response.Summary);
        Context.Check("RFC7296-1.4.1-2", await Tester.Carries(session.Children[0]), "the child SA carries traffic", "no echo reply in ESP");
    }

    [Scenario("IKEV2-DELETE-005", "A delete names what its sender receives on: the receiver's own inbound SPI deletes nothing")]
    [Covers("RFC7296-1.4.1-2")]
    public async Task OwnSpiOfTheReceiver()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational, DeletePayload.Esp(session.Children[0].OutboundSpi)));
        Context.Check("RFC7296-1.4.1-2", await Tester.Carries(session.Children[0]), "the child SA carries traffic", "no echo reply in ESP");
    }

    [Scenario("IKEV2-DELETE-006", "A delete of two child SAs at once is answered with deletes of both")]
    [Covers("RFC7296-1.4.1-3", "RFC7296-3.11-1", "RFC7296-3.11-2")]
    public async Task TwoAtOnce()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var second = await Tester.CreateChild(session);
        var first = session.Children[0];
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational, DeletePayload.Esp(first.InboundSpi, second.InboundSpi)), "RFC7296-1.4.1-3");
        Context.Check("RFC7296-3.11-1", Names(response, first.OutboundSpi) && Names(response, second.OutboundSpi), $"D(ESP {first.OutboundSpi:x8} {second.OutboundSpi:x8})", response.Summary);
        Context.Check("RFC7296-3.11-2", response.Payloads.OfType<DeletePayload>().All(delete => delete.Protocol == ProtocolId.Esp), "deletes of ESP alone", response.Summary);
        await Tester.ExpectNoChild("RFC7296-1.4.1-3");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-DELETE-007", "Told to delete the child SA, it names its own inbound SPI, and keeps the IKE SA", Needs = [Capability.OrderDeleteChild])]
    [Covers("RFC7296-1.4.1-2", "RFC7296-3.11-1", "RFC7296-3.11-3", "RFC7296-1.4-2", "RFC7296-1.4.1-3")]
    public async Task ChildDeleteOfItsOwn()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.DeleteChild, ExchangeType.Informational);
        var deletes = request.Payloads.OfType<DeletePayload>().ToList();
        Context.Check("RFC7296-1.4.1-2", Names(request, session.Children[0].OutboundSpi), $"D(ESP {session.Children[0].OutboundSpi:x8})", request.Summary);
        Context.Check("RFC7296-3.11-1", deletes is [{ Protocol: ProtocolId.Esp, Spis.Length: 1 }], "one SPI, of ESP", request.Summary);
        Context.Check("RFC7296-3.11-3", deletes[0].SpiSize == 4, "SPI size 4", $"{deletes[0].SpiSize}");
        Context.Check("RFC7296-1.4-2", request.Header.MessageId == 0, "its first request on the IKE SA", request.Summary);
        Tester.Respond(request, DeletePayload.Esp(session.Children[0].InboundSpi));
        await Tester.ExpectNoChild("RFC7296-1.4.1-3");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-DELETE-008", "When deletes of the same child SA cross, the response does not name it again, and it is gone", Needs = [Capability.OrderDeleteChild])]
    [Covers("RFC7296-1.4.1-4", "RFC7296-1.4.1-5", "RFC7296-2.25.1-4", "RFC7296-2.3-4")]
    public async Task CrossingDeletes()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.DeleteChild, ExchangeType.Informational);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational, DeletePayload.Esp(session.Children[0].InboundSpi)));
        Context.Check("RFC7296-2.3-4", response is not null, "an answer while its own request is under way", "nothing");
        Context.Check("RFC7296-1.4.1-5", !Names(response!, session.Children[0].OutboundSpi), "no Delete payload for it", response!.Summary);
        Context.Check("RFC7296-2.25.1-4", response.AnyError is null, "no error", response.Summary);
        Tester.Respond(request);
        await Tester.ExpectNoChild("RFC7296-1.4.1-4");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-DELETE-009", "When deletes of the IKE SA cross, the response comes all the same", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.25.2-4", "RFC7296-1.4-4")]
    public async Task CrossingIkeDeletes()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await AwaitOwnDelete(session);
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational, DeletePayload.IkeSa), "RFC7296-1.4-4");
        Context.Check("RFC7296-2.25.2-4", response is { IsProtected: true, AnyError: null }, "a response without error", response.Summary);
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-DELETE-010", "The SPI of a child SA that is half closed is not given to another", Needs = [Capability.OrderDeleteChild])]
    [Covers("RFC7296-1.4.1-6")]
    public async Task HalfClosedSpiIsNotReused()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await Tester.AwaitOrdered(session, SaOrder.DeleteChild, ExchangeType.Informational);
        for (var round = 0; round < 5; round++)
        {
            var response = await Tester.ResponseTo(Tester.SendChildRequest(session, out _));
            if (response?.Find<SecurityAssociationPayload>() is not { } answer)
                return;
            Context.Check(
                "RFC7296-1.4.1-6", BinaryPrimitives.ReadUInt32BigEndian(answer.Proposals[0].Spi.Span) != session.Children[0].OutboundSpi, "another SPI", $"{answer.Proposals[0].Spi} again");
        }
    }
}
