using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>An initiator that offers two suites uses the one that is chosen, be it its second, in each exchange that negotiates (RFC 7296 sections 2.7, 2.18, 3.3).</summary>
[Needs(Capability.Initiator, Capability.ModpGroups, Capability.AesCbcHmacSha2)]
public sealed class SecondChoices : Ikev2Scenario
{
    private const string Requirement = "RFC7296-2.7-1";

    private static readonly IkeSuite FirstIke = IkeSuite.Aes256CbcSha256Modp2048;
    private static readonly EspSuite FirstEsp = EspSuite.Aes256CbcSha256;

    private static readonly ImmutableArray<(string Name, IkeSuite Suite, ImmutableArray<Capability> Needs)> SecondIke =
    [
        ("ENCR", FirstIke with { KeyLength = 128 }, []),
        ("PRF", FirstIke with { Prf = (ushort)PrfId.HmacSha512 }, []),
        ("INTEG", FirstIke with { Integrity = (ushort)IntegrityId.HmacSha512_256 }, []),
        ("KE", FirstIke with { KeyExchange = (ushort)KeyExchangeId.Ecp256 }, [Capability.EcpGroups]),
        ("COMBINED", IkeSuite.Aes256GcmSha256Curve25519 with { KeyExchange = FirstIke.KeyExchange }, [Capability.AesGcm16]),
    ];

    private static readonly ImmutableArray<(string Name, EspSuite Suite, ImmutableArray<Capability> Needs)> SecondEsp =
    [
        ("ENCR", FirstEsp with { KeyLength = 128 }, []),
        ("INTEG", FirstEsp with { Integrity = (ushort)IntegrityId.HmacSha512_256 }, []),
        ("ESN", FirstEsp with { ExtendedSequenceNumbers = true }, [Capability.ExtendedSequenceNumbers]),
        ("COMBINED", EspSuite.Aes256Gcm, [Capability.AesGcm16]),
    ];

    public static IEnumerable<ScenarioCase> InitCases => SecondIke.Select(one => new ScenarioCase(
        $"IKEV2-SECOND-INIT-{one.Name}", $"Of the two suites that it offers for the IKE SA the second is chosen, which differs in {one.Name}: the SAs come about with that", one.Suite, [Requirement], one.Needs));

    [Scenarios(nameof(InitCases))]
    public async Task ForTheIkeSa(IkeSuite second)
    {
        await Context.Configure(new() { IkeSuites = [FirstIke, second] });
        var init = await Tester.AwaitInitiation();
        if (init is null)
            Context.Inconclusive("told to initiate, it sent no IKE_SA_INIT request");
        if (init!.Find<KeyExchangePayload>()?.Method != (KeyExchangeId)second.KeyExchange)
            init = await AskForGroup(init, second);
        var session = Tester.AnswerInit(init, session => session.Policy = session.Policy with { IkeSuites = [second] });
        Context.Check(Requirement, session is not null, "an offer with the second suite", init.Summary);
        var auth = await Tester.Receive<ReceivedIke>(received => received.IsAuthRequestOf(session!), Tester.ResponseTime);
        Context.Check(Requirement, auth is { IsProtected: true }, "IKE_AUTH that opens with keys of the chosen suite", Text(auth));
        var trouble = Tester.AnswerAuth(auth!);
        Context.Check(Requirement, trouble is null && await Tester.Carries(session!.Children[0]), "traffic over the child SA", trouble ?? "no echo reply in ESP");
        await Tester.ProbeLiveness(session);
    }

    public static IEnumerable<ScenarioCase> AuthCases => SecondEsp.Select(one => new ScenarioCase(
        $"IKEV2-SECOND-AUTH-{one.Name}", $"Of the two suites that it offers for a child SA in IKE_AUTH the second is chosen, which differs in {one.Name}: traffic flows under that", one.Suite, [Requirement], one.Needs));

    [Scenarios(nameof(AuthCases))]
    public async Task ForTheFirstChild(EspSuite second)
    {
        await Context.Configure(new() { IkeSuites = [FirstIke], EspSuites = [FirstEsp, second] });
        var auth = await Tester.AwaitAuthRequest(session => session.Policy = session.Policy with { EspSuites = [second] });
        var trouble = Tester.AnswerAuth(auth);
        Context.Check(Requirement, trouble is null && await Tester.Carries(auth.Session!.Children[0]), "traffic over the child SA", trouble ?? "no echo reply in ESP");
    }

    public static IEnumerable<ScenarioCase> ChildRekeyCases => SecondEsp.Select(one => new ScenarioCase(
        $"IKEV2-SECOND-CHILDREKEY-{one.Name}", $"If its rekeying of a child SA offers the second suite too, which differs in {one.Name}, and that is chosen, traffic flows under it", one.Suite, [Requirement],
        [Capability.OrderRekeyChild, .. one.Needs]));

    [Scenarios(nameof(ChildRekeyCases))]
    public async Task ForTheRekeyedChild(EspSuite second)
    {
        await Context.Configure(new() { IkeSuites = [FirstIke], EspSuites = [FirstEsp, second] });
        var session = await BeAtWork();
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
        session.Policy = session.Policy with { EspSuites = [second] };
        // Section 2.8 would rather that algorithms stay: who offers the old ones alone does nothing wrong.
        var made = Tester.AnswerChild(request);
        Context.Check(Requirement, await Tester.Carries(made), "traffic over the new child SA", "no echo reply in ESP");
    }

    public static IEnumerable<ScenarioCase> IkeRekeyCases => SecondIke.Select(one => new ScenarioCase(
        $"IKEV2-SECOND-IKEREKEY-I-{one.Name}", $"Its rekeying of the IKE SA is answered with its second suite, which differs in {one.Name}: the new IKE SA works with that", one.Suite, [Requirement, "RFC7296-2.18-1"],
        [Capability.OrderRekeyIke, .. one.Needs]));

    [Scenarios(nameof(IkeRekeyCases))]
    public async Task ForTheRekeyedIkeSa(IkeSuite second)
    {
        await Context.Configure(new() { IkeSuites = [FirstIke, second] });
        var init = await Tester.AwaitInitiation();
        if (init is null)
            Context.Inconclusive("told to initiate, it sent no IKE_SA_INIT request");
        if (init!.Find<KeyExchangePayload>()?.Method != (KeyExchangeId)FirstIke.KeyExchange)
            init = await AskForGroup(init, FirstIke);
        if (Tester.AnswerInit(init, one => one.Policy = one.Policy with { IkeSuites = [FirstIke] }) is not { } session
            || await Tester.Receive<ReceivedIke>(received => received.IsAuthRequestOf(session), Tester.ResponseTime) is not { } auth || Tester.AnswerAuth(auth) is not null)
        {
            Context.Inconclusive("preamble: no IKE SA with the first suite");
            return;
        }
        if (!await Tester.Carries(session.Children[0]))
            Context.Inconclusive("preamble: no traffic over the child SA");
        var request = await Tester.AwaitOrdered(session, SaOrder.RekeyIke, ExchangeType.CreateChildSa);
        session.Policy = session.Policy with { IkeSuites = [second] };
        if (request.Find<KeyExchangePayload>()?.Method != (KeyExchangeId)second.KeyExchange)
        {
            Tester.Respond(request, new NotifyPayload(NotifyType.InvalidKePayload, new byte[] { 0, (byte)second.KeyExchange }));
            request = await Tester.AwaitRequest(session, ExchangeType.CreateChildSa);
        }
        var heir = Tester.AnswerIkeRekey(request);
        await Works(heir, session.Children[0]);
    }

    public static IEnumerable<ScenarioCase> IkeRekeyResponderCases => SecondIke.Select(one => new ScenarioCase(
        $"IKEV2-SECOND-IKEREKEY-R-{one.Name}", $"The IKE SA is rekeyed from its first suite to its second, which differs in {one.Name}: the new IKE SA works", one.Suite, [Requirement, "RFC7296-2.18-1"], one.Needs));

    [Scenarios(nameof(IkeRekeyResponderCases))]
    public async Task ForTheIkeSaThatTheTesterRekeys(IkeSuite second)
    {
        await Context.Configure(new() { IkeSuites = [FirstIke, second] });
        var session = await HalfOpen(one => one.Policy = one.Policy with { IkeSuites = [FirstIke] });
        var (response, child) = await Authenticate(session);
        if (response is null || session.TakeAuthResponse(response, child) is not null)
            Context.Inconclusive("preamble: no IKE SA with the first suite");
        session.Policy = session.Policy with { IkeSuites = [second] };
        var heir = await Tester.RekeyIke(session);
        await Works(heir, child);
    }

    /// <summary>The new IKE SA answers, and gives keys to child SAs by its own PRF (sections 2.13 and 2.18).</summary>
    private async Task Works(IkeSession heir, EspSession first)
    {
        var alive = await Tester.ResponseTo(Tester.Send(heir, ExchangeType.Informational));
        foreach (var requirement in new[] { Requirement, "RFC7296-2.18-1" })
            Context.Check(requirement, alive is { IsProtected: true }, "a response that opens with keys of the chosen suite, derived by the old IKE SA's PRF", Text(alive));
        var made = await Tester.CreateChild(heir, first);
        Context.Check("RFC7296-2.18-1", await Tester.Carries(made, orAnother: true), "traffic over a child SA of the new IKE SA", "no echo reply in ESP");
    }

    private async Task<ReceivedIke> AskForGroup(ReceivedIke init, IkeSuite suite)
    {
        var answering = Tester.NewSession();
        (answering.Local, answering.Remote) = (init.Local, init.Remote);
        Tester.SendMessage(answering, init.Header with { Flags = IkeFlags.Response }, [new NotifyPayload(NotifyType.InvalidKePayload, new byte[] { 0, (byte)suite.KeyExchange })]);
        var retry = await Tester.Receive<ReceivedIke>(received => Tester.IsInitRequest(received) && received.Octets != init.Octets, Tester.ResponseTime);
        if (retry is null)
            Context.Inconclusive("asked for another group, it sent nothing new");
        return retry!;
    }
}
