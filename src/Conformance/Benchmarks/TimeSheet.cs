using System.Diagnostics;

namespace Conformance.Benchmarks;

/// <summary>What the time of one thread goes to.</summary>
public enum WorkPart
{
    /// <summary>Policies, SAs, ESP and AH.</summary>
    DataPlane,
    /// <summary>Everything else that the host does: Ethernet, address resolution, IP, ICMP.</summary>
    Stack,
    /// <summary>Handing frames to the link.</summary>
    Link,
    /// <summary>Nothing to do here: the peer works, or the frame is on its way through wire and capture.</summary>
    Waiting,
}

/// <summary>Charges each moment to exactly one part. Not thread-safe.</summary>
internal sealed class TimeSheet
{
    private readonly long[] _ticks = new long[Enum.GetValues<WorkPart>().Length];
    private WorkPart _current = WorkPart.Waiting;
    private long _since = Stopwatch.GetTimestamp();

    /// <summary>From now on time is this part's; returns whose it was.</summary>
    public WorkPart Switch(WorkPart part)
    {
        var now = Stopwatch.GetTimestamp();
        _ticks[(int)_current] += now - _since;
        _since = now;
        var before = _current;
        _current = part;
        return before;
    }

    public void Clear()
    {
        Switch(_current);
        Array.Clear(_ticks);
    }

    /// <summary>So far, up to now.</summary>
    public TimeSpan Of(WorkPart part)
    {
        Switch(_current);
        return Stopwatch.GetElapsedTime(0, _ticks[(int)part]);
    }
}
