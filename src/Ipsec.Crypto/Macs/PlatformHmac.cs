using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>HMAC (RFC 2104) by the platform.</summary>
internal sealed class PlatformHmac(HashAlgorithmName hash) : MacFunction
{
    public override BoundMac Bind(ReadOnlySpan<byte> key) => new Bound(IncrementalHash.CreateHMAC(hash, key));

    private sealed class Bound(IncrementalHash hmac) : BoundMac
    {
        public override int TagLength => hmac.HashLengthInBytes;

        public override void Append(ReadOnlySpan<byte> data) => hmac.AppendData(data);

        public override void Finish(Span<byte> tag) => hmac.GetHashAndReset(tag);

        public override void Dispose() => hmac.Dispose();
    }
}
