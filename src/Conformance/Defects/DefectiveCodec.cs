using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Ike;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Defects;

/// <summary>A codec that changes messages on their way in or out: the seam between state machine and octets.</summary>
/// <param name="onRead">Changes what was read, in clear or inside an encrypted payload.</param>
/// <param name="onWrite">Changes what will be written, before it is sealed.</param>
internal sealed class DefectiveCodec(
    Func<ImmutableArray<Payload>, ImmutableArray<Payload>>? onRead = null, Func<IkeMessage, IkeMessage>? onWrite = null) : IIkeMessageCodec
{
    private static readonly IIkeMessageCodec Right = IkeMessageCodec.Instance;

    public bool TryRead(ReadOnlySpan<byte> octets, out IkeMessage message, out ParseError error)
    {
        if (!Right.TryRead(octets, out message, out error))
            return false;
        if (onRead is not null)
            message = message with { Payloads = onRead(message.Payloads) };
        return true;
    }

    public bool TryReadInner(PayloadType first, ReadOnlySpan<byte> octets, int offset, out ImmutableArray<Payload> payloads, out ParseError error)
    {
        if (!Right.TryReadInner(first, octets, offset, out payloads, out error))
            return false;
        if (onRead is not null)
            payloads = onRead(payloads);
        return true;
    }

    public byte[] Write(IkeMessage message) => Right.Write(onWrite?.Invoke(message) ?? message);

    public byte[] WriteProtected(IkeMessage message, IkeProtection protection) => Right.WriteProtected(onWrite?.Invoke(message) ?? message, protection);
}
