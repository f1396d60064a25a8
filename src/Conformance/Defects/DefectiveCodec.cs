using System.Buffers.Binary;
using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Ike;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Defects;

/// <summary>What a fragment says of itself: header, first payload inside, number, total.</summary>
internal delegate (IkeHeader Header, PayloadType First, int Number, int Total) FragmentChange(IkeHeader header, PayloadType first, int number, int total);

/// <summary>A codec that changes messages on their way in or out: the seam between state machine and octets.</summary>
/// <param name="onRead">Changes what was read, in clear or inside an encrypted payload.</param>
/// <param name="onWrite">Changes what will be written, before it is sealed.</param>
/// <param name="onFragment">Changes the numbers of each fragment.</param>
/// <param name="swallowed">Which protected messages go out as an empty datagram.</param>
/// <param name="onSealed">Changes the octets of protected messages.</param>
/// <param name="inClear">Which messages go out without protection.</param>
/// <param name="onResponse">Changes what was read of responses.</param>
/// <param name="refused">Messages with which headers can't be read.</param>
internal sealed class DefectiveCodec(
    Func<ImmutableArray<Payload>, ImmutableArray<Payload>>? onRead = null, Func<IkeMessage, IkeMessage>? onWrite = null,
    FragmentChange? onFragment = null, Predicate<IkeMessage>? swallowed = null, Func<byte[], byte[]>? onSealed = null, Predicate<IkeMessage>? inClear = null,
    Func<ImmutableArray<Payload>, ImmutableArray<Payload>>? onResponse = null, Predicate<IkeHeader>? refused = null) : IIkeMessageCodec
{
    private static readonly IIkeMessageCodec Right = IkeMessageCodec.Instance;

    // What is inside a message is read after its header.
    private bool _isResponse;

    public bool TryRead(ReadOnlySpan<byte> octets, out IkeMessage message, out ParseError error)
    {
        if (!Right.TryRead(octets, out message, out error) || refused?.Invoke(message.Header) == true)
            return false;
        _isResponse = message.Header.IsResponse;
        message = message with { Payloads = Read(message.Payloads) };
        return true;
    }

    public bool TryReadInner(PayloadType first, ReadOnlySpan<byte> octets, int offset, out ImmutableArray<Payload> payloads, out ParseError error)
    {
        if (!Right.TryReadInner(first, octets, offset, out payloads, out error))
            return false;
        payloads = Read(payloads);
        return true;
    }

    public byte[] Write(IkeMessage message) => Right.Write(onWrite?.Invoke(message) ?? message);

    public byte[] WriteProtected(IkeMessage message, IkeProtection protection) =>
        swallowed?.Invoke(message) == true ? [] : inClear?.Invoke(message) == true ? Right.Write(message) : Sealed(Right.WriteProtected(onWrite?.Invoke(message) ?? message, protection));

    public byte[][] WriteFragments(IkeMessage message, IkeProtection protection, int size)
    {
        if (onFragment is null)
            return [.. Right.WriteFragments(onWrite?.Invoke(message) ?? message, protection, size).Select(Sealed)];
        RawPayload[] payloads = [.. message.Payloads.Select(payload => payload.ToRaw())];
        var parts = IkeWriter.Chain(payloads).Chunk(size - 80).ToArray();
        return
        [
            .. parts.Select((part, index) =>
            {
                var (header, first, number, total) = onFragment(message.Header, index == 0 ? IkeWriter.FirstType(payloads) : PayloadType.None, index + 1, parts.Length);
                return protection.SealFragment(header, first, (ushort)number, (ushort)total, part);
            }),
        ];
    }

    private ImmutableArray<Payload> Read(ImmutableArray<Payload> payloads)
    {
        payloads = onRead?.Invoke(payloads) ?? payloads;
        return _isResponse && onResponse is not null ? onResponse(payloads) : payloads;
    }

    /// <summary>What is added behind counts into the header's length, as a careless writer would have it.</summary>
    private byte[] Sealed(byte[] octets)
    {
        const int lengthField = 24;
        if (onSealed is null)
            return octets;
        var changed = onSealed(octets);
        BinaryPrimitives.WriteUInt32BigEndian(changed.AsSpan(lengthField), (uint)changed.Length);
        return changed;
    }
}
