using System.Net.NetworkInformation;
using System.Threading.Channels;

namespace Ipsec.Host.Links;

/// <summary>
/// A Linux bridge as a segment: containers, guests and devices on the bridge meet the nodes that are attached here. Each link is a veth pair
/// (names start with <c>icf</c>) with one end in the bridge, and is removed when it is disposed. Needs root (or CAP_NET_ADMIN and CAP_NET_RAW),
/// iproute2 and libpcap. Where bridged packets pass the host's packet filter (br_netfilter, which Docker turns on), the filter must accept
/// what goes from the bridge to itself; Docker sees to that for its own networks.
/// <para>
/// Frames are taken by a capture thread per link and wait in one queue, also between calls of <see cref="RunUntil"/>, which handles them and the
/// nodes' deadlines in the order of their times on one logical thread. A node's time is the capture's or the deadline's, never the moment at
/// which the harness got round to it; it never runs backwards behind a <see cref="Now"/> that somebody has read.
/// </para>
/// </summary>
public sealed class RealNetwork : INetwork
{
    private const int QueueLength = 1 << 18;
    private const int MaximumVainAdvances = 100_000;

    // How long a frame may take from its capture timestamp to the queue: a window is open that much longer for what arrived in time.
    private static readonly TimeSpan CaptureGrace = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan LongestNap = TimeSpan.FromDays(1);

    private readonly List<RealLink> _links = [];
    private readonly Channel<CapturedFrame> _captured =
        Channel.CreateBounded<CapturedFrame>(new BoundedChannelOptions(QueueLength) { SingleReader = true, AllowSynchronousContinuations = false });

    private readonly PriorityQueue<CapturedFrame, (DateTimeOffset Time, long Sequence)> _pending = new();
    private readonly TaskCompletionSource<string> _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<bool>? _arrival;
    private DateTimeOffset _latest = DateTimeOffset.MinValue;
    private long _sequence;
    private long _droppedByQueue;
    private int _vainAdvances;

    private RealNetwork(string bridgeName) => BridgeName = bridgeName;

    public string BridgeName { get; }

    /// <summary>The wall clock, UTC.</summary>
    public DateTimeOffset Now => _latest = Later(_latest, DateTimeOffset.UtcNow);

    public bool IsVirtual => false;

    /// <summary>Frames lost between the wire and the nodes: by the kernel's capture buffer, or by this network's full queue. More than 0 spoils verdicts.</summary>
    public long Dropped => Interlocked.Read(ref _droppedByQueue) + _links.Sum(link => link.DroppedByKernel);

    /// <summary>Takes an existing bridge.</summary>
    /// <exception cref="NetworkFailedException">There is no such bridge.</exception>
    public static RealNetwork Open(string bridgeName)
    {
        ArgumentException.ThrowIfNullOrEmpty(bridgeName);
        if (!OperatingSystem.IsLinux())
        {
            throw new NetworkFailedException("real networks need Linux: bridges and veth pairs are its own");
        }

        return Directory.Exists(Path.Combine("/sys/class/net", bridgeName, "bridge"))
            ? new RealNetwork(bridgeName)
            : throw new NetworkFailedException(
                $"this network namespace has no bridge '{bridgeName}': create it first (docker network create, or ip link add {bridgeName} type bridge)");
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The name is taken, or the address is not that of a single node.</exception>
    /// <exception cref="NetworkFailedException">The link could not be made: not root, no iproute2, no libpcap, no such bridge any more.</exception>
    public ILink Attach(string name, PhysicalAddress address)
    {
        if (_links.Exists(link => link.Name == name))
        {
            throw new ArgumentException($"the network has a link named '{name}' already", nameof(name));
        }

        try
        {
            var link = new RealLink(this, BridgeName, name, address);
            _links.Add(link);
            return link;
        }
        catch (Exception missing) when (missing is DllNotFoundException or TypeInitializationException)
        {
            throw new NetworkFailedException("libpcap is missing: install libpcap0.8 (or your distribution's libpcap)", missing);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> RunUntil(Func<bool> condition, DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (condition())
        {
            return true;
        }

        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_failure.Task.IsCompleted)
            {
                throw new NetworkFailedException(await _failure.Task.ConfigureAwait(false));
            }

            var wallClock = DateTimeOffset.UtcNow;
            TakeCaptured();
            if (HandleNext(wallClock < deadline ? wallClock : deadline))
            {
                if (condition())
                {
                    return true;
                }
            }
            else if (wallClock - CaptureGrace >= deadline)
            {
                return false;
            }
            else
            {
                await Sleep(wallClock, deadline, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Removes every link that was attached here. The bridge stays.</summary>
    public ValueTask DisposeAsync()
    {
        foreach (var link in _links.ToArray())
        {
            link.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    internal void Detach(RealLink link) => _links.Remove(link);

    internal void Enqueue(CapturedFrame frame)
    {
        if (!_captured.Writer.TryWrite(frame))
        {
            Interlocked.Increment(ref _droppedByQueue);
        }
    }

    internal void Fail(string what) => _failure.TrySetResult(what);

    private void TakeCaptured()
    {
        while (_captured.Reader.TryRead(out var frame))
        {
            _pending.Enqueue(frame, (frame.Time, _sequence++));
        }
    }

    // The earliest frame or node deadline that is not after the limit.
    private bool HandleNext(DateTimeOffset limit)
    {
        var frameTime = _pending.TryPeek(out _, out var key) ? key.Time : DateTimeOffset.MaxValue;
        var sleeper = NextToWake();
        var wakeTime = sleeper?.Node?.NextDeadline ?? DateTimeOffset.MaxValue;
        if ((frameTime <= wakeTime ? frameTime : wakeTime) > limit)
        {
            return false;
        }

        if (frameTime <= wakeTime)
        {
            var frame = _pending.Dequeue();
            _latest = Later(_latest, frame.Time);
            frame.Link.Deliver(_latest, frame.Time, frame.Octets);
        }
        else
        {
            _latest = Later(_latest, wakeTime);
            sleeper!.Node!.Advance(_latest);
            _vainAdvances = sleeper.Node?.NextDeadline <= wakeTime ? _vainAdvances + 1 : 0;
            if (_vainAdvances > MaximumVainAdvances)
            {
                throw new NetworkFailedException(
                    $"the node at link '{sleeper.Name}' does not move its deadline {wakeTime:O}: {MaximumVainAdvances} calls did nothing");
            }
        }

        return true;
    }

    // Until a frame arrives, the next node deadline, the end of the window, a failure or cancellation.
    private async Task Sleep(DateTimeOffset wallClock, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var nap = deadline - (wallClock - CaptureGrace);
        if (NextToWake()?.Node?.NextDeadline is { } wake && wake <= deadline)
        {
            nap = wake - wallClock;
        }

        _arrival ??= _captured.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var milliseconds = Math.Clamp(Math.Ceiling(nap.TotalMilliseconds), 0, LongestNap.TotalMilliseconds);
        var timeout = Task.Delay(TimeSpan.FromMilliseconds(milliseconds), timer.Token);
        var first = await Task.WhenAny(_arrival, timeout, _failure.Task).ConfigureAwait(false);
        if (first == _arrival)
        {
            _arrival = null;
        }

        await timer.CancelAsync().ConfigureAwait(false);
    }

    private RealLink? NextToWake()
    {
        RealLink? first = null;
        var earliest = DateTimeOffset.MaxValue;
        foreach (var link in _links)
        {
            if (link.Node?.NextDeadline is { } deadline && deadline < earliest)
            {
                first = link;
                earliest = deadline;
            }
        }

        return first;
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
