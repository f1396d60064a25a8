using Ipsec.Crypto;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>Splits protected messages into fragments (RFC 7383 section 2.5).</summary>
internal static class IkeFragmentation
{
    /// <summary>Octets of the whole message in one datagram, at least.</summary>
    public static int Length(IkeMessage message, IkeProtection protection) =>
        IkeHeader.Size + protection.Overhead + message.Payloads.Sum(payload => PayloadChain.GenericHeaderSize + payload.EncodeBody().Length);

    public static byte[][] Write(IkeMessage message, IkeProtection protection, int size)
    {
        RawPayload[] payloads = [.. message.Payloads.Select(payload => payload.ToRaw())];
        var chain = IkeWriter.Chain(payloads);
        var room = size - IkeHeader.Size - protection.Overhead - EncryptedFragmentPayload.FragmentHeaderSize - protection.MaximumPadding;
        var parts = chain.Chunk(room).ToArray();
        return
        [
            .. parts.Select((part, index) => protection.SealFragment(
                message.Header, index == 0 ? IkeWriter.FirstType(payloads) : PayloadType.None, (ushort)(index + 1), (ushort)parts.Length, part)),
        ];
    }
}
