using System.Collections.Immutable;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2;

/// <summary>Steps that many scenarios share.</summary>
public abstract class Ikev2Scenario : ScenarioFixture
{
    /// <summary>An IKE SA with keys and without authentication, the tester its initiator.</summary>
    protected async Task<IkeSession> HalfOpen(Action<IkeSession>? change = null)
    {
        var session = Tester.NewSession();
        change?.Invoke(session);
        if (session.TakeInitResponse(await Tester.ExchangeInit(session)) is { } trouble)
            Context.Inconclusive($"preamble: IKE_SA_INIT: {trouble}");
        return session;
    }

    /// <summary>Sends the usual IKE_AUTH request, changed; the response, null if none came.</summary>
    protected async Task<(ReceivedIke? Response, EspSession Child)> Authenticate(IkeSession session, Func<ImmutableArray<Payload>, ImmutableArray<Payload>>? change = null)
    {
        var payloads = session.AuthRequestPayloads(out var child);
        Tester.Watch(child);
        return (await Tester.ResponseTo(Tester.Send(session, ExchangeType.IkeAuth, change?.Invoke(payloads) ?? payloads)), child);
    }

    /// <summary>IKE_AUTH changed in a way that an implementation must take: the IKE SA and the child SA come about.</summary>
    protected async Task<IkeSession> Accepted(string requirement, string how, Func<ImmutableArray<Payload>, ImmutableArray<Payload>> change)
    {
        await Context.Configure(new());
        var session = await HalfOpen();
        var (response, child) = await Authenticate(session, change);
        var trouble = response is null ? "no response" : session.TakeAuthResponse(response, child);
        Context.Check(requirement, trouble is null, $"established, {how}", trouble ?? "");
        return session;
    }

    /// <summary>Preamble: an IKE SA whose child SA carries traffic, the implementation its initiator, so that it is ready for orders.</summary>
    protected async Task<IkeSession> BeAtWork()
    {
        var session = await Tester.BeEstablished();
        if (!await Tester.Carries(session.Children[0]))
            Context.Inconclusive("preamble: no traffic over the child SA");
        return session;
    }

    /// <summary>An IKE_AUTH request got nothing but AUTHENTICATION_FAILED, and no SA is left of it.</summary>
    protected async Task ExpectRefusal(ReceivedIke? response, string requirement)
    {
        Context.Check(requirement, response?.Find<SecurityAssociationPayload>() is null && response?.Find<AuthenticationPayload>() is null, "no AUTH and no SA", Text(response));
        Context.Check("RFC7296-2.21.2-1", response?.Notify(NotifyType.AuthenticationFailed) is not null, "N(AUTHENTICATION_FAILED)", Text(response));
        await Tester.ExpectNoChild(requirement);
        await Tester.ProbeLiveness();
    }

    /// <summary>The implementation deletes a child SA, or its IKE SA with it; false if it did not in time.</summary>
    protected async Task<bool> IsDeleted(IkeSession session, uint outboundSpi)
    {
        var request = await Tester.Receive<ReceivedIke>(
            received => Tester.IsRequest(received, session, ExchangeType.Informational) && (Names(received, outboundSpi) || DeletesIke(received)), Tester.ResponseTime);
        if (request is null)
            return false;
        Tester.Respond(request, [.. session.Children.Where(child => child.OutboundSpi == outboundSpi).Take(1).Select(child => DeletePayload.Esp(child.InboundSpi))]);
        return true;
    }

    /// <summary>The implementation, told to, deletes the IKE SA, and nobody answers that.</summary>
    protected async Task AwaitOwnDelete(IkeSession session)
    {
        Tester.IsCourteous = false;
        Context.Recorder.Command("terminate");
        await Iut.Terminate(Context.Cancellation);
        if (await Tester.Receive<ReceivedIke>(received => Tester.IsRequest(received, session, ExchangeType.Informational) && DeletesIke(received), Tester.ResponseTime) is null)
            Context.Inconclusive("it sent no delete of the IKE SA at first");
    }

    protected static bool DeletesIke(ReceivedIke message) => message.Payloads.OfType<DeletePayload>().Any(delete => delete.Protocol == ProtocolId.Ike);

    /// <summary>Whether a message has a Delete payload with this SPI.</summary>
    protected static bool Names(ReceivedIke message, uint spi) =>
        message.Payloads.OfType<DeletePayload>().Any(delete => delete.Protocol == ProtocolId.Esp && delete.Spis.Contains(DeletePayload.Esp(spi).Spis[0]));

    /// <summary>Lets some time pass, courteous to whatever comes.</summary>
    protected Task Pass(TimeSpan time) => Tester.Receive<Received>(_ => false, time);

    protected static SecurityAssociationPayload Offer(ImmutableArray<Payload> payloads) => payloads.OfType<SecurityAssociationPayload>().Single();

    protected static ImmutableArray<Payload> WithOffer(ImmutableArray<Payload> payloads, Func<SecurityAssociationPayload, SecurityAssociationPayload> change)
    {
        var offer = Offer(payloads);
        return payloads.Replace(offer, change(offer));
    }

    protected static string Text(ReceivedIke? message) => message?.Summary ?? "nothing";
}
