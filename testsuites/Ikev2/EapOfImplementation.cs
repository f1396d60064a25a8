using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>EAP with the implementation as the initiator: it proves itself by it (RFC 7296 sections 2.15, 2.16, 3.16, 5).</summary>
[Needs(Capability.Initiator)]
public sealed class EapOfImplementation : EapScenario
{
    public static IEnumerable<ScenarioCase> Methods => Cases("IKEV2-EAP-I", "The implementation proves itself by {0}, and an SA comes about", method =>
        [KeyRequirement(method), "RFC7296-2.16-2", "RFC7296-2.16-10", "RFC7296-3.16-1", "RFC7296-3.16-2", "RFC7296-3.16-4"]);

    [Scenarios(nameof(Methods))]
    public async Task WholeExchange(EapMethod method)
    {
        var (first, request) = await Converse(method);
        var session = first.Session!;
        Context.Check("RFC7296-2.16-10", request?.Find<AuthenticationPayload>() is not null, "AUTH behind Success", Text(request));
        var wrong = session.VerifyAfterEap(request!);
        Context.Check(KeyRequirement(method), wrong is null, method == EapMethod.Md5Challenge ? "AUTH by SK_pi" : "AUTH by EAP's MSK", wrong ?? "");
        if (session.ConcludeEap(first, out var child, out var trouble) is not { } payloads)
        {
            Context.Inconclusive($"its offer can't be answered: {trouble}");
            return;
        }
        Tester.Watch(child);
        Tester.Respond(request!, payloads);
        Context.Check("RFC7296-2.16-2", await Tester.Carries(child), "traffic over the child SA", "no echo reply in ESP");
        await Tester.ProbeLiveness(session);
    }

    public static IEnumerable<ScenarioCase> WrongKeys => Cases("IKEV2-EAP-KEY-I", "A responder whose AUTH has another key than {0} leaves gets no SA", method => [KeyRequirement(method)]);

    [Scenarios(nameof(WrongKeys))]
    public async Task AuthByAnotherKey(EapMethod method)
    {
        var (first, request) = await Converse(method);
        var session = first.Session!;
        if (request is null || session.ConcludeEap(first, out var child, out _) is not { } payloads)
        {
            Context.Inconclusive("EAP does not come to its end");
            return;
        }
        Tester.Watch(child);
        var key = method == EapMethod.Md5Challenge ? System.Text.Encoding.ASCII.GetBytes(Context.Policy.Eap!.Password) : session.Keys!.SkPr;
        Tester.Respond(request, [.. payloads.Select(payload => payload is AuthenticationPayload ? session.AuthenticateBy(key, session.OwnIdentity()) : payload)]);
        await Pass(Iut.Topology.SilenceTime);
        await Tester.ExpectNoChild(KeyRequirement(method));
    }

    [Scenario("IKEV2-EAP-UNSIGNED-001", "A responder that answers with a shared key and EAP is told nothing of EAP")]
    [Covers("RFC7296-5-4", "RFC7296-5-5", "RFC7296-2.16-1")]
    public Task ResponderWithSharedKey() => Unproved(session => session.AuthenticateBy(System.Text.Encoding.ASCII.GetBytes(Context.Policy.PreSharedKey), session.OwnIdentity()));

    [Scenario("IKEV2-EAP-UNSIGNED-002", "A responder whose signature does not verify is told nothing of EAP")]
    [Covers("RFC7296-5-4", "RFC7296-5-5", "RFC7296-2.16-1")]
    public Task ResponderWithWrongSignature() => Unproved(session =>
    {
        var authentication = session.Authenticate(session.OwnIdentity());
        var octets = authentication.Data.ToArray();
        octets[^1] ^= 1;
        return authentication with { Data = octets };
    });

    [Scenario("IKEV2-EAP-UNSIGNED-003", "A responder that leaves AUTH out beside EAP is told nothing of EAP")]
    [Covers("RFC7296-5-4", "RFC7296-5-5", "RFC7296-2.16-1")]
    public Task ResponderWithoutAuth() => Unproved(_ => null);

    [Scenario("IKEV2-EAP-UNSIGNED-004", "A responder with NULL authentication beside EAP is told nothing of EAP")]
    [Covers("RFC7296-5-4", "RFC7296-5-5", "RFC7619-2-2")]
    public Task ResponderWithNull() => Unproved(session => session.AuthenticateBy(session.Keys!.SkPr, session.OwnIdentity(), AuthenticationMethod.NullAuthentication), "RFC7619-2-2");

    [Scenario("IKEV2-EAP-NAK-001", "A request of an EAP method that it does not know is answered with Nak, under the request's identifier")]
    [Covers("RFC7296-3.16-1", "RFC7296-3.16-4")]
    public async Task UnknownMethod()
    {
        await Context.Configure(Policy(EapMethod.MsChapV2, isImplementation: true));
        var first = await Tester.AwaitAuthRequest();
        var beginning = first.Session!.BeginEap(first);
        Tester.Respond(first, [.. beginning.Select(payload => payload is ExtensibleAuthenticationPayload ? new ExtensibleAuthenticationPayload(EapCode.Request, 77, new byte[] { 199, 1, 2, 3 }) : payload)]);
        var response = await NextRequest(first);
        var eap = response?.Find<ExtensibleAuthenticationPayload>();
        Context.Check("RFC7296-3.16-1", eap is { Code: EapCode.Response, Identifier: 77 }, "an EAP response with identifier 77", Text(response));
        Context.Check("RFC7296-3.16-4", eap!.Method == (byte)EapMethod.Nak, "Nak", eap.Notation);
    }

    [Scenario("IKEV2-EAP-EARLY-003", "Success before any method is through is not believed")]
    [Covers("RFC7296-2.16-2")]
    public async Task EarlySuccess()
    {
        await Context.Configure(Policy(EapMethod.MsChapV2, isImplementation: true));
        var first = await Tester.AwaitAuthRequest();
        var beginning = first.Session!.BeginEap(first);
        Tester.Respond(first, [.. beginning.Select(payload => payload is ExtensibleAuthenticationPayload eap ? new ExtensibleAuthenticationPayload(EapCode.Success, eap.Identifier, Octets.Empty) : payload)]);
        var request = await NextRequest(first);
        Context.Check("RFC7296-2.16-2", request?.Find<AuthenticationPayload>() is null, "no AUTH", Text(request));
        await Tester.ExpectNoChild("RFC7296-2.16-2");
    }

    [Scenario("IKEV2-EAP-CONFIG-002", "With EAP, CFG_REQUEST comes with SA, in the first message", Needs = [Capability.AddressRequest])]
    [Covers("RFC7296-2.19-3")]
    public async Task ConfigurationComesWithSa()
    {
        await Context.Configure(Policy(EapMethod.MsChapV2, isImplementation: true) with { AsksForAddress = true });
        var first = await Tester.AwaitAuthRequest();
        var order = first.Payloads.Select(payload => payload.Type).ToList();
        Context.Check(
            "RFC7296-2.19-3", order.Contains(PayloadType.Configuration) && order.IndexOf(PayloadType.Configuration) < order.IndexOf(PayloadType.SecurityAssociation), "CP before SA", Text(first));
    }

    /// <summary>EAP up to Success; the first request, and the one that came after Success (null if none did).</summary>
    private async Task<(ReceivedIke First, ReceivedIke? Last)> Converse(EapMethod method)
    {
        await Context.Configure(Policy(method, isImplementation: true));
        var first = await Tester.AwaitAuthRequest();
        if (first.Find<AuthenticationPayload>() is not null)
            Context.Inconclusive("its first IKE_AUTH request has AUTH: it does not want EAP");
        var session = first.Session!;
        var beginning = session.BeginEap(first);
        var sent = beginning.OfType<ExtensibleAuthenticationPayload>().Single();
        Tester.Respond(first, beginning);
        var request = first;
        for (var round = 0; round < 10; round++)
        {
            request = await NextRequest(request);
            if (sent.Code != EapCode.Request || request is null)
                return (first, request);
            CheckReadable(request);
            if (request.Find<ExtensibleAuthenticationPayload>() is not { Code: EapCode.Response } eap)
            {
                Context.Inconclusive($"no EAP response: {Text(request)}");
                return (first, null);
            }
            CheckIfCovered("RFC7296-3.16-1", eap.Identifier == sent.Identifier, $"identifier {sent.Identifier}", $"{eap.Identifier}");
            CheckIfCovered("RFC7296-3.16-4", eap.Method == sent.Method || eap.Method == (byte)EapMethod.Nak, $"type {sent.Method}, or Nak", eap.Notation);
            // RFC 3748 section 5.3: a response that asks for another method gets it.
            sent = eap.Method == (byte)EapMethod.Nak && sent.Method != (byte)method ? session.AskEap() : session.TakeEapResponse(eap);
            Tester.Respond(request, sent);
        }
        return (first, null);
    }

    /// <summary>What the responder has instead of a signature beside EAP.</summary>
    private async Task Unproved(Func<IkeSession, AuthenticationPayload?> change, string requirement = "RFC7296-2.16-1")
    {
        await Context.Configure(Policy(EapMethod.Md5Challenge, isImplementation: true));
        var first = await Tester.AwaitAuthRequest();
        var proof = change(first.Session!);
        Tester.Respond(first, [.. first.Session!.BeginEap(first).SelectMany(payload => payload is AuthenticationPayload ? proof is null ? [] : [proof] : new[] { payload })]);
        var request = await NextRequest(first);
        foreach (var broken in new[] { "RFC7296-5-4", "RFC7296-5-5", requirement })
            Context.Check(broken, request?.Find<ExtensibleAuthenticationPayload>() is null && request?.Find<AuthenticationPayload>() is null, "no EAP response and no AUTH", Text(request));
        await Tester.ExpectNoChild("RFC7296-5-5");
    }

    /// <summary>Readable or not.</summary>
    private Task<ReceivedIke?> NextRequest(ReceivedIke previous) => Tester.Receive<ReceivedIke>(
        received => received.Session == previous.Session && !received.Header.IsResponse && received.Header.MessageId == previous.Header.MessageId + 1, Tester.ResponseTime);
}
