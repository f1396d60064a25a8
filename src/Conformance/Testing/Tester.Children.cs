using System.Collections.Immutable;
using Conformance.Implementations;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Testing;

/// <summary>The tester in exchanges that come after IKE_AUTH: CREATE_CHILD_SA in both roles, requests that the implementation is told to send.</summary>
public sealed partial class Tester
{
    /// <summary>The session of the IKE SA that a rekeying is to make.</summary>
    /// <param name="isInitiator">Whether the tester rekeys.</param>
    public IkeSession NewHeir(IkeSession session, bool isInitiator) => Add(new(session, isInitiator));

    /// <summary>Sends a request for a child SA; the response is up to the script.</summary>
    public SentIke SendChildRequest(IkeSession session, out EspSession child, EspSession? replaced = null)
    {
        var payloads = session.ChildRequestPayloads(out child, replaced);
        Watch(child);
        return Send(session, ExchangeType.CreateChildSa, payloads);
    }

    /// <summary>Preamble: one more child SA, or one in the place of another, the tester its initiator.</summary>
    public async Task<EspSession> CreateChild(IkeSession session, EspSession? replaced = null)
    {
        var response = await ResponseTo(SendChildRequest(session, out var child, replaced)).ConfigureAwait(false);
        if (response is null)
            _context.Inconclusive("preamble: no CREATE_CHILD_SA response");
        if (session.TakeChildResponse(response!, child) is { } trouble)
            _context.Inconclusive($"preamble: CREATE_CHILD_SA: {trouble}");
        return child;
    }

    /// <summary>Preamble: rekeys the IKE SA, the tester the initiator; the old one is not deleted.</summary>
    public async Task<IkeSession> RekeyIke(IkeSession session)
    {
        var heir = NewHeir(session, isInitiator: true);
        var response = await ResponseTo(Send(session, ExchangeType.CreateChildSa, session.IkeRekeyRequestPayloads(heir))).ConfigureAwait(false);
        if (response is null)
            _context.Inconclusive("preamble: no response to the rekeying of the IKE SA");
        if (session.TakeIkeRekeyResponse(response!, heir) is { } trouble)
            _context.Inconclusive($"preamble: rekeying of the IKE SA: {trouble}");
        return heir;
    }

    /// <summary>Has the implementation do something, and waits for the request that comes of it; inconclusive without one.</summary>
    public async Task<ReceivedIke> AwaitOrdered(IkeSession session, SaOrder order, ExchangeType exchange)
    {
        await Order(order).ConfigureAwait(false);
        return await AwaitRequest(session, exchange).ConfigureAwait(false);
    }

    public async Task Order(SaOrder order)
    {
        _context.Recorder.Command($"order: {order}");
        await _context.Implementation.Order(order, _context.Cancellation).ConfigureAwait(false);
    }

    /// <summary>A request of this exchange on the IKE SA, not answered yet; inconclusive without one.</summary>
    public async Task<ReceivedIke> AwaitRequest(IkeSession session, ExchangeType exchange)
    {
        var request = await Receive<ReceivedIke>(received => IsRequest(received, session, exchange), ResponseTime).ConfigureAwait(false);
        if (request is null)
            _context.Inconclusive($"no {exchange.Notation()} request came");
        _courtesy.Hold(request!);
        return request!;
    }

    /// <summary>Repetitions of this request are not answered by courtesy: the script does that, or nobody.</summary>
    public void Hold(ReceivedIke request) => _courtesy.Hold(request);

    public static bool IsRequest(ReceivedIke received, IkeSession session, ExchangeType exchange) =>
        received.Session == session && received.IsProtected && received.Header.ExchangeType == exchange && !received.Header.IsResponse;

    /// <summary>What to answer to a request for a child SA, with the child keyed; inconclusive if it can't be answered.</summary>
    /// <param name="nonce">The tester's; null for a random one.</param>
    public ImmutableArray<Payload> ChildAnswer(ReceivedIke request, out EspSession child, Octets? nonce = null)
    {
        if (request.Session!.AnswerChildRequest(request, out child, out var trouble, nonce) is not { } payloads)
        {
            _context.Inconclusive($"its CREATE_CHILD_SA request can't be answered: {trouble}");
            return [];
        }
        Watch(child);
        return payloads;
    }

    /// <summary>Answers a request for a child SA as it should be answered.</summary>
    public EspSession AnswerChild(ReceivedIke request, Octets? nonce = null)
    {
        Respond(request, ChildAnswer(request, out var child, nonce));
        return child;
    }

    /// <summary>Answers the rekeying of an IKE SA as it should be answered; the new one.</summary>
    /// <param name="nonce">The tester's; null for a random one.</param>
    public IkeSession AnswerIkeRekey(ReceivedIke request, Octets? nonce = null)
    {
        var heir = NewHeir(request.Session!, isInitiator: false);
        heir.OwnNonce = nonce ?? heir.OwnNonce;
        if (request.Session!.AnswerIkeRekeyRequest(request, heir, out var trouble) is not { } payloads)
        {
            _context.Inconclusive($"its rekeying of the IKE SA can't be answered: {trouble}");
            return heir;
        }
        Respond(request, payloads);
        return heir;
    }

    /// <summary>Packets with the child's SPI are opened with its keys from now on.</summary>
    public void Watch(EspSession child)
    {
        if (!_children.Contains(child))
            _children.Add(child);
    }
}
