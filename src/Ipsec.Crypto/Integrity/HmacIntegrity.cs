using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>HMAC with a truncated tag (RFC 4868, RFC 2403, RFC 2404): the key is as long as the hash.</summary>
internal sealed class HmacIntegrity(IntegrityId id, HashAlgorithmName hash, int keyLength, int icvLength) : IntegrityAlgorithm
{
    public override IntegrityId Id => id;
    public override int KeyLength => keyLength;
    public override int IcvLength => icvLength;

    public override BoundIntegrity Bind(ReadOnlySpan<byte> key) => new Bound(hash, key);

    private sealed class Bound(HashAlgorithmName hash, ReadOnlySpan<byte> key) : BoundIntegrity
    {
        private readonly IncrementalHash _hmac = IncrementalHash.CreateHMAC(hash, key);

        public override void Append(ReadOnlySpan<byte> data) => _hmac.AppendData(data);

        public override void Finish(Span<byte> icv)
        {
            Span<byte> tag = stackalloc byte[64];
            var length = _hmac.GetHashAndReset(tag);
            tag[..length][..icv.Length].CopyTo(icv);
        }

        public override void Dispose() => _hmac.Dispose();
    }
}
