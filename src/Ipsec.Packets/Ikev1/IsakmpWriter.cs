using System.Buffers.Binary;

namespace Ipsec.Packets.Ikev1;

/// <summary>One payload about to be written. A claim left null is the truth; a tester sets one to lie.</summary>
/// <param name="Body">What follows the generic header.</param>
/// <param name="ClaimedLength">Payload Length as written, octets with the generic header.</param>
/// <param name="ClaimedNext">Next Payload as written.</param>
public sealed record RawIsakmpPayload(
    IsakmpPayloadType Type, byte Reserved, Octets Body, int? ClaimedLength = null, IsakmpPayloadType? ClaimedNext = null);

/// <summary>Writes IKEv1 messages from raw payloads, right or wrong. <see cref="IsakmpMessage.Encode"/> is the way that can only be right.</summary>
public static class IsakmpWriter
{
    /// <summary>Writes a whole message in the clear. The header's next payload and length are computed unless claimed otherwise.</summary>
    /// <param name="padding">What follows the last payload.</param>
    public static byte[] Message(
        IsakmpHeader header, IReadOnlyList<RawIsakmpPayload> payloads, Octets padding = default,
        uint? claimedLength = null, IsakmpPayloadType? claimedNext = null)
    {
        var chain = Chain(payloads);
        var message = new byte[IsakmpHeader.Size + chain.Length + padding.Length];
        (header with
        {
            NextPayload = claimedNext ?? (payloads.Count == 0 ? IsakmpPayloadType.None : payloads[0].Type),
            Length = claimedLength ?? (uint)message.Length,
        }).Write(message);
        chain.CopyTo(message, IsakmpHeader.Size);
        padding.Span.CopyTo(message.AsSpan(IsakmpHeader.Size + chain.Length));
        return message;
    }

    /// <summary>Writes a message around ciphertext: the header's next payload is the first one inside.</summary>
    public static byte[] Encrypted(IsakmpHeader header, ReadOnlySpan<byte> ciphertext, uint? claimedLength = null)
    {
        var message = new byte[IsakmpHeader.Size + ciphertext.Length];
        (header with { Length = claimedLength ?? (uint)message.Length, Flags = header.Flags | IsakmpFlags.Encryption }).Write(message);
        ciphertext.CopyTo(message.AsSpan(IsakmpHeader.Size));
        return message;
    }

    /// <summary>Writes a chain alone.</summary>
    public static byte[] Chain(IReadOnlyList<RawIsakmpPayload> payloads)
    {
        var chain = new byte[payloads.Sum(payload => IsakmpPayloadChain.GenericHeaderSize + payload.Body.Length)];
        var target = chain.AsSpan();
        for (var index = 0; index < payloads.Count; index++)
        {
            var payload = payloads[index];
            var length = IsakmpPayloadChain.GenericHeaderSize + payload.Body.Length;
            target[0] = (byte)(payload.ClaimedNext ?? (index + 1 < payloads.Count ? payloads[index + 1].Type : IsakmpPayloadType.None));
            target[1] = payload.Reserved;
            BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)(payload.ClaimedLength ?? length));
            payload.Body.Span.CopyTo(target[IsakmpPayloadChain.GenericHeaderSize..]);
            target = target[length..];
        }
        return chain;
    }
}
