using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>A pseudorandom function of the IANA registry (transform type 2). Lengths in octets.</summary>
public abstract class PrfAlgorithm
{
    public abstract PrfId Id { get; }

    /// <summary>Preferred key length: what SK_d, SK_pi and SK_pr get (RFC 7296 section 2.13).</summary>
    public abstract int KeyLength { get; }

    public abstract int OutputLength { get; }

    /// <summary>prf(key, data), where data is the concatenation of the parts.</summary>
    public abstract byte[] Compute(ReadOnlySpan<byte> key, params ReadOnlySpan<byte[]> parts);

    /// <summary>
    /// prf+ (RFC 7296 section 2.13): T1 | T2 | … with T(n) = prf(key, T(n-1) | seed | n).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">More than 255 times the output length was asked for.</exception>
    public byte[] Expand(ReadOnlySpan<byte> key, byte[] seed, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 255 * OutputLength);
        var stream = new byte[length];
        byte[] block = [];
        byte counter = 1;
        for (var done = 0; done < length; counter++)
        {
            block = Compute(key, block, seed, [counter]);
            var count = Math.Min(block.Length, length - done);
            block.AsSpan(0, count).CopyTo(stream.AsSpan(done));
            done += count;
        }
        return stream;
    }
}
