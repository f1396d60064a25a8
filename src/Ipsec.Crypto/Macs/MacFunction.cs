namespace Ipsec.Crypto;

/// <summary>A message authentication code, untruncated: what integrity algorithms and PRFs are made of.</summary>
internal abstract class MacFunction
{
    /// <summary>Octets of the longest tag of any function (HMAC-SHA-512).</summary>
    public const int LongestTag = 64;

    public abstract BoundMac Bind(ReadOnlySpan<byte> key);
}

/// <summary>A MAC with its key. Not thread-safe.</summary>
internal abstract class BoundMac : IDisposable
{
    /// <summary>Octets.</summary>
    public abstract int TagLength { get; }

    public abstract void Append(ReadOnlySpan<byte> data);

    /// <summary>Writes the whole tag and starts over.</summary>
    public abstract void Finish(Span<byte> tag);

    public abstract void Dispose();
}
