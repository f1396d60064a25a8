using System.Buffers.Binary;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>EAP with the implementation as the responder: the tester proves itself by it (RFC 7296 sections 2.15, 2.16, 3.16).</summary>
public sealed class EapOfTester : EapScenario
{
    [Scenarios(nameof(Methods))]
    public async Task WholeExchange(EapMethod method)
    {
        var key = KeyRequirement(method);
        var (session, child, eap) = await Begin(method);
        var success = await Converse(session, eap);
        Context.Check("RFC7296-2.16-7", success?.Code == EapCode.Success, "EAP Success behind a right response", success?.Notation ?? "no EAP payload");
        Context.Check("RFC7296-3.16-3", success!.Data.IsEmpty, "Success of 4 octets", success.Notation);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, session.AuthenticateAfterEap()));
        Context.Check("RFC7296-2.16-10", response?.Find<AuthenticationPayload>() is not null, "AUTH in the answer to the AUTH behind Success", Text(response));
        var wrong = session.VerifyAfterEap(response!);
        Context.Check(key, wrong is null, method == EapMethod.Md5Challenge ? "AUTH by SK_pr" : "AUTH by EAP's MSK", wrong ?? "");
        var trouble = session.TakeAuthResponse(response!, child);
        Context.Check("RFC7296-2.16-2", trouble is null && await Tester.Carries(child), "a child SA, and traffic over it", trouble ?? "no echo reply in ESP");
        await Tester.ProbeLiveness(session);
    }

    public static IEnumerable<ScenarioCase> Methods => Cases("IKEV2-EAP-R", "The tester proves itself by {0}, and an SA comes about", method =>
        [KeyRequirement(method), "RFC7296-2.16-1", "RFC7296-2.16-2", "RFC7296-2.16-7", "RFC7296-2.16-10", "RFC7296-3.16-2", "RFC7296-3.16-3", "RFC7296-3.16-5", "RFC7296-3.16-7", "RFC7296-5-5"]);

    public static IEnumerable<ScenarioCase> WrongPasswords => Cases("IKEV2-EAP-PASSWORD-R", "A wrong password in {0} is answered with EAP Failure", _ => ["RFC7296-2.16-8", "RFC7296-3.16-3"]);

    [Scenarios(nameof(WrongPasswords))]
    public async Task WrongPassword(EapMethod method)
    {
        var (session, _, eap) = await Begin(method);
        session.EapPassword = "not-the-password";
        // A server may let its client try again before it says so.
        var failure = await Converse(session, eap);
        Context.Check("RFC7296-2.16-8", failure?.Code == EapCode.Failure, "EAP Failure", failure?.Notation ?? "no EAP payload");
        Context.Check("RFC7296-3.16-3", failure!.Data.IsEmpty, "Failure of 4 octets", failure.Notation);
        await Tester.ExpectNoChild("RFC7296-2.16-8");
        await Tester.ProbeLiveness();
    }

    public static IEnumerable<ScenarioCase> WrongKeys => Cases("IKEV2-EAP-KEY-R", "AUTH by another key than {0} leaves is refused", method => [KeyRequirement(method)]);

    [Scenarios(nameof(WrongKeys))]
    public async Task AuthByAnotherKey(EapMethod method)
    {
        var (session, _, eap) = await Begin(method);
        await Succeed(session, eap);
        var key = method == EapMethod.Md5Challenge ? System.Text.Encoding.ASCII.GetBytes(Context.Policy.Eap!.Password) : session.Keys!.SkPi;
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, session.AuthenticateBy(key, session.OwnIdentity())));
        Context.Check(KeyRequirement(method), response?.Find<SecurityAssociationPayload>() is null && response?.Find<AuthenticationPayload>() is null, "no AUTH and no SA", Text(response));
        await Tester.ExpectNoChild(KeyRequirement(method));
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-EAP-EARLY-001", "AUTH before EAP is through brings no SA")]
    [Covers("RFC7296-2.16-2")]
    public async Task AuthBeforeSuccess()
    {
        var (session, _, _) = await Begin(EapMethod.Md5Challenge);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, session.AuthenticateAfterEap()));
        Context.Check("RFC7296-2.16-2", response?.Find<SecurityAssociationPayload>() is null && response?.Find<AuthenticationPayload>() is null, "no AUTH and no SA", Text(response));
        await Tester.ExpectNoChild("RFC7296-2.16-2");
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-EAP-EARLY-002", "A request for a child SA between EAP's Success and AUTH brings none")]
    [Covers("RFC7296-2.16-2")]
    public async Task ChildBeforeAuth()
    {
        var (session, _, eap) = await Begin(EapMethod.MsChapV2);
        await Succeed(session, eap);
        var response = await Tester.ResponseTo(Tester.SendChildRequest(session, out _));
        Context.Check("RFC7296-2.16-2", response?.Find<SecurityAssociationPayload>() is null, "no SA", Text(response));
        await Tester.ExpectNoChild("RFC7296-2.16-2");
        await Tester.ProbeLiveness();
    }

    [Scenario("IKEV2-EAP-CONFIG-001", "With EAP, CFG_REPLY comes with SA, in the last message", Needs = [Capability.AddressAssignment])]
    [Covers("RFC7296-2.19-3")]
    public async Task ConfigurationComesWithSa()
    {
        await Context.Configure(Policy(EapMethod.MsChapV2, isImplementation: false) with { Assignment = AddressAssignment.OnRequest });
        var session = await HalfOpen();
        var payloads = session.EapRequestPayloads(out var child);
        Tester.Watch(child);
        var request = new ConfigurationPayload(ConfigurationType.Request, [new(ConfigurationAttributeType.InternalIp4Address, Octets.Empty)]);
        var first = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, payloads.Insert(payloads.IndexOf(Offer(payloads)), request)));
        Context.Check("RFC7296-2.19-3", first is not null && first.Find<ConfigurationPayload>() is null, "no CP where there is no SA", Text(first));
        if (session.TakeEapBeginning(first!) is { } trouble || first!.Find<ExtensibleAuthenticationPayload>() is not { } eap)
        {
            Context.Inconclusive("EAP does not begin");
            return;
        }
        await Succeed(session, eap);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, session.AuthenticateAfterEap()));
        var order = response?.Payloads.Select(payload => payload.Type).ToList() ?? [];
        Context.Check(
            "RFC7296-2.19-3", order.Contains(PayloadType.Configuration) && order.IndexOf(PayloadType.Configuration) < order.IndexOf(PayloadType.SecurityAssociation), "CP before SA", Text(response));
    }

    /// <summary>IKE_AUTH without AUTH, and what the responder has to say first.</summary>
    public static IEnumerable<ScenarioCase> Lifetimes => Cases(
        "IKEV2-EAP-LIFETIME-R", "Told how long an authentication counts, it says so to who authenticates by {0}, in the last message of IKE_AUTH", _ => ["RFC4478-2-2", "RFC4478-3-1"], Capability.Reauthentication);

    [Scenarios(nameof(Lifetimes))]
    public async Task LifetimeIsTold(EapMethod method)
    {
        var age = TimeSpan.FromMinutes(10);
        var (session, _, eap) = await Begin(method, new() { Reauthentication = age });
        await Succeed(session, eap);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, session.AuthenticateAfterEap()));
        var notify = response?.Notify(NotifyType.AuthLifetime);
        Context.Check("RFC4478-2-2", notify?.Data.Length == 4 && BinaryPrimitives.ReadUInt32BigEndian(notify.Data.Span) <= age.TotalSeconds, $"AUTH_LIFETIME of {age.TotalSeconds:0} s at most", Text(response));
        Context.Check("RFC4478-3-1", notify!.Protocol == 0 && notify.Spi.IsEmpty, "protocol zero, no SPI", $"{notify.Protocol} {notify.Spi}");
    }

    private async Task<(IkeSession Session, EspSession Child, ExtensibleAuthenticationPayload Eap)> Begin(EapMethod method, PolicyTimers? timers = null)
    {
        await Context.Configure(Policy(method, isImplementation: false) with { Timers = timers });
        var session = await HalfOpen();
        var payloads = session.EapRequestPayloads(out var child);
        Tester.Watch(child);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, payloads));
        if (response is null)
            Context.Inconclusive("no IKE_AUTH response");
        CheckReadable(response!);
        var trouble = session.TakeEapBeginning(response!);
        var isSignature = response!.Find<AuthenticationPayload>()?.Method is { } used and not (AuthenticationMethod.SharedKey or AuthenticationMethod.NullAuthentication);
        foreach (var requirement in new[] { "RFC7296-2.16-1", "RFC7296-5-5" })
            CheckIfCovered(requirement, trouble is null && isSignature, "an AUTH by signature that verifies", trouble ?? $"{response.Find<AuthenticationPayload>()?.Method}");
        CheckIfCovered("RFC7296-2.16-2", response.Find<SecurityAssociationPayload>() is null, "no SA before the tester is authenticated", Text(response));
        if (trouble is not null || response.Find<ExtensibleAuthenticationPayload>() is not { } eap)
        {
            Context.Inconclusive($"EAP does not begin: {trouble ?? Text(response)}");
            throw new InvalidOperationException();
        }
        foreach (var requirement in new[] { "RFC7296-3.16-5", "RFC7296-3.16-7" })
            CheckIfCovered(requirement, eap.Method != (byte)EapMethod.Identity, "a request of its method, not of the identity", eap.Notation);
        return (session, child, eap);
    }

    /// <summary>Answers requests until there is none: Success, Failure, or null where the responder says something else.</summary>
    private async Task<ExtensibleAuthenticationPayload?> Converse(IkeSession session, ExtensibleAuthenticationPayload eap)
    {
        for (var round = 0; round < 10 && eap.Code == EapCode.Request; round++)
        {
            // What the tester has no answer for (that the password is wrong, as a rule) is acknowledged: with the octet that says what it was.
            var answer = session.AnswerEap(eap) ?? new(EapCode.Response, eap.Identifier, eap.Data.Span[..Math.Min(2, eap.Data.Length)].ToArray());
            var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, answer));
            if (response is not null)
                CheckReadable(response);
            if (response?.Find<ExtensibleAuthenticationPayload>() is not { } next)
                return null;
            eap = next;
        }
        return eap;
    }

    private async Task Succeed(IkeSession session, ExtensibleAuthenticationPayload eap)
    {
        if (await Converse(session, eap) is not { Code: EapCode.Success })
            Context.Inconclusive("EAP does not succeed");
    }
}
