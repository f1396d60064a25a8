namespace Ipsec.Dataplane;

/// <summary>
/// A sliding window of sequence numbers (RFC 4303 section 3.4.3), with the high-order half of extended numbers recovered as Appendix A2 of RFC 4303
/// describes. A ring of 64-bit blocks, one more than the window needs, so that it moves by clearing blocks instead of shifting (the idea of RFC 6479).
/// </summary>
public sealed class AntiReplayWindow : IAntiReplayWindow
{
    public const int DefaultSize = 64;
    public const int SmallestSize = 32;
    public const int LargestSize = 4096;

    private const int BlockBits = 64;

    private readonly bool _extended;
    private readonly int _size;
    private readonly ulong[] _blocks;
    private ulong _top;

    /// <param name="extended">Whether the SA has extended (64-bit) sequence numbers.</param>
    /// <param name="size">Numbers that it remembers, 32 (RFC 4303's least) to 4096.</param>
    public AntiReplayWindow(bool extended, int size = DefaultSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, SmallestSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, LargestSize);
        _extended = extended;
        _size = size;
        _blocks = new ulong[(size + BlockBits - 1) / BlockBits + 1];
    }

    public bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber)
    {
        fullSequenceNumber = _extended ? Recover(sequenceNumber) : sequenceNumber;
        return fullSequenceNumber != 0 && !IsSeenOrTooOld(fullSequenceNumber);
    }

    public bool Accept(ulong fullSequenceNumber)
    {
        if (IsSeenOrTooOld(fullSequenceNumber))
            return false;
        if (fullSequenceNumber > _top)
        {
            var passed = Math.Min(fullSequenceNumber / BlockBits - _top / BlockBits, (ulong)_blocks.Length);
            for (var block = 1UL; block <= passed; block++)
                _blocks[(_top / BlockBits + block) % (ulong)_blocks.Length] = 0;
            _top = fullSequenceNumber;
        }
        Block(fullSequenceNumber) |= Bit(fullSequenceNumber);
        return true;
    }

    private bool IsSeenOrTooOld(ulong number) =>
        number <= _top && (_top - number >= (ulong)_size || (Block(number) & Bit(number)) != 0);

    private ref ulong Block(ulong number) => ref _blocks[number / BlockBits % (ulong)_blocks.Length];

    private static ulong Bit(ulong number) => 1UL << (int)(number % BlockBits);

    /// <summary>RFC 4303 Appendix A2.2: which of the three possible high halves puts the number nearest to the window.</summary>
    private ulong Recover(uint low)
    {
        var topLow = (uint)_top;
        var topHigh = _top >> 32;
        var bottomLow = topLow - (uint)(_size - 1);
        ulong high;
        if (topLow >= (uint)(_size - 1))
            high = low >= bottomLow ? topHigh : topHigh + 1;
        else
            high = low >= bottomLow && topHigh > 0 ? topHigh - 1 : topHigh;
        return high << 32 | low;
    }
}
