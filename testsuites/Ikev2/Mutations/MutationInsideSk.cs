using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;
using Ipsec.Packets.Ike;

namespace Conformance.Suites.Ikev2.Mutations;

/// <summary>
/// Every payload of every exchange, its structure spoilt in every way, under a right ICV: in the clear in IKE_SA_INIT, inside SK, inside SKF; to a responder and to an
/// initiator (RFC 7296 sections 2.21 and 3). After each the implementation must still answer a new IKE_SA_INIT.
/// </summary>
public sealed class MutationInsideSk : ScenarioFixture
{
    public static IEnumerable<ScenarioCase> Cases =>
        from message in Enum.GetValues<Message>()
        from toInitiator in new[] { false, true }
        from inFragments in new[] { false, true }
        from payload in MutatedMessage.PayloadsOf(message, toInitiator)
        from edit in StructuralEdit.Of(payload)
        where !inFragments || message is not (Message.Init or Message.ChildRekey or Message.IkeRekey) && !toInitiator && edit.Expected(payload) == Expected.Refused
        where !toInitiator || message is not (Message.ChildRekey or Message.Info) && edit.Expected(payload) != Expected.Accepted
        select new MutatedMessage(message, payload, edit, toInitiator, inFragments).Case(message == Message.Init ? "MUT" : "SKMUT");

    [Scenarios(nameof(Cases))]
    public async Task EditedMessage(MutatedMessage mutated)
    {
        await Context.Configure(new());
        if (mutated.ToInitiator)
        {
            await Answer(mutated);
            await Tester.Receive<ReceivedIke>(_ => false, Iut.Topology.SilenceTime);
        }
        else
        {
            await Request(mutated);
        }
        await Tester.ProbeLiveness();
    }

    private async Task Request(MutatedMessage mutated)
    {
        var session = mutated.Message is Message.Init or Message.Auth ? Tester.NewSession() : await Tester.Establish(mutated.InFragments);
        session.OffersFragmentation = mutated.InFragments;
        if (mutated.Message == Message.Auth && session.TakeInitResponse(await Tester.ExchangeInit(session)) is { } trouble)
            Context.Inconclusive($"preamble: IKE_SA_INIT: {trouble}");
        if (mutated.InFragments && !session.PeerTakesFragments)
            Context.Inconclusive("it has not said that it takes fragments");
        var payloads = Payloads(session, mutated.Message);
        var edited = Edit(payloads, mutated);
        var response = await Tester.ResponseTo(Send(session, mutated, edited));
        Judge(mutated, response);
    }

    private void Judge(MutatedMessage mutated, ReceivedIke? response)
    {
        var actual = response?.Summary ?? "nothing";
        switch (mutated.Expected)
        {
            case Expected.Accepted:
                // A choice that goes by the order of payloads, or an unknown status, is no error.
                Context.Check(mutated.AcceptedBy, response is { AnyError: null }, "a response without error", actual);
                break;
            case Expected.RefusedAsCritical:
                Context.Check(
                    "RFC7296-2.5-8", response?.Notify(NotifyType.UnsupportedCriticalPayload) is { Data.Length: 1 }, "N(UNSUPPORTED_CRITICAL_PAYLOAD) with the type's octet", actual);
                Context.Check("RFC7296-4-3", response!.Find<SecurityAssociationPayload>() is null, "no SA", actual);
                if (mutated.Message == Message.Auth)
                    Context.Check("RFC7296-2.21.2-3", response.Payloads.Length == 1, "nothing else", actual);
                break;
            case Expected.Refused when mutated.Message == Message.Init:
                if (mutated.Payload == PayloadType.SecurityAssociation)
                    Context.Check("RFC7296-3.3-4", response?.Find<SecurityAssociationPayload>() is null, "silence or an error notification", actual);
                break;
            case Expected.Refused when mutated.Message == Message.Auth:
                // A peer that is not authenticated may be left without an answer (section 2.21.2). Where not the message is malformed but what is in a payload of
                // the child SA, that alone may be refused.
                Context.Check(
                    "RFC7296-2.21.2-3",
                    response is null || (IsOfChild(mutated.Payload) ? response.AnyError is not null && response.Find<SecurityAssociationPayload>() is null : response.Payloads is [NotifyPayload { IsError: true }]),
                    $"{(IsOfChild(mutated.Payload) ? "an error notification and no SA" : "one error notification alone")}, or silence", actual);
                break;
            case Expected.Refused:
                Context.Check("RFC7296-2.21.3-1", response?.AnyError is not null, "a response with an error notification", actual);
                Context.Check("RFC7296-3.10.1-4", response!.Find<SecurityAssociationPayload>() is null, "no SA", actual);
                break;
        }
    }

    private static bool IsOfChild(PayloadType type) =>
        type is PayloadType.SecurityAssociation or PayloadType.TrafficSelectorInitiator or PayloadType.TrafficSelectorResponder;

    /// <summary>The implementation begins the exchange, and gets an edited answer.</summary>
    private async Task Answer(MutatedMessage mutated)
    {
        switch (mutated.Message)
        {
            case Message.Init:
                var init = await Tester.AwaitInitiation();
                if (init is null)
                    Context.Inconclusive("told to initiate, it sent no IKE_SA_INIT request");
                var fresh = Tester.NewResponder();
                if (fresh.AnswerInitRequest(init!, out var trouble) is not { } answer)
                    Context.Inconclusive($"its IKE_SA_INIT request can't be answered: {trouble}");
                else
                    Reply(init!, fresh, mutated, Edit(answer, mutated));
                break;
            case Message.Auth:
                var auth = await Tester.AwaitAuthRequest();
                if (auth.Session!.AnswerAuthRequest(auth, out _, out var reason) is not { } payloads)
                    Context.Inconclusive($"its IKE_AUTH request can't be answered: {reason}");
                else
                    Reply(auth, auth.Session, mutated, Edit(payloads, mutated));
                break;
            case Message.Child:
                var session = await Tester.Establish();
                var child = await Tester.AwaitOrdered(session, SaOrder.RekeyChild, ExchangeType.CreateChildSa);
                Reply(child, session, mutated, Edit(Tester.ChildAnswer(child, out _), mutated));
                break;
            default:
                var old = await Tester.Establish();
                var rekey = await Tester.AwaitOrdered(old, SaOrder.RekeyIke, ExchangeType.CreateChildSa);
                if (old.AnswerIkeRekeyRequest(rekey, Tester.NewHeir(old, isInitiator: false), out var problem) is not { } made)
                    Context.Inconclusive($"its rekeying can't be answered: {problem}");
                else
                    Reply(rekey, old, mutated, Edit(made, mutated));
                break;
        }
    }

    private void Reply(ReceivedIke request, IkeSession session, MutatedMessage mutated, ImmutableArray<RawPayload> edited) =>
        SendRaw(session, session.Header(request.Header.ExchangeType, request.Header.MessageId, isResponse: true), mutated, edited);

    private SentIke Send(IkeSession session, MutatedMessage mutated, ImmutableArray<RawPayload> edited) => SendRaw(
        session, session.Header(ExchangeOf(mutated.Message), mutated.Message == Message.Init ? 0 : session.NextRequestId++), mutated, edited);

    private SentIke SendRaw(IkeSession session, IkeHeader header, MutatedMessage mutated, ImmutableArray<RawPayload> edited)
    {
        if (mutated.Message == Message.Init)
            return Tester.SendOctets(session, IkeWriter.Message(header, edited), mutated.Title, "", header);
        if (!mutated.InFragments)
            return Tester.SendSealed(session, header, edited, mutated.Title);
        var parts = IkeWriter.Chain(edited).Chunk(48).ToArray();
        SentIke? sent = null;
        for (var index = 0; index < parts.Length; index++)
        {
            var octets = session.OwnProtection.SealFragment(
                header, index == 0 ? IkeWriter.FirstType(edited) : PayloadType.None, (ushort)(index + 1), (ushort)parts.Length, parts[index]);
            sent = Tester.SendFragment(session, header, octets, $"fragment {index + 1} of {parts.Length}");
        }
        return sent!;
    }

    private ImmutableArray<Payload> Payloads(IkeSession session, Message message) => message switch
    {
        Message.Init => session.InitRequestPayloads(),
        Message.Auth => session.AuthRequestPayloads(out _),
        Message.Child => session.ChildRequestPayloads(out _),
        Message.ChildRekey => session.ChildRequestPayloads(out _, session.Children[0]),
        Message.IkeRekey => session.IkeRekeyRequestPayloads(Tester.NewHeir(session, isInitiator: true)),
        _ => [new NotifyPayload((NotifyType)40000, new byte[] { 1, 2, 3, 4 }), DeletePayload.Esp(session.Children[0].InboundSpi)],
    };

    private static ImmutableArray<RawPayload> Edit(ImmutableArray<Payload> payloads, MutatedMessage mutated)
    {
        ImmutableArray<RawPayload> raw = [.. payloads.Select(payload => payload.ToRaw())];
        var index = raw.Select((payload, position) => (payload, position)).First(pair => pair.payload.Type == mutated.Payload).position;
        return mutated.Edit.Apply(raw, index);
    }

    private static ExchangeType ExchangeOf(Message message) => message switch
    {
        Message.Init => ExchangeType.IkeSaInit,
        Message.Auth => ExchangeType.IkeAuth,
        Message.Info => ExchangeType.Informational,
        _ => ExchangeType.CreateChildSa,
    };
}
