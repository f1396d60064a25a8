using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>HMAC as a PRF, untruncated (RFC 2104, RFC 4868): keys of any length, output and preferred key as long as the hash.</summary>
internal sealed class HmacPrf(PrfId id, HashAlgorithmName hash, int length) : PrfAlgorithm
{
    public override PrfId Id => id;
    public override int KeyLength => length;
    public override int OutputLength => length;

    public override byte[] Compute(ReadOnlySpan<byte> key, params ReadOnlySpan<byte[]> parts)
    {
        using var hmac = IncrementalHash.CreateHMAC(hash, key);
        foreach (var part in parts)
            hmac.AppendData(part);
        return hmac.GetHashAndReset();
    }
}
