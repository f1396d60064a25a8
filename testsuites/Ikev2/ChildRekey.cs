using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>CREATE_CHILD_SA that puts a child SA in the place of another (RFC 7296 sections 1.3.3, 2.8, 2.9.2, 2.25).</summary>
public sealed class ChildRekey : Ikev2Scenario
{
    [Scenario("IKEV2-CHILDREKEY-001", "A child SA is rekeyed: both carry traffic until the old one is deleted, then the new one alone does")]
    [Covers("RFC7296-2.8.1-2", "RFC7296-2.8-9", "RFC7296-1.4.1-2", "RFC7296-1.4.1-3")]
    public async Task BothCarryTraffic()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var old = session.Children[0];
        var made = await Tester.CreateChild(session, old);
        Context.Check("RFC7296-2.8-9", await Tester.Carries(made, orAnother: true), "traffic over the new one", "no echo reply in ESP");
        // The reply may come on either.
        var echo = Tester.NewEcho(old, out var packet);
        Tester.SendEsp(old, old.Seal(packet), $"ESP {old.OutboundSpi:x8}: ICMP echo request {echo}");
        var reply = await Tester.Receive<ReceivedEsp>(received => received.Inner is not null, Tester.ResponseTime);
        Context.Check("RFC7296-2.8.1-2", reply is not null, "a packet on the old one is still taken", "no echo reply");
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational, DeletePayload.Esp(old.InboundSpi)), "RFC7296-1.4.1-3");
        Context.Check("RFC7296-1.4.1-2", Names(response, old.OutboundSpi), $"D(ESP {old.OutboundSpi:x8})", response.Summary);
        Context.Check("RFC7296-1.4.1-3", await Tester.Carries(made), "traffic over the new one", "no echo reply in ESP");
        var left = await Iut.SecurityAssociations(Context.Cancellation);
        Context.Check("RFC7296-1.4.1-3", left.All(sa => sa.InboundSpi != old.OutboundSpi), "the old one is gone", $"{old.OutboundSpi:x8} is still there");
    }

    [Scenario("IKEV2-CHILDREKEY-002", "The rekeying of a child SA that isn't there gets CHILD_SA_NOT_FOUND with its protocol and SPI")]
    [Covers("RFC7296-2.25-5", "RFC7296-2.25.1-3", "RFC7296-3.10-1")]
    public async Task UnknownChild()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var foreign = new NotifyPayload(ProtocolId.Esp, new byte[] { 0x12, 0x34, 0x56, 0x78 }, NotifyType.RekeySa, Octets.Empty);
        var payloads = session.ChildRequestPayloads(out _, session.Children[0]);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.CreateChildSa, payloads.SetItem(0, foreign)));
        var notify = response?.Notify(NotifyType.ChildSaNotFound);
        Context.Check("RFC7296-2.25-5", notify is not null, "N(CHILD_SA_NOT_FOUND)", Text(response));
        Context.Check("RFC7296-2.25.1-3", response?.Find<SecurityAssociationPayload>() is null, "no SA", Text(response));
        if (notify is not null)
            Context.Check("RFC7296-3.10-1", notify.Protocol == ProtocolId.Esp && notify.Spi == foreign.Spi, $"ESP {foreign.Spi}", $"{notify.Protocol} {notify.Spi}");
        await Tester.ProbeLiveness(session);
        await Tester.CreateChild(session, session.Children[0]);
    }

    [Scenario("IKEV2-CHILDREKEY-003", "A rekeying with the old selectors is answered with no narrower ones")]
    [Covers("RFC7296-2.9.2-1", "RFC7296-2.9.2-3")]
    public async Task SelectorsStay()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var sent = session.ChildRequestPayloads(out var child, session.Children[0]);
        var response = await Tester.ExpectResponse(Tester.Send(session, ExchangeType.CreateChildSa, sent), "RFC7296-2.9.2-1");
        var trouble = session.TakeChildResponse(response, child);
        Context.Check("RFC7296-2.9.2-1", trouble is null, "a new child SA", trouble ?? "");
        foreach (var selectors in sent.OfType<TrafficSelectorPayload>())
        {
            var answered = response.Payloads.OfType<TrafficSelectorPayload>().FirstOrDefault(payload => payload.Side == selectors.Side);
            Context.Check(
                "RFC7296-2.9.2-3", answered is not null && selectors.Selectors.All(answered.Selectors.Contains),
                string.Join(", ", selectors.Selectors), answered is null ? "none" : string.Join(", ", answered.Selectors));
        }
    }

    [Scenario("IKEV2-CHILDREKEY-004", "Told to rekey, it names the old SA in REKEY_SA, keeps its selectors, and deletes it when the new one is there", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-1.3.3-1", "RFC7296-3.10-1", "RFC7296-2.9.2-1", "RFC7296-2.9.2-2", "RFC7296-1.4.1-2", "RFC7296-1.4.1-6", "RFC7296-2.8-5", "RFC7296-2.8-9", "RFC7296-2.9.2-4")]
    public async Task AsInitiator()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var old = session.Children[0];
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        var rekey = request.Notify(NotifyType.RekeySa);
        Context.Check("RFC7296-1.3.3-1", rekey is { Spi.Length: 4 } && rekey.Spi == DeletePayload.Esp(old.OutboundSpi).Spis[0], $"N(REKEY_SA) with SPI {old.OutboundSpi:x8}", $"{rekey?.Spi}");
        Context.Check("RFC7296-3.10-1", rekey!.Protocol == ProtocolId.Esp, "protocol ESP", $"{rekey.Protocol}");
        var spi = request.Find<SecurityAssociationPayload>()?.Proposals[0].Spi;
        Context.Check("RFC7296-1.4.1-6", spi is { Length: 4 } && spi != rekey.Spi, "another SPI than the old one's, which is in use", $"{spi}");
        var own = PolicyTraffic.OfIut(Context.Policy, Places);
        var others = PolicyTraffic.OfTester(Context.Policy, Places);
        var (initiator, responder) = (request.Selectors(PayloadType.TrafficSelectorInitiator), request.Selectors(PayloadType.TrafficSelectorResponder));
        Context.Check(
            "RFC7296-2.9.2-4", initiator is [var first, ..] && own.Contains(first) && responder is [var firstOfOthers, ..] && others.Contains(firstOfOthers), "the old selectors at the head, none of a packet",
            request.Message?.Describe(request.Inner) ?? "");
        var algorithms = PolicyProposals.ForEsp(Context.Policy)[0].Transforms;
        Context.Check(
            "RFC7296-2.8-5",
            initiator.Length == own.Length && responder.Length == others.Length && request.Find<SecurityAssociationPayload>()!.Proposals.Any(proposal => algorithms.All(algorithm => proposal.Transforms.Any(algorithm.Matches))),
            $"the selectors that it had, and {string.Join(", ", algorithms)}", request.Message?.Describe(request.Inner) ?? "");
        Context.Check(
            "RFC7296-2.9.2-1", own.All(request.Selectors(PayloadType.TrafficSelectorInitiator).Contains),
            string.Join(", ", own), request.Summary);
        Context.Check("RFC7296-2.9.2-2", PolicyTraffic.OfTester(Context.Policy, Places).All(request.Selectors(PayloadType.TrafficSelectorResponder).Contains), "TSr as it was", request.Summary);
        var made = Tester.AnswerChild(request);
        Context.Check("RFC7296-1.4.1-2", await IsDeleted(session, old.OutboundSpi), $"INFORMATIONAL request: D(ESP {old.OutboundSpi:x8}), its own inbound SA", "none");
        Context.Check("RFC7296-2.8-9", await Tester.Carries(made), "traffic over the new one", "no echo reply in ESP");
    }

    [Scenario("IKEV2-CHILDREKEY-005", "After CHILD_SA_NOT_FOUND it drops the child SA without a delete and makes it anew", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-2.25-6")]
    public async Task NotFoundAtThePeer()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        var rekey = request.Notify(NotifyType.RekeySa);
        Tester.Respond(request, new NotifyPayload(ProtocolId.Esp, rekey?.Spi ?? default, NotifyType.ChildSaNotFound, Octets.Empty));
        var next = await Tester.Receive<ReceivedIke>(received => received.Session == session && !received.Header.IsResponse && received.Octets != request.Octets, Tester.ResponseTime);
        Context.Check(
            "RFC7296-2.25-6", next is { Header.ExchangeType: ExchangeType.CreateChildSa } && next.Notify(NotifyType.RekeySa) is null,
            "CREATE_CHILD_SA for a new child SA, no delete before it", Text(next));
    }

    [Scenario("IKEV2-CHILDREKEY-006", "After TEMPORARY_FAILURE it waits before it tries again", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-2.25-2")]
    public async Task TemporaryFailure()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        Tester.Respond(request, new NotifyPayload(NotifyType.TemporaryFailure));
        await Tester.ExpectNone<ReceivedIke>(
            received => Tester.IsRequest(received, session, ExchangeType.CreateChildSa) && received.Octets != request.Octets, "RFC7296-2.25-2", "no new try at once");
        await Tester.ProbeLiveness(session);
        Context.Check("RFC7296-2.25-2", await Tester.Carries(session.Children[0]), "the old child SA carries traffic", "no echo reply in ESP");
    }

    [Scenario("IKEV2-CHILDREKEY-010", "After a quarter of an hour of TEMPORARY_FAILURE it closes the IKE SA", Needs = [Capability.OrderRekeyChild, Capability.SkipsTime])]
    [Covers("RFC7296-2.25-4")]
    public async Task TemporaryFailureForGood()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        await Tester.Order(SaOrder.RekeyChild);
        var isClosed = false;
        for (var end = Tester.Now + TimeSpan.FromMinutes(15); !isClosed && Tester.Now < end;)
        {
            var request = await Tester.Receive<ReceivedIke>(
                received => Tester.IsRequest(received, session, ExchangeType.CreateChildSa) || Tester.IsRequest(received, session, ExchangeType.Informational) && DeletesIke(received),
                TimeSpan.FromMinutes(1));
            if (request is null)
                continue;
            isClosed = DeletesIke(request);
            Tester.Respond(request, isClosed ? [] : [new NotifyPayload(NotifyType.TemporaryFailure)]);
        }
        Context.Check("RFC7296-2.25-4", isClosed, "D(IKE)", "none in 15 minutes");
    }

    [Scenario("IKEV2-CHILDREKEY-007", "An error that it does not know beside a whole answer means that its request failed", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-3.10.1-1")]
    public async Task UnknownError()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        Tester.Respond(request, Tester.ChildAnswer(request, out var child).Add(new NotifyPayload((NotifyType)4321)));
        await Pass(Iut.Topology.SilenceTime);
        var own = await Iut.SecurityAssociations(Context.Cancellation);
        Context.Check("RFC7296-3.10.1-1", own.All(sa => sa.OutboundSpi != child.InboundSpi), "no SA of it", "an SA with the tester's SPI");
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-CHILDREKEY-008", "Refused with NO_ADDITIONAL_SAS, it deletes the old SA and makes a new one", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-4-9")]
    public async Task NoAdditionalSas()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        Tester.Respond(request, new NotifyPayload(NotifyType.NoAdditionalSas));
        var init = await Tester.Receive<ReceivedIke>(Tester.IsInitRequest, Tester.ResponseTime * 3);
        Context.Check("RFC7296-4-9", init is not null, "a new IKE_SA_INIT, for what it could not rekey", "nothing");
    }

    [Scenario("IKEV2-CHILDREKEY-009", "An unknown status notification in an answer is ignored", Needs = [Capability.OrderRekeyChild])]
    [Covers("RFC7296-3.10.1-3")]
    public async Task UnknownStatus()
    {
        await Context.Configure(new());
        var session = await Tester.Establish();
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        Tester.Respond(request, Tester.ChildAnswer(request, out var child).Insert(0, new NotifyPayload((NotifyType)40961, new byte[] { 1 })));
        Context.Check("RFC7296-3.10.1-3", await Tester.Carries(child), "traffic over the new child SA", "no echo reply in ESP");
    }
}
