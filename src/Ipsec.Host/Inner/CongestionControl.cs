namespace Ipsec.Host.Inner;

/// <summary>NewReno: slow start, congestion avoidance, fast retransmit and recovery (RFC 5681, RFC 6582). Everything in octets.</summary>
internal sealed class CongestionControl(int segmentSize, uint initialSequenceNumber)
{
    private int _threshold = int.MaxValue;
    private int _duplicates;
    private bool _recovering;
    private uint _recoveryPoint = initialSequenceNumber;

    public int Window { get; private set; } = 10 * segmentSize;

    /// <summary>New data was acknowledged.</summary>
    /// <returns>Whether the next segment must be retransmitted at once: the acknowledgment was partial (RFC 6582, 3.2).</returns>
    public bool Acknowledged(uint acknowledgmentNumber, int octets)
    {
        _duplicates = 0;
        if (_recovering)
        {
            if (Sequence.Before(acknowledgmentNumber, _recoveryPoint))
            {
                Window = Math.Max(Window - octets + segmentSize, segmentSize);
                return true;
            }

            _recovering = false;
            Window = _threshold;
            return false;
        }

        Window += Window < _threshold
            ? Math.Min(octets, segmentSize)
            : Math.Max(1, segmentSize * segmentSize / Window);
        Window = Math.Min(Window, 1 << 20);
        return false;
    }

    /// <summary>An acknowledgment that acknowledges nothing new.</summary>
    /// <returns>Whether to retransmit the first unacknowledged segment.</returns>
    public bool Duplicate(uint unacknowledged, uint highestSent, int inFlight)
    {
        if (_recovering)
        {
            Window += segmentSize;
            return false;
        }

        if (++_duplicates != 3 || !Sequence.Before(_recoveryPoint, unacknowledged))
        {
            return false;
        }

        _recovering = true;
        _recoveryPoint = highestSent;
        _threshold = Math.Max(inFlight / 2, 2 * segmentSize);
        Window = _threshold + (3 * segmentSize);
        return true;
    }

    public void TimedOut(uint highestSent, int inFlight)
    {
        _recovering = false;
        _duplicates = 0;
        _recoveryPoint = highestSent;
        _threshold = Math.Max(inFlight / 2, 2 * segmentSize);
        Window = segmentSize;
    }
}
