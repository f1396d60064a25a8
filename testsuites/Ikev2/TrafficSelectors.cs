using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;
using System.Collections.Immutable;
using System.Net;

namespace Conformance.Suites.Ikev2;

/// <summary>Traffic selectors and their narrowing (RFC 7296 section 2.9).</summary>
public sealed class TrafficSelectors : Ikev2Scenario
{
    [Scenario("IKEV2-NARROW-001", "Selectors wider than the responder's policy are narrowed to a subset")]
    [Covers("RFC7296-2.9-4")]
    public async Task WideSelectorsAreNarrowed()
    {
        await Context.Configure(new());
        var any = TrafficSelector.Range(IPAddress.Any, IPAddress.Broadcast);
        var (session, response, child) = await Authenticate([any], [any]);
        var trouble = session.TakeAuthResponse(response, child);
        Context.Check("RFC7296-2.9-4", trouble is null, "a child SA with narrower selectors", trouble ?? "");
        var answered = response.Selectors(PayloadType.TrafficSelectorResponder);
        Context.Check(
            "RFC7296-2.9-4", answered.All(selector => selector != any), "TSr no wider than the responder's own network", string.Join(", ", answered));
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-NARROW-002", "Selectors outside the responder's policy are refused with TS_UNACCEPTABLE, and the IKE SA is established all the same")]
    [Covers("RFC7296-1.3.1-4", "RFC7296-2.21.3-1")]
    public async Task ForeignSelectorsAreRefused()
    {
        await Context.Configure(new());
        var foreign = TrafficSelector.Range(IPAddress.Parse("198.51.100.0"), IPAddress.Parse("198.51.100.255"));
        var (session, response, _) = await Authenticate([foreign], [foreign]);
        Context.Check("RFC7296-2.21.3-1", response.Notify(NotifyType.TsUnacceptable) is not null, "N(TS_UNACCEPTABLE)", response.Summary);
        Context.Check("RFC7296-1.3.1-4", response.Find<AuthenticationPayload>() is not null, "IDr and AUTH beside it: the IKE SA is there", response.Summary);
        await Tester.ProbeLiveness(session);
    }

    private async Task<(IkeSession Session, ReceivedIke Response, EspSession Child)> Authenticate(ImmutableArray<TrafficSelector> initiator, ImmutableArray<TrafficSelector> responder)
    {
        var session = await HalfOpen();
        var payloads = session.AuthRequestPayloads(out var child).Select(payload => payload is TrafficSelectorPayload selectors
            ? selectors with { Selectors = selectors.Side == PayloadType.TrafficSelectorInitiator ? initiator : responder }
            : payload);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, [.. payloads]));
        if (response is null)
            Context.Inconclusive("no IKE_AUTH response");
        return (session, response!, child);
    }
}
