namespace Ipsec.Host.Inner;

/// <summary>
/// Octets from the peer in a ring: those in order wait for the reader, those beyond a gap wait for the gap to close. The number of separate
/// pieces beyond gaps is bounded; what is over is not kept (the peer sends it again).
/// </summary>
internal sealed class ReceiveBuffer(int capacity)
{
    private const int MaximumPieces = 64;

    private readonly byte[] _ring = new byte[capacity];
    private readonly List<(int Start, int End)> _pieces = []; // offsets from the end of what is in order, sorted, apart from each other
    private int _start;

    /// <summary>Octets in order.</summary>
    public int Available { get; private set; }

    /// <summary>Octets that may still come.</summary>
    public int Space => capacity - Available;

    /// <summary>Puts octets at an offset from the end of what is in order; they must fit into <see cref="Space"/>.</summary>
    /// <returns>By how many octets what is in order grew.</returns>
    public int Write(int offset, ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty || !TryMerge(offset, offset + octets.Length))
        {
            return 0;
        }

        var to = (_start + Available + offset) % capacity;
        var first = octets[..Math.Min(octets.Length, capacity - to)];
        first.CopyTo(_ring.AsSpan(to));
        octets[first.Length..].CopyTo(_ring);
        return Advance();
    }

    /// <returns>How many octets there were to read.</returns>
    public int Read(Span<byte> destination)
    {
        var count = Math.Min(destination.Length, Available);
        var first = Math.Min(count, capacity - _start);
        _ring.AsSpan(_start, first).CopyTo(destination);
        _ring.AsSpan(0, count - first).CopyTo(destination[first..]);
        _start = (_start + count) % capacity;
        Available -= count;
        return count;
    }

    private bool TryMerge(int start, int end)
    {
        var at = 0;
        while (at < _pieces.Count && _pieces[at].End < start)
        {
            at++;
        }

        if (at == _pieces.Count || _pieces[at].Start > end)
        {
            if (_pieces.Count >= MaximumPieces && start > 0)
            {
                return false;
            }

            _pieces.Insert(at, (start, end));
            return true;
        }

        while (at < _pieces.Count && _pieces[at].Start <= end)
        {
            start = Math.Min(start, _pieces[at].Start);
            end = Math.Max(end, _pieces[at].End);
            _pieces.RemoveAt(at);
        }

        _pieces.Insert(at, (start, end));
        return true;
    }

    private int Advance()
    {
        if (_pieces[0].Start != 0)
        {
            return 0;
        }

        var grown = _pieces[0].End;
        _pieces.RemoveAt(0);
        for (var i = 0; i < _pieces.Count; i++)
        {
            _pieces[i] = (_pieces[i].Start - grown, _pieces[i].End - grown);
        }

        Available += grown;
        return grown;
    }
}
