using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Peers that prove nothing (RFC 7619).</summary>
public sealed class NullAuthentication : Ikev2Scenario
{
    private static readonly ConnectionPolicy Anonymous = new() { LocalIdentity = PolicyIdentity.Nobody, RemoteIdentity = PolicyIdentity.Nobody, Anonymous = PolicyEnds.Both };

    [Scenario("IKEV2-NULL-001", "An initiator without identity and proof gets an SA where the policy is for such, and a responder without either", Needs = [Capability.NullAuthentication])]
    [Covers("RFC7619-2.2-1", "RFC7619-2.2-2", "RFC7619-2.4-1")]
    public async Task AsResponder()
    {
        await Context.Configure(Anonymous);
        var session = await HalfOpen();
        var (response, child) = await Authenticate(session);
        var trouble = response is null ? "no response" : session.TakeAuthResponse(response, child);
        CheckOwn(response, PayloadType.IdentificationResponder);
        Context.Check("RFC7619-2.4-1", trouble is null && await Tester.Carries(child), "AUTH of method NULL by SK_pr, and traffic over the child SA", trouble ?? "no echo reply in ESP");
        await Tester.ProbeLiveness(session);
    }

    [Scenario("IKEV2-NULL-002", "As the initiator it has neither identity nor proof where the policy says so, and takes a responder without", Needs = [Capability.NullAuthentication, Capability.Initiator])]
    [Covers("RFC7619-2.2-1", "RFC7619-2.2-2", "RFC7619-2.4-1")]
    public async Task AsInitiator()
    {
        await Context.Configure(Anonymous);
        var request = await Tester.AwaitAuthRequest();
        CheckOwn(request, PayloadType.IdentificationInitiator);
        var trouble = Tester.AnswerAuth(request);
        Context.Check("RFC7619-2.4-1", trouble is null, "AUTH of method NULL by SK_pi", trouble ?? "");
        Context.Check("RFC7619-2.4-1", await Tester.Carries(request.Session!.Children[0]), "traffic over the child SA", "no echo reply in ESP");
        await Tester.ProbeLiveness(request.Session);
    }

    [Scenario("IKEV2-NULL-WRONG-001", "NULL authentication by SK_pr of the initiator is answered with AUTHENTICATION_FAILED", Needs = [Capability.NullAuthentication])]
    [Covers("RFC7619-2.4-1", "RFC7296-2.21.2-1")]
    public Task WrongKey() => Refused(Anonymous, "RFC7619-2.4-1", session => session.AuthenticateBy(session.Keys!.SkPr, session.OwnIdentity(), AuthenticationMethod.NullAuthentication));

    [Scenario("IKEV2-NULL-WRONG-002", "ID_NULL with a shared key is answered with AUTHENTICATION_FAILED where the policy is for peers without proof", Needs = [Capability.NullAuthentication])]
    [Covers("RFC7619-A-1", "RFC7296-2.21.2-1")]
    public Task SharedKeyOfNobody() => Refused(Anonymous, "RFC7619-A-1", BySharedKey);

    [Scenario("IKEV2-NULL-REFUSED-001", "NULL authentication under the peer's own name is answered with AUTHENTICATION_FAILED where the policy wants proof")]
    [Covers("RFC7619-2-1", "RFC7296-2.21.2-1")]
    public Task NameWithoutProof() => RefusedForWantOfProof("tester.example", "RFC7619-2-1");

    [Scenario("IKEV2-NULL-REFUSED-002", "NULL authentication under ID_NULL is answered with AUTHENTICATION_FAILED where the policy wants proof")]
    [Covers("RFC7619-3.3-1", "RFC7296-2.21.2-1")]
    public Task NobodyWithoutProof() => RefusedForWantOfProof(PolicyIdentity.Nobody, "RFC7619-3.3-1");

    [Scenario("IKEV2-NULL-REFUSED-003", "ID_NULL with the right shared key is answered with AUTHENTICATION_FAILED where the policy wants a name")]
    [Covers("RFC7619-A-1", "RFC7296-2.21.2-1")]
    public Task NobodyWithSharedKey() => Refused(new(), "RFC7619-A-1", BySharedKey, PolicyIdentity.Nobody);

    [Scenario("IKEV2-NULL-REFUSED-004", "A responder without proof gets no SA where the policy wants proof", Needs = [Capability.Initiator])]
    [Covers("RFC7619-2-1")]
    public async Task ResponderWithoutProof()
    {
        await Context.Configure(new());
        var request = await Tester.AwaitAuthRequest();
        var session = request.Session!;
        if (session.AnswerAuthRequest(request, out var child, out var trouble) is not { } payloads)
        {
            Context.Inconclusive($"IKE_AUTH can't be answered: {trouble}");
            return;
        }
        Tester.Watch(child);
        Tester.Respond(request, [.. payloads.Select(payload => payload is AuthenticationPayload ? Null(session) : payload)]);
        await Pass(Iut.Topology.SilenceTime);
        await Tester.ExpectNoChild("RFC7619-2-1");
    }

    [Scenario("IKEV2-NULL-NAME-001", "A peer without proof is taken, whatever it calls itself", Needs = [Capability.NullAuthentication])]
    [Covers("RFC7619-2.2-3")]
    public async Task NameIsNotLookedAt()
    {
        await Context.Configure(Anonymous);
        var session = await HalfOpen(session => session.Identity = "somebody.example");
        var (response, child) = await Authenticate(session);
        var trouble = response is null ? "no response" : session.TakeAuthResponse(response, child);
        Context.Check("RFC7619-2.2-3", trouble is null, "established", trouble ?? "");
    }

    [Scenario("IKEV2-NULL-CONTACT-001", "INITIAL_CONTACT of a peer without proof leaves another's IKE SA alone", Needs = [Capability.NullAuthentication])]
    [Covers("RFC7619-2.3-1")]
    public async Task InitialContactIsNotBelieved()
    {
        await Context.Configure(Anonymous);
        var first = await Tester.Establish();
        var session = await HalfOpen();
        var (response, child) = await Authenticate(session, payloads => payloads.Insert(1, new NotifyPayload(NotifyType.InitialContact)));
        if (response is null || session.TakeAuthResponse(response, child) is not null)
            Context.Inconclusive("no second IKE SA");
        var answer = await Tester.ResponseTo(Tester.Send(first, ExchangeType.Informational));
        Context.Check("RFC7619-2.3-1", answer is { IsProtected: true, AnyError: null }, "the first IKE SA answers", Text(answer));
    }

    private void CheckOwn(ReceivedIke? message, PayloadType side)
    {
        var own = message?.Payloads.OfType<IdentificationPayload>().FirstOrDefault(payload => payload.Side == side);
        Context.Check("RFC7619-2.2-2", own?.IdType == IdentificationType.Null, "ID_NULL", $"{own?.IdType}");
        Context.Check("RFC7619-2.2-1", own?.IdType != IdentificationType.Null || own.Data.IsEmpty, "no data in ID_NULL", $"{own?.Data.Length} octets");
    }

    private async Task RefusedForWantOfProof(PolicyIdentity asserted, string requirement)
    {
        await Context.Configure(new());
        var session = await HalfOpen(session => session.Identity = asserted);
        var (response, _) = await Authenticate(session, payloads => [.. payloads.Select(payload => payload is AuthenticationPayload ? Null(session) : payload)]);
        Context.Check(requirement, response?.Notify(NotifyType.AuthenticationFailed) is not null, "N(AUTHENTICATION_FAILED)", Text(response));
        await ExpectRefusal(response, requirement);
    }

    private async Task Refused(ConnectionPolicy policy, string requirement, Func<IkeSession, AuthenticationPayload> proof, PolicyIdentity? asserted = null)
    {
        await Context.Configure(policy);
        var session = await HalfOpen(session => session.Identity = asserted);
        var (response, _) = await Authenticate(session, payloads => [.. payloads.Select(payload => payload is AuthenticationPayload ? proof(session) : payload)]);
        await ExpectRefusal(response, requirement);
    }

    private AuthenticationPayload BySharedKey(IkeSession session) => session.AuthenticateBy(System.Text.Encoding.ASCII.GetBytes(Context.Policy.PreSharedKey), session.OwnIdentity());

    private static AuthenticationPayload Null(IkeSession session) =>
        session.AuthenticateBy(session.IsInitiator ? session.Keys!.SkPi : session.Keys!.SkPr, session.OwnIdentity(), AuthenticationMethod.NullAuthentication);
}
