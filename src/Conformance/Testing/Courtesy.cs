using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Testing;

/// <summary>
/// What any well-behaved peer does without a script: repeat the answer to a repeated request (RFC 7296 section 2.1), answer liveness checks and deletes
/// (section 1.4), refuse further SAs (section 1.3).
/// </summary>
internal sealed class Courtesy(Tester tester)
{
    private readonly Dictionary<Octets, SentIke> _answered = [];
    private readonly HashSet<Octets> _held = [];

    /// <summary>An answer that the script gave: repeated if the request is.</summary>
    public void Remember(ReceivedIke request, SentIke answer) => _answered[request.Octets] = answer;

    /// <summary>The script answers this request when it wants, or never: no repetition of it is answered before.</summary>
    public void Hold(ReceivedIke request) => _held.Add(request.Octets);

    /// <summary>Deals with a message that no script waits for.</summary>
    public void Answer(ReceivedIke received)
    {
        if (received.Header.IsResponse)
            return;
        if (_answered.TryGetValue(received.Octets, out var answer))
            tester.SendAgain(answer);
        else if (_held.Contains(received.Octets))
            return;
        else if (received.IsProtected && received.Header.ExchangeType == ExchangeType.Informational)
            tester.Respond(received, [.. Deletes(received)]);
        else if (received.IsProtected && received.Header.ExchangeType == ExchangeType.CreateChildSa)
            tester.Respond(received, new NotifyPayload(NotifyType.NoAdditionalSas));
    }

    private static IEnumerable<Payload> Deletes(ReceivedIke request) =>
        from delete in request.Payloads.OfType<DeletePayload>()
        from child in request.Session!.Children
        where delete.Protocol == child.Protocol && delete.Spis.Any(spi => spi.Length == 4 && System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(spi.Span) == child.OutboundSpi)
        select DeletePayload.Children(child.Protocol, child.InboundSpi);
}
