using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>
/// Between state machine and octets: the seam at which a message is still a message. Real endpoints use <see cref="IkeMessageCodec"/>; a harness
/// may decorate it to make an endpoint err on purpose.
/// </summary>
public interface IIkeMessageCodec
{
    /// <summary>Reads a message in clear, or the outside of a protected one.</summary>
    bool TryRead(ReadOnlySpan<byte> octets, out IkeMessage message, out ParseError error);

    /// <summary>Reads the payloads inside an encrypted payload.</summary>
    bool TryReadInner(PayloadType first, ReadOnlySpan<byte> octets, int offset, out ImmutableArray<Payload> payloads, out ParseError error);

    /// <summary>Writes a message in clear.</summary>
    byte[] Write(IkeMessage message);

    /// <summary>Writes a protected message.</summary>
    byte[] WriteProtected(IkeMessage message, IkeProtection protection);

    /// <summary>Writes a protected message that is too long for one datagram as fragments (RFC 7383), each of at most <paramref name="size"/> octets.</summary>
    byte[][] WriteFragments(IkeMessage message, IkeProtection protection, int size) => IkeFragmentation.Write(message, protection, size);
}

/// <summary>The codec as the RFC wants it.</summary>
public sealed class IkeMessageCodec : IIkeMessageCodec
{
    public static IkeMessageCodec Instance { get; } = new();

    public bool TryRead(ReadOnlySpan<byte> octets, out IkeMessage message, out ParseError error) =>
        IkeMessage.TryParse(octets, out message, out error);

    public bool TryReadInner(PayloadType first, ReadOnlySpan<byte> octets, int offset, out ImmutableArray<Payload> payloads, out ParseError error) =>
        IkeMessage.TryParseChain(first, octets, offset, out payloads, out error);

    public byte[] Write(IkeMessage message) => message.Encode();

    public byte[] WriteProtected(IkeMessage message, IkeProtection protection)
    {
        RawPayload[] inner = [.. message.Payloads.Select(payload => payload.ToRaw())];
        return protection.Seal(message.Header, IkeWriter.FirstType(inner), IkeWriter.Chain(inner));
    }
}
