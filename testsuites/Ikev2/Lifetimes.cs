using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>How SAs end: by age, by a peer that is silent, by a peer that starts anew (RFC 7296 sections 2.4 and 2.8).</summary>
public sealed class Lifetimes : Ikev2Scenario
{
    [Scenario("IKEV2-LIFETIME-001", "After its lifetime a child SA is not used: it is deleted, and a packet on it brings no reply", Needs = [Capability.Timers])]
    [Covers("RFC7296-2.8-1", "RFC7296-2.4-11")]
    public async Task ChildEnds()
    {
        await Context.Configure(new() { Timers = new() { ChildEnd = TimeSpan.FromSeconds(20) } });
        var session = await Tester.Establish();
        var child = session.Children[0];
        if (!await Tester.Carries(child))
            Context.Inconclusive("no traffic at first");
        var delete = await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.Informational) && received.Find<DeletePayload>() is not null, TimeSpan.FromSeconds(40));
        Context.Check("RFC7296-2.4-11", delete is not null && (Names(delete, child.OutboundSpi) || DeletesIke(delete)), $"D(ESP {child.OutboundSpi:x8})", Text(delete));
        Tester.Respond(delete!, DeletePayload.Esp(child.InboundSpi));
        // Its kernel hears of it a moment after its daemon.
        await Pass(Iut.Topology.SilenceTime);
        var echo = Tester.NewEcho(child, out var packet);
        Tester.SendEsp(child, child.Seal(packet), $"ESP {child.OutboundSpi:x8}: ICMP echo request {echo}");
        await Tester.ExpectNoReply(echo, "RFC7296-2.8-1", "no reply on an SA that has ended");
    }

    [Scenario("IKEV2-LIFETIME-002", "A child SA that ends and could not be rekeyed takes the IKE SA with it", Needs = [Capability.Timers])]
    [Covers("RFC7296-2.8-4")]
    public async Task RekeyingFails()
    {
        await Context.Configure(new() { Timers = new() { ChildRekeying = TimeSpan.FromSeconds(10), ChildEnd = TimeSpan.FromSeconds(30) } });
        var session = await Tester.Establish();
        var rekey = await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.CreateChildSa), TimeSpan.FromSeconds(29));
        if (rekey is null)
            Context.Inconclusive("it does not rekey");
        Tester.Respond(rekey!, new NotifyPayload(NotifyType.NoProposalChosen));
        ReceivedIke? delete = null;
        for (var request = 0; request < 2 && (delete is null || !DeletesIke(delete)); request++)
        {
            delete = await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.Informational) && received.Find<DeletePayload>() is not null, TimeSpan.FromSeconds(30));
            if (delete is not null && !DeletesIke(delete))
                Tester.Respond(delete, DeletePayload.Esp(session.Children[0].InboundSpi));
        }
        Context.Check("RFC7296-2.8-4", delete is not null && DeletesIke(delete), "D(IKE)", Text(delete));
        await Tester.ExpectNoChild("RFC7296-2.8-4");
    }

    [Scenario("IKEV2-LIFETIME-003", "An IKE SA that ends is deleted with its child SAs", Needs = [Capability.Timers])]
    [Covers("RFC7296-2.8-1", "RFC7296-2.4-11", "RFC7296-2.4-13")]
    public async Task IkeEnds()
    {
        await Context.Configure(new() { Timers = new() { IkeEnd = TimeSpan.FromSeconds(20) } });
        var session = await Tester.Establish();
        var delete = await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.Informational) && DeletesIke(received), TimeSpan.FromSeconds(40));
        Context.Check("RFC7296-2.4-13", delete is not null, "D(IKE)", "nothing");
        Context.Check("RFC7296-2.4-11", delete is not null, "D(IKE)", "nothing");
        Tester.Respond(delete!);
        await Tester.ExpectNoChild("RFC7296-2.8-1");
    }

    [Scenario("IKEV2-LIFETIME-004", "Past its soft lifetime a child SA is replaced and deleted, and traffic goes on", Needs = [Capability.Timers])]
    [Covers("RFC4301-4.4.2.1-6")]
    public async Task SoftLifetimeBringsAReplacement()
    {
        const string requirement = "RFC4301-4.4.2.1-6";
        await Context.Configure(new() { Timers = new() { ChildRekeying = TimeSpan.FromSeconds(10), ChildEnd = TimeSpan.FromSeconds(30) } });
        var session = await Tester.Establish();
        var old = session.Children[0];
        var rekey = await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.CreateChildSa), TimeSpan.FromSeconds(29));
        Context.Check(requirement, rekey?.Notify(NotifyType.RekeySa) is not null, "CREATE_CHILD_SA with N(REKEY_SA) before the hard lifetime", Text(rekey));
        if (rekey?.Notify(NotifyType.RekeySa) is null)
            return;
        var made = Tester.AnswerChild(rekey);
        Context.Check(requirement, await IsDeleted(session, old.OutboundSpi), $"D(ESP {old.OutboundSpi:x8})", "none");
        Context.Check(requirement, await Tester.Carries(made), "traffic over the new one", "no echo reply in ESP");
    }

    [Scenario("IKEV2-LIFETIME-005", "The ages at which child SAs are rekeyed differ a little", Needs = [Capability.Timers, Capability.SkipsTime])]
    [Covers("RFC7296-2.8.1-1")]
    public async Task RekeyingIsJittered()
    {
        const int rekeyings = 5;
        await Context.Configure(new() { Timers = new() { ChildRekeying = TimeSpan.FromSeconds(100), ChildEnd = TimeSpan.FromSeconds(200) } });
        var session = await Tester.Establish();
        var ages = new List<double>();
        for (var made = Tester.Now; ages.Count < rekeyings; made = Tester.Now)
        {
            var rekey = await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.CreateChildSa), TimeSpan.FromSeconds(150));
            if (rekey is null)
            {
                Context.Inconclusive("it does not rekey");
                return;
            }
            ages.Add((Tester.Now - made).TotalSeconds);
            Tester.AnswerChild(rekey);
        }
        Context.Check("RFC7296-2.8.1-1", ages.Max() - ages.Min() > 0.1, "ages that differ by more than 0.1 s", string.Join(' ', ages.Select(age => $"{age:0.00} s")));
    }

    [Scenario("IKEV2-DEAD-001", "One unanswered liveness check is no death, repeated silence is", Needs = [Capability.Timers])]
    [Covers("RFC7296-2.4-5", "RFC7296-2.1-6")]
    public async Task SilenceIsDeath()
    {
        await Context.Configure(new() { Timers = new() { Liveness = TimeSpan.FromSeconds(5) } });
        var session = await Tester.Establish();
        Tester.IsCourteous = false;
        var first = await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.Informational), TimeSpan.FromSeconds(20));
        if (first is null)
            Context.Inconclusive("it does not ask whether the peer lives");
        var again = await Tester.Receive<ReceivedIke>(received => received.Octets == first!.Octets, TimeSpan.FromSeconds(20));
        Context.Check("RFC7296-2.1-6", again is not null, "the same check again", "nothing");
        Context.Check("RFC7296-2.4-5", !(await Iut.SecurityAssociations(Context.Cancellation)).IsEmpty, "the child SA is there after one silence", "it is gone");
        // Ten minutes at most, in steps of five seconds.
        for (var step = 0; step < 120 && !(await Iut.SecurityAssociations(Context.Cancellation)).IsEmpty; step++)
            await Pass(TimeSpan.FromSeconds(5));
        await Tester.ExpectNoChild("RFC7296-2.4-5");
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-INITIALCONTACT-001", "INITIAL_CONTACT in an authenticated IKE_AUTH ends the IKE SAs of that identity from before, and no others", Needs = [Capability.InitialContact])]
    [Covers("RFC7296-2.4-5", "RFC7296-2.4-3")]
    public async Task PeerStartsAnew()
    {
        await Context.Configure(new());
        var old = await Tester.Establish();
        var session = await HalfOpen();
        var (response, child) = await Authenticate(session, payloads => payloads.Insert(1, new NotifyPayload(NotifyType.InitialContact)));
        var trouble = response is null ? "no response" : session.TakeAuthResponse(response, child);
        if (trouble is not null)
            Context.Inconclusive($"the second IKE SA does not come about: {trouble}");
        await Pass(Iut.Topology.SilenceTime);
        var left = await Iut.SecurityAssociations(Context.Cancellation);
        Context.Check("RFC7296-2.4-5", left.All(sa => sa.InboundSpi != old.Children[0].OutboundSpi), "the old child SA is gone", "it is still there");
        Context.Check("RFC7296-2.4-3", await Tester.Carries(child), "the new one carries traffic", "no echo reply in ESP");
    }

    [Scenario("IKEV2-INITIALCONTACT-002", "If it says INITIAL_CONTACT, then in its first IKE_AUTH request and not in an exchange of its own", Needs = [Capability.Initiator])]
    [Covers("RFC7296-2.4-3")]
    public async Task InitialContactOfItsOwn()
    {
        await Context.Configure(new());
        var session = await Tester.BeEstablished();
        var late = await Tester.Receive<ReceivedIke>(received => received.Session == session && received.Notify(NotifyType.InitialContact) is not null && received.Header.ExchangeType != ExchangeType.IkeAuth, Iut.Topology.SilenceTime);
        Context.Check("RFC7296-2.4-3", late is null, "no INITIAL_CONTACT after IKE_AUTH", Text(late));
    }

    [Scenario("IKEV2-INITIALCONTACT-003", "INITIAL_CONTACT of a peer that fails to authenticate ends nothing")]
    [Covers("RFC7296-2.4-5")]
    public async Task UnauthenticatedInitialContact()
    {
        await Context.Configure(new());
        var old = await Tester.Establish();
        var session = await HalfOpen();
        await Authenticate(session, payloads => [.. payloads.Insert(1, new NotifyPayload(NotifyType.InitialContact)).Select(payload => payload is AuthenticationPayload authentication ? authentication with { Data = new byte[32] } : payload)]);
        Context.Check("RFC7296-2.4-5", await Tester.Carries(old.Children[0]), "the old child SA carries traffic", "no echo reply in ESP");
        await Tester.ProbeLiveness(old);
    }
}
