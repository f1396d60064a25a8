using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Suites.Esp;

/// <summary>TFC padding and dummy packets on SAs that IKE makes (RFC 4303 sections 2.6 and 2.7), and ESP_TFC_PADDING_NOT_SUPPORTED, which says who takes the padding (RFC 7296 section 1.3.1).</summary>
[Needs(Capability.IkeV2)]
public sealed class NegotiatedFlowPadding : ScenarioFixture
{
    private const int PaddedSize = 600;

    private static readonly ConnectionPolicy Padding = new() { FlowPadding = PaddedSize };

    public sealed record Given(bool TesterRefuses, bool Initiates);

    public static IEnumerable<ScenarioCase> Cases =>
        from initiates in new[] { false, true }
        from refuses in new[] { false, true }
        select new ScenarioCase(
            $"ESP-FLOWPADDING-{(refuses ? "REFUSED" : "TAKEN")}-{(initiates ? "I" : "R")}",
            $"Told to pad what it sends, it {(refuses ? "does not where the tester takes no TFC padding" : "does where the tester does not mind")}, as {(initiates ? "initiator" : "responder")}",
            new Given(refuses, initiates), [refuses ? "RFC4303-2.7-3" : "RFC4303-2.7-1"],
            [Capability.TunnelMode, Capability.NegotiatedFlowPadding, .. initiates ? [Capability.Initiator] : ImmutableArray<Capability>.Empty]);

    [Scenarios(nameof(Cases))]
    public async Task PaddingIsAsAgreed(Given given)
    {
        await Context.Configure(Padding);
        var child = await Child(given.Initiates, given.TesterRefuses ? [new NotifyPayload(NotifyType.EspTfcPaddingNotSupported)] : []);
        if (!await Tester.Carries(child))
            Context.Inconclusive("preamble: no echo reply through the child SA");
        foreach (var size in new[] { 10, 100, 800 })
        {
            if (await Tester.Ping(child, size) is not { Inner: { } inner } || !IpView.TryParse(inner, out var packet, out _))
            {
                Context.Fail($"no echo reply to {size} octets");
                return;
            }
            var padding = inner.Length - packet.Octets.Length;
            if (given.TesterRefuses)
                Context.Check("RFC4303-2.7-3", padding == 0, "no octets behind the inner packet", $"{padding}");
            else if (packet.Octets.Length < PaddedSize)
                Context.Check("RFC4303-2.7-1", inner.Length >= PaddedSize, $"{PaddedSize} octets of payload, the inner packet and padding", $"{inner.Length}");
        }
    }

    public static IEnumerable<ScenarioCase> Refusals =>
        from initiates in new[] { false, true }
        select new ScenarioCase(
            $"ESP-FLOWPADDING-SAID-{(initiates ? "I" : "R")}", $"Told to take no TFC padding, it says so as {(initiates ? "initiator" : "responder")}",
            initiates, ["RFC4303-2.7-3"], [Capability.FlowPaddingRefusal, .. initiates ? [Capability.Initiator] : ImmutableArray<Capability>.Empty]);

    [Scenarios(nameof(Refusals))]
    public async Task RefusalIsSaid(bool initiates)
    {
        await Context.Configure(new() { RefusesFlowPadding = true });
        ReceivedIke? message;
        if (initiates)
            message = await Tester.AwaitAuthRequest();
        else
            (_, message) = await Initiate([]);
        Context.Check("RFC4303-2.7-3", message?.Notify(NotifyType.EspTfcPaddingNotSupported) is not null, "N(ESP_TFC_PADDING_NOT_SUPPORTED)", message?.Summary ?? "nothing");
    }

    [Scenario("ESP-FLOWPADDING-001", "Told to send dummy packets on a child SA, it sends them also where the tester takes no TFC padding, and traffic goes on", Needs = [Capability.NegotiatedDummies, Capability.SkipsTime])]
    [Covers("RFC4303-2.6-1", "RFC4303-2.6-3", "RFC4303-2.6-2")]
    public async Task DummiesAreSent()
    {
        await Context.Configure(Padding with { DummyInterval = TimeSpan.FromSeconds(1) });
        var child = await Child(initiates: false, [new NotifyPayload(NotifyType.EspTfcPaddingNotSupported)]);
        var dummies = new List<ReceivedEsp>();
        for (var count = 0; count < 3; count++)
            if (await Tester.Receive<ReceivedEsp>(received => received.Child == child, Tester.ResponseTime) is { } received)
                dummies.Add(received);
        Context.Check("RFC4303-2.6-3", dummies.Count == 3 && dummies.All(dummy => dummy.NextHeader is not null), "three packets that can be opened, of nobody's asking", $"{dummies.Count}");
        Context.Check("RFC4303-2.6-1", dummies.All(dummy => dummy.IsDummy), $"next header {IpProtocol.NoNextHeader}", string.Join(' ', dummies.Select(dummy => dummy.NextHeader)));
        Context.Check("RFC4303-2.6-2", await Tester.Carries(child), "traffic beside them", "no echo reply");
    }

    private async Task<EspSession> Child(bool initiates, ImmutableArray<Payload> notifications)
    {
        if (!initiates)
            return (await Initiate(notifications)).Child;
        var auth = await Tester.AwaitAuthRequest();
        if (auth.Session!.AnswerAuthRequest(auth, out var child, out var trouble) is not { } payloads)
        {
            Context.Inconclusive($"preamble: its IKE_AUTH request can't be answered: {trouble}");
            return child;
        }
        Tester.Watch(child);
        Tester.Respond(auth, WithNotifications(payloads, notifications));
        return child;
    }

    private async Task<(EspSession Child, ReceivedIke? Response)> Initiate(ImmutableArray<Payload> notifications)
    {
        var session = Tester.NewSession();
        if (session.TakeInitResponse(await Tester.ExchangeInit(session)) is { } trouble)
            Context.Inconclusive($"preamble: IKE_SA_INIT: {trouble}");
        var payloads = session.AuthRequestPayloads(out var child);
        Tester.Watch(child);
        var response = await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, WithNotifications(payloads, notifications)));
        if (response is null || session.TakeAuthResponse(response, child) is not null)
            Context.Inconclusive($"preamble: no child SA: {response?.Summary}");
        return (child, response);
    }

    private static ImmutableArray<Payload> WithNotifications(ImmutableArray<Payload> payloads, ImmutableArray<Payload> notifications) =>
        payloads.InsertRange(payloads.IndexOf(payloads.OfType<SecurityAssociationPayload>().Single()), notifications);
}
