namespace Ipsec.Ike;

/// <summary>A token bucket that holds one second's worth.</summary>
internal sealed class RateLimit(int perSecond)
{
    private double _tokens = perSecond;
    private DateTimeOffset? _last;

    public bool Allow(DateTimeOffset now)
    {
        if (_last is { } last && now > last)
            _tokens = Math.Min(perSecond, _tokens + (now - last).TotalSeconds * perSecond);
        _last = now;
        if (_tokens < 1)
            return false;
        _tokens--;
        return true;
    }
}
