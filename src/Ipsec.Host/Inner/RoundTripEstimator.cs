namespace Ipsec.Host.Inner;

/// <summary>The retransmission timeout from measured round trips (RFC 6298), with a floor of 200 ms as deployed stacks have it.</summary>
internal sealed class RoundTripEstimator
{
    private static readonly TimeSpan Floor = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Granularity = TimeSpan.FromMilliseconds(1);

    private TimeSpan? _smoothed;
    private TimeSpan _variation;

    public TimeSpan Timeout { get; private set; } = TimeSpan.FromSeconds(1);

    public void Measured(TimeSpan roundTrip)
    {
        if (_smoothed is { } smoothed)
        {
            _variation = (_variation * 0.75) + ((smoothed - roundTrip).Duration() * 0.25);
            _smoothed = (smoothed * 0.875) + (roundTrip * 0.125);
        }
        else
        {
            _smoothed = roundTrip;
            _variation = roundTrip / 2;
        }

        Compute();
    }

    /// <summary>The timer ran out: wait twice as long the next time.</summary>
    public void BackOff() => Timeout = Clamp(Timeout * 2);

    /// <summary>New data was acknowledged: back to what was measured.</summary>
    public void Recover()
    {
        if (_smoothed is not null)
        {
            Compute();
        }
    }

    private void Compute()
    {
        var margin = _variation * 4;
        Timeout = Clamp(_smoothed!.Value + (margin > Granularity ? margin : Granularity));
    }

    private static TimeSpan Clamp(TimeSpan timeout) => timeout < Floor ? Floor : timeout > Ceiling ? Ceiling : timeout;
}
