using System.Security.Cryptography;

namespace Ipsec.Crypto;

/// <summary>
/// A MAC as a PRF, untruncated. HMAC (RFC 2104, RFC 4868) takes keys of any length. AES-XCBC (RFC 4434 section 2) takes 16 octets: shorter
/// keys are padded with zeros, longer ones replaced by their MAC under a key of zeros. AES-CMAC (RFC 4615 section 3) takes 16 octets: every other
/// length is replaced in that way.
/// </summary>
internal sealed class MacPrf(PrfFacts facts, MacFunction mac) : PrfAlgorithm(facts)
{
    public override byte[] Compute(ReadOnlySpan<byte> key, params ReadOnlySpan<byte[]> parts)
    {
        if (!Facts.HasFixedKey || key.Length == KeyLength)
            return Run(key, parts);
        var fitted = Facts == PrfFacts.AesXcbc && key.Length < KeyLength ? Padded(key) : Run(new byte[KeyLength], [key.ToArray()]);
        var output = Run(fitted, parts);
        CryptographicOperations.ZeroMemory(fitted);
        return output;
    }

    private byte[] Run(ReadOnlySpan<byte> key, ReadOnlySpan<byte[]> parts)
    {
        using var bound = mac.Bind(key);
        foreach (var part in parts)
            bound.Append(part);
        var output = new byte[OutputLength];
        bound.Finish(output);
        return output;
    }

    private byte[] Padded(ReadOnlySpan<byte> key)
    {
        var padded = new byte[KeyLength];
        key.CopyTo(padded);
        return padded;
    }
}
