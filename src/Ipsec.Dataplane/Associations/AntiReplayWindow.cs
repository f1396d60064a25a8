namespace Ipsec.Dataplane;

/// <summary>
/// A sliding window of 64 sequence numbers (RFC 4303 section 3.4.3), with the high-order half of extended numbers recovered as Appendix A2.2
/// of RFC 4303 describes.
/// </summary>
/// <param name="extended">Whether the SA has extended (64-bit) sequence numbers.</param>
public sealed class AntiReplayWindow(bool extended) : IAntiReplayWindow
{
    public const int Size = 64;

    private ulong _top;
    private ulong _seen;

    public bool MayBeNew(uint sequenceNumber, out ulong fullSequenceNumber)
    {
        fullSequenceNumber = extended ? Recover(sequenceNumber) : sequenceNumber;
        return fullSequenceNumber != 0 && !IsSeenOrTooOld(fullSequenceNumber);
    }

    public bool Accept(ulong fullSequenceNumber)
    {
        if (IsSeenOrTooOld(fullSequenceNumber))
            return false;
        if (fullSequenceNumber > _top)
        {
            var ahead = fullSequenceNumber - _top;
            _seen = ahead >= Size ? 0 : _seen << (int)ahead;
            _seen |= 1;
            _top = fullSequenceNumber;
        }
        else
        {
            _seen |= 1UL << (int)(_top - fullSequenceNumber);
        }
        return true;
    }

    private bool IsSeenOrTooOld(ulong number)
    {
        if (number > _top)
            return false;
        var behind = _top - number;
        return behind >= Size || (_seen & 1UL << (int)behind) != 0;
    }

    /// <summary>RFC 4303 Appendix A2.2: which of the three possible high halves puts the number nearest to the window.</summary>
    private ulong Recover(uint low)
    {
        var topLow = (uint)_top;
        var topHigh = _top >> 32;
        var bottomLow = topLow - (Size - 1);
        ulong high;
        if (topLow >= Size - 1)
            high = low >= bottomLow ? topHigh : topHigh + 1;
        else
            high = low >= bottomLow && topHigh > 0 ? topHigh - 1 : topHigh;
        return high << 32 | low;
    }
}
