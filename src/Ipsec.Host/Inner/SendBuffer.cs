namespace Ipsec.Host.Inner;

/// <summary>Octets that the peer has not acknowledged, in a ring: appended at the end, released at the front, read anywhere.</summary>
internal sealed class SendBuffer(int capacity)
{
    private readonly byte[] _ring = new byte[capacity];
    private int _start;

    public int Length { get; private set; }

    public int Space => capacity - Length;

    /// <returns>How many octets there was room for.</returns>
    public int Append(ReadOnlySpan<byte> octets)
    {
        var taken = octets[..Math.Min(octets.Length, Space)];
        var end = (_start + Length) % capacity;
        var first = taken[..Math.Min(taken.Length, capacity - end)];
        first.CopyTo(_ring.AsSpan(end));
        taken[first.Length..].CopyTo(_ring);
        Length += taken.Length;
        return taken.Length;
    }

    public void CopyTo(int offset, Span<byte> destination)
    {
        var from = (_start + offset) % capacity;
        var first = Math.Min(destination.Length, capacity - from);
        _ring.AsSpan(from, first).CopyTo(destination);
        _ring.AsSpan(0, destination.Length - first).CopyTo(destination[first..]);
    }

    public void Release(int count)
    {
        _start = (_start + count) % capacity;
        Length -= count;
    }
}
