using System.Security.Cryptography;
using Ipsec.Packets.Ike;

namespace Ipsec.Crypto;

/// <summary>An integrity algorithm of the IANA registry (transform type 3). Lengths in octets.</summary>
public abstract class IntegrityAlgorithm
{
    public abstract IntegrityId Id { get; }
    public abstract int KeyLength { get; }
    public abstract int IcvLength { get; }

    public abstract BoundIntegrity Bind(ReadOnlySpan<byte> key);
}

/// <summary>An integrity algorithm with its key: append in pieces, then finish. Not thread-safe.</summary>
public abstract class BoundIntegrity : IDisposable
{
    public abstract void Append(ReadOnlySpan<byte> data);

    /// <summary>Writes the truncated ICV and starts over.</summary>
    public abstract void Finish(Span<byte> icv);

    /// <summary>Finishes and compares in constant time.</summary>
    public bool FinishAndVerify(ReadOnlySpan<byte> icv)
    {
        Span<byte> computed = stackalloc byte[icv.Length];
        Finish(computed);
        return CryptographicOperations.FixedTimeEquals(computed, icv);
    }

    public abstract void Dispose();
}
