using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Host;
using Ipsec.Ike;
using Ipsec.Packets;
using Ipsec.Packets.Ike;

namespace Conformance.Defects;

/// <summary>Forgets after each message which IVs it used.</summary>
internal sealed class SealsAnew : IIkeMessageCodec, IKeyLog
{
    private static readonly IIkeMessageCodec Right = IkeMessageCodec.Instance;

    private readonly Dictionary<ulong, (IkeAlgorithms Algorithms, byte[] EncryptionI, byte[] IntegrityI, byte[] EncryptionR, byte[] IntegrityR)> _keys = [];

    public void IkeSa(ulong initiatorSpi, ulong responderSpi, IkeAlgorithms algorithms, IkeKeys keys) =>
        _keys[initiatorSpi] = (algorithms, [.. keys.SkEi], [.. keys.SkAi], [.. keys.SkEr], [.. keys.SkAr]);

    public void ChildSa(ChildSa child, ChildKeys keys)
    {
    }

    public bool TryRead(ReadOnlySpan<byte> octets, out IkeMessage message, out ParseError error) => Right.TryRead(octets, out message, out error);

    public bool TryReadInner(PayloadType first, ReadOnlySpan<byte> octets, int offset, out ImmutableArray<Payload> payloads, out ParseError error) =>
        Right.TryReadInner(first, octets, offset, out payloads, out error);

    public byte[] Write(IkeMessage message) => Right.Write(message);

    public byte[] WriteProtected(IkeMessage message, IkeProtection protection)
    {
        if (!_keys.TryGetValue(message.Header.InitiatorSpi, out var keys))
            return Right.WriteProtected(message, protection);
        var isInitiator = message.Header.IsFromInitiator;
        using var anew = new IkeProtection(
            keys.Algorithms, isInitiator ? keys.EncryptionI : keys.EncryptionR, isInitiator ? keys.IntegrityI : keys.IntegrityR, RandomSource.Seeded(1));
        return Right.WriteProtected(message, anew);
    }
}
