using System.Buffers.Binary;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Authentication that counts for a time only, and is repeated by the initiator (RFC 4478).</summary>
[Needs(Capability.Reauthentication)]
public sealed class Reauthentication : Ikev2Scenario
{
    private static readonly TimeSpan Told = TimeSpan.FromSeconds(20), Own = TimeSpan.FromMinutes(10);

    [Scenario("IKEV2-REAUTH-001", "Told how long an authentication counts, it says so in AUTH_LIFETIME, protected, with protocol zero")]
    [Covers("RFC4478-2-2", "RFC4478-2-6", "RFC4478-3-1")]
    public async Task LifetimeIsTold()
    {
        await Context.Configure(new() { Timers = new() { Reauthentication = Told } });
        var session = Tester.NewSession();
        var init = await Tester.ExchangeInit(session);
        Context.Check("RFC4478-2-6", init.Notify(NotifyType.AuthLifetime) is null, "no AUTH_LIFETIME in IKE_SA_INIT, which nothing protects", init.Summary);
        if (session.TakeInitResponse(init) is { } trouble)
            Context.Inconclusive($"preamble: IKE_SA_INIT: {trouble}");
        var (response, child) = await Authenticate(session);
        if (response is null || session.TakeAuthResponse(response, child) is not null)
            Context.Inconclusive($"no IKE_AUTH response that can be used: {Text(response)}");
        var message = response!.Notify(NotifyType.AuthLifetime) is not null
            ? response
            : await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.Informational) && received.Notify(NotifyType.AuthLifetime) is not null, Told);
        Context.Check("RFC4478-2-2", message is not null, "AUTH_LIFETIME in the IKE_AUTH response, or in an INFORMATIONAL request", Text(response));
        var notify = message!.Notify(NotifyType.AuthLifetime)!;
        Context.Check("RFC4478-2-6", message.IsProtected, "protected", Text(message));
        Context.Check("RFC4478-3-1", notify.Protocol == 0 && notify.Spi.IsEmpty, "protocol zero, no SPI", $"{notify.Protocol} {notify.Spi}");
        Context.Check(
            "RFC4478-2-2", notify.Data.Length == 4 && BinaryPrimitives.ReadUInt32BigEndian(notify.Data.Span) is var seconds && seconds > 0 && seconds <= Told.TotalSeconds,
            $"4 octets, at most {Told.TotalSeconds:0} s", $"{notify.Data}");
    }

    [Scenario("IKEV2-REAUTH-002", "Who does not authenticate again loses its IKE SA soon after the time is over")]
    [Covers("RFC4478-2-3")]
    public async Task TimeRunsOut()
    {
        await Context.Configure(new() { Timers = new() { Reauthentication = Told } });
        var session = await Tester.Establish();
        var delete = await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.Informational) && DeletesIke(received), Told * 2);
        Context.Check("RFC4478-2-3", delete is not null, $"D(IKE) within {Told.TotalSeconds * 2:0} s", "nothing");
        if (delete is null)
            return;
        Tester.Respond(delete);
        await Tester.ExpectNoChild("RFC4478-2-3");
    }

    public static IEnumerable<ScenarioCase> HeededCases => new (string Name, string What, bool InAuth, uint Seconds)[]
    {
        ("003", "AUTH_LIFETIME of 20 s in the IKE_AUTH response", true, 20), ("004", "AUTH_LIFETIME of 20 s in an INFORMATIONAL request", false, 20), ("005", "AUTH_LIFETIME of zero in an INFORMATIONAL request", false, 0),
    }.Select(one => new ScenarioCase(
        $"IKEV2-REAUTH-{one.Name}", $"Told {one.What}, it authenticates again in time, by initial exchanges, and deletes the old IKE SA", (one.InAuth, one.Seconds),
        ["RFC4478-1-1", "RFC4478-2-4", "RFC4478-2-8"], [Capability.Initiator]));

    [Scenarios(nameof(HeededCases))]
    public async Task LifetimeIsHeeded((bool InAuth, uint Seconds) given)
    {
        await Context.Configure(new() { Timers = new() { Reauthentication = Own } });
        var auth = await Tester.AwaitAuthRequest();
        if (auth.Session!.AnswerAuthRequest(auth, out var child, out var trouble) is not { } payloads)
        {
            Context.Inconclusive($"preamble: its IKE_AUTH request can't be answered: {trouble}");
            return;
        }
        Tester.Watch(child);
        Tester.Respond(auth, given.InAuth ? payloads.Add(Lifetime(given.Seconds)) : payloads);
        if (!await Tester.Carries(child))
            Context.Inconclusive("preamble: no traffic over the child SA");
        var old = auth.Session;
        if (!given.InAuth)
        {
            var response = await Tester.ExpectResponse(Tester.Send(old, ExchangeType.Informational, Lifetime(given.Seconds)), "RFC4478-2-4");
            Context.Check("RFC4478-2-4", response is { IsProtected: true, AnyError: null }, "an answer without error", Text(response));
        }
        // The old IKE SA may go before the new one is asked for, or after.
        var isDeleted = false;
        var init = await NextOf(Testing.Tester.IsInitRequest, given.Seconds == 0 ? Tester.ResponseTime : TimeSpan.FromSeconds(given.Seconds));
        foreach (var requirement in new[] { "RFC4478-1-1", "RFC4478-2-4" })
            Context.Check(requirement, init is not null, $"IKE_SA_INIT within {given.Seconds} s", "none");
        if (init is null)
            return;
        var session = Tester.AnswerInit(init);
        if (session is null)
            Context.Inconclusive("its new IKE_SA_INIT request can't be answered");
        var again = await NextOf(received => received.IsAuthRequestOf(session!), Tester.ResponseTime);
        var failure = again is null ? "no IKE_AUTH request" : Tester.AnswerAuth(again);
        Context.Check("RFC4478-2-4", failure is null, "IDi and an AUTH that verifies", failure ?? "");
        if (!isDeleted)
            await NextOf(_ => isDeleted, Tester.ResponseTime * 2);
        Context.Check("RFC4478-2-8", isDeleted, "D(IKE) of the old IKE SA", "none");
        Context.Check("RFC4478-2-4", failure is null && await Tester.Carries(session!.Children[0]), "traffic over the new child SA", "no echo reply in ESP");

        async Task<ReceivedIke?> NextOf(Func<ReceivedIke, bool> match, TimeSpan limit)
        {
            var deadline = Tester.Now + limit;
            while (await Tester.Receive<ReceivedIke>(received => match(received) || IsFarewell(received), deadline - Tester.Now) is { } received)
            {
                if (IsFarewell(received))
                {
                    isDeleted = true;
                    Tester.Respond(received);
                }
                if (match(received))
                    return received;
            }
            return null;
        }

        bool IsFarewell(ReceivedIke received) => Testing.Tester.IsRequest(received, old, ExchangeType.Informational) && DeletesIke(received);
    }

    private static NotifyPayload Lifetime(uint seconds)
    {
        var octets = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(octets, seconds);
        return new(NotifyType.AuthLifetime, octets);
    }
}
