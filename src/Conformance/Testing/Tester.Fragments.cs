using System.Collections.Immutable;
using Ipsec.Packets.Ike;

namespace Conformance.Testing;

/// <summary>IKE messages in fragments (RFC 7383), sent one by one as the script wants them.</summary>
public sealed partial class Tester
{
    /// <summary>The fragments of a message, sealed, each with at most <paramref name="room"/> octets of the payloads.</summary>
    public static ImmutableArray<byte[]> Fragments(IkeSession session, IkeHeader header, ImmutableArray<Payload> payloads, int room)
    {
        RawPayload[] raw = [.. payloads.Select(payload => payload.ToRaw())];
        var parts = IkeWriter.Chain(raw).Chunk(room).ToArray();
        return
        [
            .. parts.Select((part, index) => session.OwnProtection.SealFragment(
                header, index == 0 ? IkeWriter.FirstType(raw) : PayloadType.None, (ushort)(index + 1), (ushort)parts.Length, part)),
        ];
    }

    /// <summary>Sends the fragments of a message in order.</summary>
    public SentIke SendFragments(IkeSession session, IkeHeader header, ImmutableArray<Payload> payloads, int room)
    {
        SentIke? last = null;
        var fragments = Fragments(session, header, payloads, room);
        for (var index = 0; index < fragments.Length; index++)
            last = SendFragment(session, header, fragments[index], $"fragment {index + 1} of {fragments.Length}");
        return last!;
    }

    /// <summary>Sends one fragment.</summary>
    public SentIke SendFragment(IkeSession session, IkeHeader header, byte[] octets, string what) => SendOctets(
        session, octets, $"{header.ExchangeType.Notation()} {(header.IsResponse ? "response" : "request")} {header.MessageId}: {what}", "", header);

    /// <summary>Takes one fragment of the peer's; the whole message when it was the last that was missing.</summary>
    private static bool TryReassemble(IkeSession session, IkeHeader header, ReadOnlySpan<byte> octets, out EncryptedFragmentPayload? fragment, out ImmutableArray<Payload> inner, out string error)
    {
        (inner, error) = (default, "");
        if (!session.PeerProtection.TryOpenFragment(octets, out fragment, out var part, out var failure))
        {
            error = $"fragment: {failure}";
            return false;
        }
        if (session.Fragments.Add(IkeFragmentKey.Of(header), fragment, part, out var first, out var whole) != IkeFragmentOutcome.Complete)
            return false;
        if (IkeMessage.TryParseChain(first, [.. whole], 0, out inner, out var parseError))
            return true;
        (inner, error) = (default, parseError.ToString());
        return false;
    }
}
