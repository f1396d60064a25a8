using System.Buffers.Binary;

namespace Ipsec.Packets.Ike;

/// <summary>
/// One payload about to be written: its body, and what its generic header claims. A claim left null is the truth;
/// a tester sets one to lie.
/// </summary>
/// <param name="Flags">Critical bit (0x80) and reserved bits.</param>
/// <param name="Body">What follows the generic header.</param>
/// <param name="ClaimedLength">Payload Length as written, octets with the generic header.</param>
/// <param name="ClaimedNext">Next Payload as written.</param>
public sealed record RawPayload(PayloadType Type, byte Flags, Octets Body, int? ClaimedLength = null, PayloadType? ClaimedNext = null);

/// <summary>Writes messages from raw payloads, right or wrong. <see cref="IkeMessage.Encode"/> is the way that can only be right.</summary>
public static class IkeWriter
{
    /// <summary>Writes a whole message. The header's next payload and length are computed unless claimed otherwise.</summary>
    /// <param name="claimedLength">Header Length as written.</param>
    /// <param name="claimedNext">Header Next Payload as written.</param>
    public static byte[] Message(IkeHeader header, IReadOnlyList<RawPayload> payloads, uint? claimedLength = null, PayloadType? claimedNext = null)
    {
        var message = new byte[IkeHeader.Size + ChainLength(payloads)];
        (header with
        {
            NextPayload = claimedNext ?? FirstType(payloads),
            Length = claimedLength ?? (uint)message.Length,
        }).Write(message);
        WriteChain(payloads, message.AsSpan(IkeHeader.Size));
        return message;
    }

    /// <summary>Writes a chain alone, such as the inside of an encrypted payload.</summary>
    public static byte[] Chain(IReadOnlyList<RawPayload> payloads)
    {
        var chain = new byte[ChainLength(payloads)];
        WriteChain(payloads, chain);
        return chain;
    }

    public static PayloadType FirstType(IReadOnlyList<RawPayload> payloads) => payloads.Count == 0 ? PayloadType.None : payloads[0].Type;

    private static int ChainLength(IReadOnlyList<RawPayload> payloads) =>
        payloads.Sum(payload => PayloadChain.GenericHeaderSize + payload.Body.Length);

    private static void WriteChain(IReadOnlyList<RawPayload> payloads, Span<byte> target)
    {
        for (var index = 0; index < payloads.Count; index++)
        {
            var payload = payloads[index];
            var length = PayloadChain.GenericHeaderSize + payload.Body.Length;
            target[0] = (byte)(payload.ClaimedNext ?? (index + 1 < payloads.Count ? payloads[index + 1].Type : PayloadType.None));
            target[1] = payload.Flags;
            BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)(payload.ClaimedLength ?? length));
            payload.Body.Span.CopyTo(target[PayloadChain.GenericHeaderSize..]);
            target = target[length..];
        }
    }
}
