using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>A child SA for each pair of addresses: SINGLE_PAIR_REQUIRED and ADDITIONAL_TS_POSSIBLE (RFC 7296 section 2.9).</summary>
public sealed class SinglePairs : Ikev2Scenario
{
    private const string FirstChoice = "RFC7296-2.9-2", Kept = "RFC7296-1.3.1-4";

    [Scenario("IKEV2-PAIR-001", "Single pairs wanted, particular selectors before wide ones: it narrows to a pair that has the particular ones", Needs = [Capability.SinglePairs])]
    [Covers("RFC7296-2.9-2")]
    public async Task NarrowedToTheFirstPair()
    {
        await Context.Configure(new() { SinglePairs = true });
        var session = await HalfOpen();
        var (response, child) = await Authenticate(session, WithParticularSelectorsFirst);
        if (response is null || session.TakeAuthResponse(response, child) is not null)
        {
            Context.Check(FirstChoice, false, "a child SA for the first pair of addresses", Text(response));
            return;
        }
        IPAddress own = child.OwnAddress, peer = child.PeerAddress;
        Context.Check(FirstChoice, IsAlone(Side(response, PayloadType.TrafficSelectorInitiator), own) && IsAlone(Side(response, PayloadType.TrafficSelectorResponder), peer), $"selectors for {own} and {peer} alone", response.Summary);
        Context.Check(FirstChoice, Side(response, PayloadType.TrafficSelectorInitiator).Any(HasEcho) && Side(response, PayloadType.TrafficSelectorResponder).Any(HasEcho), "the protocol of the first selectors among them", response.Summary);
        Context.Check(FirstChoice, await Tester.Carries(child), "traffic between the two", "no echo reply");
    }

    [Scenario("IKEV2-PAIR-002", "Single pairs wanted, wide selectors only: whatever it answers, the IKE SA stays, and the pair gets its SA when it is asked for", Needs = [Capability.SinglePairs])]
    [Covers("RFC7296-1.3.1-4", "RFC7296-2.9-2")]
    public async Task PairIsAskedForAfterRefusal()
    {
        await Context.Configure(new() { SinglePairs = true });
        var session = await HalfOpen();
        var (response, _) = await Authenticate(session);
        if (response?.Notify(NotifyType.SinglePairRequired) is null)
            Context.Inconclusive($"it makes a guess, which it may: {Text(response)}");
        var payloads = session.ChildRequestPayloads(out var child);
        Tester.Watch(child);
        var second = await Tester.ResponseTo(Tester.Send(session, ExchangeType.CreateChildSa, [.. payloads.Select(payload => payload is TrafficSelectorPayload selectors
            ? selectors with { Selectors = [Only(selectors.Side == PayloadType.TrafficSelectorInitiator ? child.OwnAddress : child.PeerAddress)] }
            : payload)]));
        Context.Check(Kept, second is not null, "an answer under the IKE SA after the refusal", "nothing");
        var trouble = session.TakeChildResponse(second!, child);
        Context.Check(FirstChoice, trouble is null, "a child SA for the pair", trouble ?? "");
        Context.Check(FirstChoice, await Tester.Carries(child), "traffic between the two", "no echo reply");
    }

    [Scenario("IKEV2-PAIR-003", "Its child SA is refused with SINGLE_PAIR_REQUIRED in IKE_AUTH: the IKE SA stays", Needs = [Capability.Initiator])]
    [Covers("RFC7296-1.3.1-4")]
    public async Task RefusedPairTakesNothingDown()
    {
        await Context.Configure(new());
        var auth = await Tester.AwaitAuthRequest();
        var session = auth.Session!;
        if (session.AnswerAuthRequest(auth, out _, out var trouble) is not { } payloads)
        {
            Context.Inconclusive($"preamble: its IKE_AUTH request can't be answered: {trouble}");
            return;
        }
        Tester.Respond(auth, [.. payloads.Where(payload => payload is IdentificationPayload or AuthenticationPayload), new NotifyPayload(NotifyType.SinglePairRequired)]);
        var alive = await Tester.ResponseTo(Tester.Send(session, ExchangeType.Informational));
        Context.Check(Kept, alive is { IsProtected: true }, "the IKE SA is there and answers", Text(alive));
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-PAIR-004", "Its selectors are narrowed to a pair, with ADDITIONAL_TS_POSSIBLE: it takes the SA, for that pair", Needs = [Capability.Initiator])]
    [Covers("RFC7296-3.10.1-3")]
    public async Task NarrowedAnswerIsTaken()
    {
        await Context.Configure(new());
        var auth = await Tester.AwaitAuthRequest();
        if (auth.Session!.AnswerAuthRequest(auth, out var child, out var trouble) is not { } payloads)
        {
            Context.Inconclusive($"preamble: its IKE_AUTH request can't be answered: {trouble}");
            return;
        }
        Tester.Watch(child);
        payloads = payloads.Insert(payloads.IndexOf(Offer(payloads)), new NotifyPayload(NotifyType.AdditionalTsPossible));
        Tester.Respond(auth, [.. payloads.Select(payload => payload is TrafficSelectorPayload selectors
            ? selectors with { Selectors = [Only(selectors.Side == PayloadType.TrafficSelectorInitiator ? child.PeerAddress : child.OwnAddress)] }
            : payload)]);
        Context.Check("RFC7296-3.10.1-3", await Tester.Carries(child), "traffic between the two", "no echo reply");
        await Tester.ProbeLiveness(auth.Session);
    }

    /// <summary>As if an ICMP packet between the inner addresses had caused the request (section 2.9).</summary>
    private ImmutableArray<Payload> WithParticularSelectorsFirst(ImmutableArray<Payload> payloads) =>
    [
        .. payloads.Select(payload => payload is TrafficSelectorPayload selectors
            ? selectors with
            {
                Selectors =
                [
                    Only(selectors.Side == PayloadType.TrafficSelectorInitiator ? Context.Implementation.Topology.TesterInner : Context.Implementation.Topology.IutInner)
                        with { IpProtocol = Ipsec.Packets.Ip.IpProtocol.Icmp },
                    .. selectors.Selectors,
                ],
            }
            : payload),
    ];

    private static TrafficSelector Only(IPAddress address) => TrafficSelector.Range(address, address);

    private static ImmutableArray<TrafficSelector> Side(ReceivedIke message, PayloadType side) =>
        message.Payloads.OfType<TrafficSelectorPayload>().FirstOrDefault(payload => payload.Side == side)?.Selectors ?? [];

    private static bool IsAlone(ImmutableArray<TrafficSelector> selectors, IPAddress address) =>
        !selectors.IsEmpty && selectors.All(selector => selector.StartAddress.Equals(address) && selector.EndAddress.Equals(address));

    private static bool HasEcho(TrafficSelector selector) => selector.IpProtocol is 0 or Ipsec.Packets.Ip.IpProtocol.Icmp;
}
