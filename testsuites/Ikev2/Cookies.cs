using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Cookies that a responder asks for (RFC 7296 section 2.6).</summary>
public sealed class Cookies : ScenarioFixture
{
    private static readonly ConnectionPolicy Policy = new() { AlwaysRequireCookie = true };

    [Scenario("IKEV2-COOKIE-001", "A responder that wants a cookie sends one of 1 to 64 octets, and goes on when it gets it back", Needs = [Capability.CookieOnDemand])]
    [Covers("RFC7296-2.6-3")]
    public async Task CookieIsAskedForAndAccepted()
    {
        await Context.Configure(Policy);
        var session = Tester.NewSession();
        var payloads = session.InitRequestPayloads();
        var first = await AskedForCookie(session, payloads);
        var response = await Tester.ResponseTo(Tester.SendInit(session, payloads.Insert(0, first)));
        Context.Check("RFC7296-2.6-3", response?.Find<SecurityAssociationPayload>() is not null, "SA, KE, Nonce once the cookie is there", response?.Summary ?? "nothing");
    }

    [Scenario("IKEV2-COOKIE-002", "A wrong cookie counts as none: a new one is sent, and no SA is made", Needs = [Capability.CookieOnDemand])]
    [Covers("RFC7296-2.6-3", "RFC7296-2.6-6")]
    public async Task WrongCookieCountsAsNone()
    {
        await Context.Configure(Policy);
        var session = Tester.NewSession();
        var payloads = session.InitRequestPayloads();
        var first = await AskedForCookie(session, payloads);
        var wrong = first.Data.ToArray();
        wrong[^1] ^= 0xff;
        var response = await Tester.ResponseTo(Tester.SendInit(session, payloads.Insert(0, new NotifyPayload(NotifyType.Cookie, wrong))));
        Context.Check("RFC7296-2.6-6", response?.Notify(NotifyType.Cookie) is not null, "N(COOKIE) again", response?.Summary ?? "nothing");
    }

    [Scenario("IKEV2-COOKIE-010", "With a hundred IKE SAs half open, the next initiator is asked for a cookie")]
    [Covers("RFC7296-2.6-2")]
    public async Task ManyHalfOpen()
    {
        const int halfOpen = 100;
        await Context.Configure(new());
        for (var number = 0; number < halfOpen; number++)
        {
            var abandoned = Tester.NewSession();
            Tester.SendInit(abandoned, abandoned.InitRequestPayloads());
        }
        await Tester.Receive<ReceivedIke>(_ => false, Iut.Topology.SilenceTime);
        var session = Tester.NewSession();
        var response = await Tester.ResponseTo(Tester.SendInit(session, session.InitRequestPayloads()));
        if (response is null)
            Context.Inconclusive("it answers nothing: so many of one address may be too many");
        Context.Check("RFC7296-2.6-2", response!.Notify(NotifyType.Cookie) is not null, "N(COOKIE)", response.Summary);
    }

    private async Task<NotifyPayload> AskedForCookie(IkeSession session, System.Collections.Immutable.ImmutableArray<Payload> payloads)
    {
        var response = await Tester.ResponseTo(Tester.SendInit(session, payloads));
        var cookie = response?.Notify(NotifyType.Cookie);
        if (cookie is null)
            Context.Inconclusive("it was told to ask for a cookie, and did not");
        Context.Check("RFC7296-2.6-3", cookie!.Data.Length is >= 1 and <= 64, "1 to 64 octets of cookie", $"{cookie.Data.Length}");
        return cookie;
    }
}
