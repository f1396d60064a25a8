using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Exchanges of both ends about the same SA that meet (RFC 7296 sections 2.8.1, 2.8.2 and 2.25).</summary>
public sealed class RekeyCollisions : Ikev2Scenario
{
    private static readonly Octets Lowest = new byte[32], Highest = Enumerable.Repeat((byte)0xff, 32).ToArray();

    [Scenario("IKEV2-COLLISION-001", "Both rekey the child SA, the implementation's has the lowest nonce: it deletes its new one", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-2.25.1-2", "RFC7296-2.8.1-3", "RFC7296-2.8.1-2")]
    public Task ChildCollisionLost() => ChildCollision(testerLoses: false);

    [Scenario("IKEV2-COLLISION-002", "Both rekey the child SA, the tester's has the lowest nonce: the implementation deletes the old one", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-2.25.1-2", "RFC7296-2.8.1-3", "RFC7296-2.8.1-2")]
    public Task ChildCollisionWon() => ChildCollision(testerLoses: true);

    [Scenario("IKEV2-COLLISION-003", "Both rekey the IKE SA, the implementation's has the lowest nonce: the tester's has the child SA", Needs = [Capability.OrderRekeyIke])]
    [Covers("RFC7296-2.25.2-1", "RFC7296-2.8.2-1")]
    public Task IkeCollisionLost() => IkeCollision(testerLoses: false);

    [Scenario("IKEV2-COLLISION-004", "Both rekey the IKE SA, the tester's has the lowest nonce: the implementation's has the child SA", Needs = [Capability.OrderRekeyIke])]
    [Covers("RFC7296-2.25.2-1", "RFC7296-2.8.2-1")]
    public Task IkeCollisionWon() => IkeCollision(testerLoses: true);

    [Scenario("IKEV2-COLLISION-005", "The rekeying of a child SA that it is closing gets TEMPORARY_FAILURE", Needs = [Capability.OrderDeleteChild])]
    [Covers("RFC7296-2.25.1-1", "RFC7296-2.25-1", "RFC7296-2.3-4")]
    public async Task RekeyOfWhatIsClosed()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await Tester.AwaitOrdered(session, SaOrder.DeleteChild, ExchangeType.Informational);
        var response = await Tester.ResponseTo(Tester.SendChildRequest(session, out _, session.Children[0]));
        Context.Check("RFC7296-2.3-4", response is not null, "an answer while its own request is under way", "nothing");
        PutsOff(response, "RFC7296-2.25.1-1", "RFC7296-2.25-1");
    }

    [Scenario("IKEV2-COLLISION-006", "The rekeying of the IKE SA while it works on a child SA gets TEMPORARY_FAILURE", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-2.25.1-7", "RFC7296-2.25-1", "RFC7296-2.3-4")]
    public async Task IkeRekeyAmidChildRekey()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.CreateChildSa, session.IkeRekeyRequestPayloads(Tester.NewHeir(session, isInitiator: true))));
        Context.Check("RFC7296-2.3-4", response is not null, "an answer while its own request is under way", "nothing");
        PutsOff(response, "RFC7296-2.25.1-7", "RFC7296-2.25-1");
    }

    [Scenario("IKEV2-COLLISION-007", "A child SA asked for while it rekeys the IKE SA gets TEMPORARY_FAILURE", Needs = [Capability.OrderRekeyIke])]
    [Covers("RFC7296-2.25.2-5", "RFC7296-2.25-1", "RFC7296-2.3-4")]
    public async Task ChildAmidIkeRekey()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await Tester.AwaitOrdered(session, SaOrder.RekeyIke, ExchangeType.CreateChildSa);
        var response = await Tester.ResponseTo(Tester.SendChildRequest(session, out _));
        Context.Check("RFC7296-2.3-4", response is not null, "an answer while its own request is under way", "nothing");
        PutsOff(response, "RFC7296-2.25.2-5", "RFC7296-2.25-1");
    }

    [Scenario("IKEV2-COLLISION-008", "A delete of the IKE SA that it rekeys is answered and ends the rekeying", Needs = [Capability.OrderRekeyIke])]
    [Covers("RFC7296-2.25.2-3", "RFC7296-1.4-4")]
    public async Task DeleteAmidIkeRekey()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var rekey = await Tester.AwaitOrdered(session, SaOrder.RekeyIke, ExchangeType.CreateChildSa);
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational, DeletePayload.IkeSa), "RFC7296-1.4-4");
        Context.Check("RFC7296-2.25.2-3", response.AnyError is null, "an empty response", response.Summary);
        await Tester.ExpectNone<ReceivedIke>(received => received.Octets == rekey.Octets, "RFC7296-2.25.2-3", "its rekeying is not sent again");
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-COLLISION-009", "A delete of a child SA that it rekeys is answered with a delete", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-2.25.1-5", "RFC7296-1.4.1-3")]
    public async Task DeleteAmidChildRekey()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational, DeletePayload.Esp(session.Children[0].InboundSpi)), "RFC7296-1.4.1-3");
        Context.Check("RFC7296-2.25.1-5", Names(response, session.Children[0].OutboundSpi), $"D(ESP {session.Children[0].OutboundSpi:x8})", response.Summary);
    }

    [Scenario("IKEV2-COLLISION-010", "A child SA closed while it rekeys the IKE SA is closed as usual", Needs = [Capability.OrderRekeyIke])]
    [Covers("RFC7296-2.25.2-6", "RFC7296-1.4.1-3")]
    public async Task ChildDeleteAmidIkeRekey()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await Tester.AwaitOrdered(session, SaOrder.RekeyIke, ExchangeType.CreateChildSa);
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational, DeletePayload.Esp(session.Children[0].InboundSpi)), "RFC7296-1.4.1-3");
        Context.Check("RFC7296-2.25.2-6", Names(response, session.Children[0].OutboundSpi), $"D(ESP {session.Children[0].OutboundSpi:x8})", response.Summary);
    }

    [Scenario("IKEV2-COLLISION-011", "The rekeying of an IKE SA that it is closing gets TEMPORARY_FAILURE", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.25.2-2", "RFC7296-2.3-4")]
    public async Task RekeyOfIkeSaThatIsClosed()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await AwaitOwnDelete(session);
        await IsPutOff(session, "RFC7296-2.25.2-2");
    }

    [Scenario("IKEV2-COLLISION-012", "The rekeying of an IKE SA that it has rekeyed already gets TEMPORARY_FAILURE", Needs = [Capability.OrderRekeyIke])]
    [Covers("RFC7296-2.8.2-2", "RFC7296-2.3-4")]
    public async Task LateIkeRekey()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var rekey = await Tester.AwaitOrdered(session, SaOrder.RekeyIke, ExchangeType.CreateChildSa);
        Tester.IsCourteous = false;
        Tester.AnswerIkeRekey(rekey);
        if (await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.Informational) && DeletesIke(received), Tester.ResponseTime) is null)
            Context.Inconclusive("it does not delete the IKE SA that it replaced");
        await IsPutOff(session, "RFC7296-2.8.2-2");
    }

    [Scenario("IKEV2-COLLISION-013", "The rekeying of a child SA comes late, when it has rekeyed and deleted that itself: CHILD_SA_NOT_FOUND, and the new one stays", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-2.25.1-3", "RFC7296-2.25-5")]
    public async Task LateChildRekey()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var old = session.Children[0];
        var made = Tester.AnswerChild(await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa));
        if (!await IsDeleted(session, old.OutboundSpi))
            Context.Inconclusive("it does not delete the child SA that it replaced");
        // As the tester's request would, that was lost and is repeated until it arrives (section 2.8.1).
        var response = await Tester.ResponseTo(Tester.SendChildRequest(session, out _, old));
        foreach (var requirement in new[] { "RFC7296-2.25.1-3", "RFC7296-2.25-5" })
            Context.Check(requirement, response?.Notify(NotifyType.ChildSaNotFound) is not null, "N(CHILD_SA_NOT_FOUND)", Text(response));
        Context.Check("RFC7296-2.25.1-3", await Tester.Carries(made), "traffic over the new one", "no echo reply in ESP");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-COLLISION-014", "Its rekeying of a child SA is lost, the tester rekeys and deletes that meanwhile, and answers its repeated request with CHILD_SA_NOT_FOUND: the tester's new one stays", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-2.25.1-2", "RFC7296-2.25.1-5", "RFC7296-2.25-6")]
    public async Task OwnChildRekeyLost()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var old = session.Children[0];
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        var made = await Tester.CreateChild(session, old);
        await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational, DeletePayload.Esp(old.InboundSpi)), "RFC7296-2.25.1-5");
        Tester.Respond(request, new NotifyPayload(ProtocolId.Esp, request.Notify(NotifyType.RekeySa)?.Spi ?? default, NotifyType.ChildSaNotFound, Octets.Empty));
        // Section 2.25: what has been replaced need not be made from scratch.
        await Tester.ExpectNone<ReceivedIke>(
            received => received.Octets != request.Octets && (Tester.IsRequest(received, session, ExchangeType.CreateChildSa) || Tester.IsRequest(received, session, ExchangeType.Informational) && received.Find<DeletePayload>() is not null),
            "RFC7296-2.25-6", "neither a further child SA nor a delete");
        Context.Check("RFC7296-2.25.1-2", await Tester.Carries(made), "traffic over the tester's new one", "no echo reply in ESP");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-COLLISION-015", "Its rekeying of the IKE SA is lost, and the tester rekeys and deletes that meanwhile: it forgets its own, and the tester's new one has the child SA", Needs = [Capability.OrderRekeyIke])]
    [Covers("RFC7296-2.25.2-1", "RFC7296-2.25.2-3")]
    public async Task OwnIkeRekeyLost()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var child = session.Children[0];
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyIke, ExchangeType.CreateChildSa);
        var heir = await Tester.RekeyIke(session);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational, DeletePayload.IkeSa));
        Context.Check("RFC7296-2.25.2-3", response is { AnyError: null }, "an empty response to the delete of the old one", Text(response));
        await Tester.ExpectNone<ReceivedIke>(received => received.Octets == request.Octets, "RFC7296-2.25.2-3", "its rekeying is not sent again");
        Context.Check("RFC7296-2.25.2-1", await Tester.Carries(child), "traffic over the child SA", "no echo reply in ESP");
        var deleted = await Tester.ResponseTo(Tester.Send(heir, ExchangeType.Informational, DeletePayload.Esp(child.InboundSpi)));
        Context.Check("RFC7296-2.25.2-1", deleted is not null && Names(deleted, child.OutboundSpi), $"the new IKE SA has the child SA: D(ESP {child.OutboundSpi:x8})", Text(deleted));
    }

    private async Task IsPutOff(IkeSession session, string requirement)
    {
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.CreateChildSa, session.IkeRekeyRequestPayloads(Tester.NewHeir(session, isInitiator: true))));
        Context.Check("RFC7296-2.3-4", response is not null, "an answer while its own request is under way", "nothing");
        PutsOff(response, requirement);
    }

    private void PutsOff(ReceivedIke? response, params ReadOnlySpan<string> requirements)
    {
        foreach (var requirement in requirements)
            Context.Check(requirement, response?.Notify(NotifyType.TemporaryFailure) is not null, "N(TEMPORARY_FAILURE)", Text(response));
    }

    /// <summary>The implementation's request waits for its answer while the tester's own is made and answered. One nonce decides.</summary>
    private async Task ChildCollision(bool testerLoses)
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var old = session.Children[0];
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        var payloads = session.ChildRequestPayloads(out var ours, old);
        Tester.Watch(ours);
        ours.OwnNonce = testerLoses ? Lowest : Highest;
        payloads = [.. payloads.Select(payload => payload is NoncePayload ? new NoncePayload(ours.OwnNonce) : payload)];
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.CreateChildSa, payloads));
        var trouble = response is null ? "nothing" : session.TakeChildResponse(response, ours);
        Context.Check("RFC7296-2.25.1-2", trouble is null, "a new child SA, as if nothing else were under way", trouble ?? "");
        if (trouble is not null)
            return;
        var theirs = Tester.AnswerChild(request, testerLoses ? Highest : Lowest);
        var delete = await Tester.Receive<ReceivedIke>(
            received => Tester.IsRequest(received, session, ExchangeType.Informational) && received.Find<DeletePayload>() is not null, Tester.ResponseTime);
        var doomed = testerLoses ? old : theirs;
        Context.Check("RFC7296-2.8.1-3", delete is not null && Names(delete, doomed.OutboundSpi), $"D(ESP {doomed.OutboundSpi:x8})", Text(delete));
        if (delete is not null)
            Tester.Respond(delete, DeletePayload.Esp(doomed.InboundSpi));
        var other = testerLoses ? ours : old;
        await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational, DeletePayload.Esp(other.InboundSpi)));
        Context.Check("RFC7296-2.8.1-2", await Tester.Carries(testerLoses ? theirs : ours, orAnother: true), "traffic over the one that is left", "no echo reply in ESP");
    }

    private async Task IkeCollision(bool testerLoses)
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var child = session.Children[0];
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyIke, ExchangeType.CreateChildSa);
        var ours = Tester.NewHeir(session, isInitiator: true);
        ours.OwnNonce = testerLoses ? Lowest : Highest;
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.CreateChildSa, session.IkeRekeyRequestPayloads(ours)));
        var trouble = response is null ? "nothing" : session.TakeIkeRekeyResponse(response, ours);
        Context.Check("RFC7296-2.25.2-1", trouble is null, "a new IKE SA, as if nothing else were under way", trouble ?? "");
        if (trouble is not null)
            return;
        var theirs = Tester.AnswerIkeRekey(request, testerLoses ? Highest : Lowest);
        await Pass(Iut.Topology.SilenceTime);
        var winner = testerLoses ? theirs : ours;
        var deleted = await Tester.ResponseTo(Tester.Send(winner, ExchangeType.Informational, DeletePayload.Esp(child.InboundSpi)));
        Context.Check("RFC7296-2.8.2-1", deleted is not null && Names(deleted, child.OutboundSpi), "the IKE SA without the lowest nonce has the child SA", Text(deleted));
        await Tester.ProbeLiveness(winner);
    }
}
