using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>IKE and its child SAs between IPv6 addresses, and IPv6 inside of tunnels: once more what depends on the family.</summary>
[Needs(Capability.Ipv6)]
public sealed class OverIpv6 : Ikev2Scenario
{
    private static readonly ConnectionPolicy Whole = new() { OuterIpv6 = true, InnerIpv6 = true };

    private static readonly ImmutableArray<(string Name, string What, ConnectionPolicy Policy, Capability Needs)> Forms =
    [
        ("6IN6", "IPv6 in an IPv6 tunnel", Whole, Capability.TunnelMode),
        ("4IN6", "IPv4 in an IPv6 tunnel", new() { OuterIpv6 = true }, Capability.TunnelMode),
        ("6IN4", "IPv6 in an IPv4 tunnel", new() { OuterIpv6 = false, InnerIpv6 = true }, Capability.TunnelMode),
        ("TRANSPORT", "Transport mode between IPv6 addresses", new() { OuterIpv6 = true, Mode = IpsecMode.Transport }, Capability.TransportMode),
        ("UDP", "IPv6 in an IPv6 tunnel, in UDP", Whole with { ForceUdpEncapsulation = true }, Capability.NatTraversal),
    ];

    public static IEnumerable<ScenarioCase> ResponderCases =>
        from form in Forms
        select new ScenarioCase(
            $"IKEV2-IPV6-{form.Name}-001", $"{form.What}: an initiator gets a child SA, which carries traffic, and so does what replaces it, also under a new IKE SA; all end with the delete",
            form.Policy, ["RFC7296-1.2-2", "RFC7296-2.8.1-2", "RFC7296-2.18-3", "RFC7296-1.4.1-3"], [form.Needs]);

    [Scenarios(nameof(ResponderCases))]
    public async Task AsResponder(ConnectionPolicy policy)
    {
        await Context.Configure(policy);
        var session = await HalfOpen();
        var (response, child) = await Authenticate(session);
        var trouble = response is null ? "no response" : session.TakeAuthResponse(response, child);
        Context.Check("RFC7296-1.2-2", trouble is null, "an IKE SA and a child SA", trouble ?? "");
        Context.Check("RFC7296-1.2-2", await Tester.Carries(child), "traffic over the child SA", "no echo reply in ESP");
        var made = await Tester.CreateChild(session, child);
        Context.Check("RFC7296-2.8.1-2", await Tester.Carries(made, orAnother: true), "traffic over the child SA in its place", "no echo reply in ESP");
        await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational, DeletePayload.Esp(child.InboundSpi)), "RFC7296-1.4.1-3");
        var heir = await Tester.RekeyIke(session);
        await Tester.ExpectResponse(Tester.Send(session, ExchangeType.Informational, DeletePayload.IkeSa), "RFC7296-1.4.1-3");
        Context.Check("RFC7296-2.18-3", await Tester.Carries(made), "traffic over the child SA under the new IKE SA", "no echo reply in ESP");
        await Tester.ExpectResponse(Tester.Send(heir, ExchangeType.Informational, DeletePayload.IkeSa), "RFC7296-1.4.1-3");
        await Tester.ExpectNoChild("RFC7296-1.4.1-3");
    }

    public static IEnumerable<ScenarioCase> InitiatorCases =>
        from form in Forms
        select new ScenarioCase(
            $"IKEV2-IPV6-{form.Name}-002", $"{form.What}: an initiator asks for what its policy has, and the child SA carries traffic",
            form.Policy, ["RFC7296-1.2-2"], [form.Needs, Capability.Initiator]);

    [Scenarios(nameof(InitiatorCases))]
    public async Task AsInitiator(ConnectionPolicy policy)
    {
        await Context.Configure(policy);
        var request = await Tester.AwaitAuthRequest();
        var places = Places;
        foreach (var (side, expected) in new[] { (PayloadType.TrafficSelectorInitiator, PolicyTraffic.OfIut(policy, places)), (PayloadType.TrafficSelectorResponder, PolicyTraffic.OfTester(policy, places)) })
            Context.Check("RFC7296-1.2-2", expected.All(request.Selectors(side).Contains), $"{side.Notation()} {string.Join(", ", expected)}", string.Join(", ", request.Selectors(side)));
        var trouble = Tester.AnswerAuth(request);
        Context.Check("RFC7296-1.2-2", trouble is null, "an IKE_AUTH request for an IKE SA and a child SA", trouble ?? "");
        Context.Check("RFC7296-1.2-2", await Tester.Carries(request.Session!.Children[0]), "traffic over the child SA", "no echo reply in ESP");
        await Tester.ProbeLiveness(request.Session);
    }

    public static IEnumerable<ScenarioCase> RekeyingCases =>
        from form in Forms
        select new ScenarioCase(
            $"IKEV2-IPV6-{form.Name}-003", $"{form.What}: told to, it rekeys the child SA with its old selectors, and then the IKE SA, and traffic goes on",
            form.Policy, ["RFC7296-2.9.2-1", "RFC7296-2.9.2-2", "RFC7296-1.4.1-2", "RFC7296-2.18-3"], [form.Needs, Capability.OrderRekeyChild, Capability.OrderRekeyIke]);

    [Scenarios(nameof(RekeyingCases))]
    public async Task Rekeying(ConnectionPolicy policy)
    {
        await Context.Configure(policy);
        var session = await Tester.Establish();
        var old = session.Children[0];
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        var places = Places;
        var (own, others) = (PolicyTraffic.OfIut(policy, places), PolicyTraffic.OfTester(policy, places));
        Context.Check("RFC7296-2.9.2-1", own.All(request.Selectors(PayloadType.TrafficSelectorInitiator).Contains), $"TSi {string.Join(", ", own)}", request.Message?.Describe(request.Inner) ?? "");
        Context.Check("RFC7296-2.9.2-2", others.All(request.Selectors(PayloadType.TrafficSelectorResponder).Contains), $"TSr {string.Join(", ", others)}", request.Message?.Describe(request.Inner) ?? "");
        var made = Tester.AnswerChild(request);
        Context.Check("RFC7296-1.4.1-2", await IsDeleted(session, old.OutboundSpi), $"D(ESP {old.OutboundSpi:x8}), its own inbound SA", "none");
        Context.Check("RFC7296-1.4.1-2", await Tester.Carries(made), "traffic over the new child SA", "no echo reply in ESP");
        var heir = Tester.AnswerIkeRekey(await Tester.AwaitOrdered(session, SaOrder.RekeyIke, ExchangeType.CreateChildSa));
        Context.Check("RFC7296-2.18-3", await Tester.Carries(made), "traffic over the child SA under the new IKE SA", "no echo reply in ESP");
        await Tester.ProbeLiveness(heir);
    }

    [Scenario("IKEV2-IPV6-NAT-001", "IKE_SA_INIT over IPv6 is answered with NAT detection notifications that fit", Needs = [Capability.NatTraversal])]
    [Covers("RFC7296-2.23-7")]
    public async Task HashesInResponse()
    {
        await Context.Configure(Whole);
        var session = Tester.NewSession();
        var response = await Tester.ResponseTo(Tester.SendInit(session, session.InitRequestPayloads()));
        var trouble = response is null ? "nothing" : session.TakeInitResponse(response);
        Context.Check("RFC7296-2.23-7", trouble is null, "an IKE_SA_INIT response over IPv6", trouble ?? "");
        ExpectFittingHashes(session, response!);
    }

    [Scenario("IKEV2-IPV6-NAT-002", "Its IKE_SA_INIT request over IPv6 has NAT detection notifications that fit", Needs = [Capability.NatTraversal, Capability.Initiator])]
    [Covers("RFC7296-2.23-7")]
    public async Task HashesInRequest()
    {
        await Context.Configure(Whole);
        var request = await Tester.AwaitInitiation();
        Context.Check("RFC7296-2.23-7", request is not null, "an IKE_SA_INIT request over IPv6", "nothing");
        var session = Tester.AnswerInit(request!);
        if (session is null)
            Context.Inconclusive("its IKE_SA_INIT request can't be answered");
        ExpectFittingHashes(session!, request!);
    }

    [Scenario("IKEV2-IPV6-NAT-003", "With another IPv6 address in front of the initiator, IKE goes on at port 4500 and ESP goes in UDP", Needs = [Capability.NatTraversal])]
    [Covers("RFC7296-2.23-5")]
    public async Task BehindNat()
    {
        await Context.Configure(Whole);
        var session = await Tester.Establish(inside: new(IPAddress.Parse("fd1c:f003::10"), 500));
        // The other end may need a moment to install the SA.
        if (!await Tester.Carries(session.Children[0]))
            Context.Inconclusive("preamble: no echo reply through the child SA");
        var reply = await Tester.Ping(session.Children[0]);
        Context.Check("RFC7296-2.23-5", reply is { IsEncapsulated: true }, "an echo reply in ESP in UDP", reply is null ? "nothing" : "ESP without UDP");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-IPV6-COOKIE-001", "Over IPv6, a responder that wants a cookie goes on when it gets it back", Needs = [Capability.CookieOnDemand])]
    [Covers("RFC7296-2.6-3")]
    public async Task Cookie()
    {
        await Context.Configure(Whole with { AlwaysRequireCookie = true });
        var session = Tester.NewSession();
        var payloads = session.InitRequestPayloads();
        var asked = await Tester.ResponseTo(Tester.SendInit(session, payloads));
        var cookie = asked?.Notify(NotifyType.Cookie);
        if (cookie is null)
            Context.Inconclusive($"no cookie is asked for: {Text(asked)}");
        var response = await Tester.ResponseTo(Tester.SendInit(session, payloads.Insert(0, new NotifyPayload(NotifyType.Cookie, cookie!.Data))));
        Context.Check("RFC7296-2.6-3", response?.Find<SecurityAssociationPayload>() is not null, "SA, KE, Nonce once the cookie is there", Text(response));
    }

    [Scenario("IKEV2-IPV6-NARROW-001", "All addresses of IPv6 are narrowed to what the responder's policy has")]
    [Covers("RFC7296-2.9-4")]
    public async Task AllAddressesAreNarrowed()
    {
        var (session, response, child) = await Ask(Any(ipv6: true));
        var trouble = session.TakeAuthResponse(response, child);
        Context.Check("RFC7296-2.9-4", trouble is null, "a child SA with narrower selectors", trouble ?? "");
        ExpectWithinPolicy(response);
        Context.Check("RFC7296-2.9-4", await Tester.Carries(child), "traffic over the child SA", "no echo reply in ESP");
    }

    [Scenario("IKEV2-IPV6-NARROW-002", "Of all addresses of both families, none but IPv6 is left where the responder's policy has no other")]
    [Covers("RFC7296-2.9-4")]
    public async Task BothFamiliesAreNarrowed()
    {
        var (session, response, child) = await Ask(Any(ipv6: false), Any(ipv6: true));
        var trouble = session.TakeAuthResponse(response, child);
        Context.Check("RFC7296-2.9-4", trouble is null, "a child SA with narrower selectors", trouble ?? "");
        ExpectWithinPolicy(response);
        Context.Check("RFC7296-2.9-4", await Tester.Carries(child), "traffic over the child SA", "no echo reply in ESP");
    }

    [Scenario("IKEV2-IPV6-NARROW-003", "IPv4 is refused with TS_UNACCEPTABLE where the responder's policy has IPv6 alone, and the IKE SA is established all the same")]
    [Covers("RFC7296-1.3.1-4", "RFC7296-2.21.3-1")]
    public async Task OtherFamilyIsRefused()
    {
        var (session, response, _) = await Ask(Any(ipv6: false));
        Context.Check("RFC7296-2.21.3-1", response.Notify(NotifyType.TsUnacceptable) is not null, "N(TS_UNACCEPTABLE)", Text(response));
        Context.Check("RFC7296-1.3.1-4", response.Find<AuthenticationPayload>() is not null, "IDr and AUTH beside it: the IKE SA is there", Text(response));
        await Tester.ProbeLiveness(session);
    }

    private void ExpectFittingHashes(IkeSession session, ReceivedIke message)
    {
        foreach (var type in new[] { NotifyType.NatDetectionSourceIp, NotifyType.NatDetectionDestinationIp })
            Context.Check("RFC7296-2.23-7", message.Notify(type) is not null, $"N({type})", Text(message));
        Context.Check("RFC7296-2.23-7", !session.HasNat, $"hashes of {message.Remote} and {message.Local}", "others");
    }

    private async Task<(IkeSession Session, ReceivedIke Response, EspSession Child)> Ask(params ImmutableArray<TrafficSelector> both)
    {
        await Context.Configure(Whole);
        var session = await HalfOpen();
        var (response, child) = await Authenticate(
            session, payloads => [.. payloads.Select(payload => payload is TrafficSelectorPayload selectors ? selectors with { Selectors = both } : payload)]);
        if (response is null)
            Context.Inconclusive("no IKE_AUTH response");
        return (session, response!, child);
    }

    private void ExpectWithinPolicy(ReceivedIke response)
    {
        var places = Places;
        foreach (var (side, policy) in new[] { (PayloadType.TrafficSelectorInitiator, PolicyTraffic.OfTester(Whole, places)), (PayloadType.TrafficSelectorResponder, PolicyTraffic.OfIut(Whole, places)) })
        {
            var answered = response.Selectors(side);
            Context.Check(
                "RFC7296-2.9-4", !answered.IsEmpty && answered.All(selector => policy.Any(own => IsWithin(selector, own))),
                $"{side.Notation()} within {string.Join(", ", policy)}", string.Join(", ", answered));
        }
    }

    private static bool IsWithin(TrafficSelector selector, TrafficSelector policy)
    {
        Ipsec.Packets.Ip.IpAddress start = selector.StartAddress, end = selector.EndAddress, first = policy.StartAddress, last = policy.EndAddress;
        return start.IsIpv6 == first.IsIpv6 && start >= first && end <= last;
    }

    private static TrafficSelector Any(bool ipv6) => ipv6
        ? TrafficSelector.Range(IPAddress.IPv6Any, IPAddress.Parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
        : TrafficSelector.Range(IPAddress.Any, IPAddress.Broadcast);
}
