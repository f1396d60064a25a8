namespace Ipsec.Crypto;

/// <summary>
/// An authenticated mode as its own standard defines it, with the whole nonce given: what the combined-mode algorithms of the registry are made of.
/// Immutable and thread-safe.
/// </summary>
public abstract class AeadMode
{
    /// <summary>Binds a key. Disposing zeroes it.</summary>
    /// <param name="icvLength">Octets of tag.</param>
    public abstract BoundAead Bind(ReadOnlySpan<byte> key, int icvLength);
}

/// <summary>A mode with its key. Not thread-safe.</summary>
public abstract class BoundAead : IDisposable
{
    /// <summary>Encrypts in place and writes the tag.</summary>
    public abstract void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, Span<byte> icv);

    /// <summary>Decrypts in place; false, with the data zeroed, if the tag doesn't match.</summary>
    public abstract bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, Span<byte> data, ReadOnlySpan<byte> icv);

    public abstract void Dispose();
}
