using System.Collections;

namespace Ipsec.Packets;

/// <summary>
/// An immutable string of octets that compares by content and prints as hex. What a record of this library keeps of the wire.
/// Not for secrets: comparison is not constant-time.
/// </summary>
public readonly struct Octets : IEquatable<Octets>, IEnumerable<byte>
{
    private readonly byte[]? _bytes;

    /// <summary>Copies the octets.</summary>
    public Octets(ReadOnlySpan<byte> bytes) => _bytes = bytes.ToArray();

    private Octets(byte[] owned) => _bytes = owned;

    public static Octets Empty => default;

    /// <summary>Takes over an array that its maker will not change any more.</summary>
    public static Octets TakeOver(byte[] owned) => new(owned);

    public static Octets FromHex(string hex) => new(Convert.FromHexString(hex));

    public int Length => _bytes?.Length ?? 0;

    public bool IsEmpty => Length == 0;

    public byte this[int index] => Span[index];

    public ReadOnlySpan<byte> Span => _bytes;

    public ReadOnlyMemory<byte> Memory => _bytes;

    public byte[] ToArray() => Span.ToArray();

    public bool Equals(Octets other) => Span.SequenceEqual(other.Span);

    public override bool Equals(object? other) => other is Octets octets && Equals(octets);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>Lower-case hex without separators.</summary>
    public override string ToString() => Convert.ToHexStringLower(Span);

    public IEnumerator<byte> GetEnumerator() => ((IEnumerable<byte>)(_bytes ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public static bool operator ==(Octets left, Octets right) => left.Equals(right);

    public static bool operator !=(Octets left, Octets right) => !left.Equals(right);

    public static implicit operator Octets(byte[] bytes) => new(bytes.AsSpan());
}
