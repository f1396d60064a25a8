using System.Net.NetworkInformation;

namespace Ipsec.Host.Links;

/// <summary>
/// Ethernet in memory, on virtual time: the clock starts at 2026-01-01T00:00:00Z and jumps from event to event, so that waiting costs
/// nothing and every run is the same. Frames arrive after a constant latency, in the order in which they were sent.
/// <para>
/// Lost, late or repeated frames come from <see cref="Impairments"/>: given here, every frame of the network suffers them once, on its way
/// out of its sender; a single link is wrapped by <see cref="Impairments.Around"/>.
/// </para>
/// Several segments can share the clock (hosts in different segments do not hear each other; a router or NAT attaches to both).
/// Not thread-safe. <see cref="RunUntil"/> runs synchronously: the task that it returns is already completed.
/// </summary>
public sealed class VirtualNetwork(Impairments? impairments = null, int seed = 0) : INetwork
{
    /// <summary>The segment that <see cref="Attach(string, PhysicalAddress)"/> uses.</summary>
    public const string DefaultSegment = "lan";

    /// <summary>Payload of an Ethernet frame, in octets.</summary>
    public const int DefaultMtu = 1500;

    /// <summary>The clock of a new network.</summary>
    public static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<VirtualLink> _links = [];
    private readonly PriorityQueue<Arrival, (DateTimeOffset Time, long Sequence)> _arrivals = new();
    private long _sequence;
    private int _attached;

    public DateTimeOffset Now { get; private set; } = Epoch;

    public bool IsVirtual => true;

    /// <summary>From a frame's sending to its arrival. More than zero, or time would stand still between two nodes that answer each other.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMicroseconds(100);

    /// <summary>Events at one instant of virtual time, over which the network is taken to be in an endless loop.</summary>
    public int EventsPerInstant { get; init; } = 100_000;

    public ILink Attach(string name, PhysicalAddress address) => Attach(name, address, DefaultSegment);

    /// <summary>Attaches a link to a segment, which exists by being named.</summary>
    /// <exception cref="ArgumentException">The name is taken, or the address is not that of a single node.</exception>
    public ILink Attach(string name, PhysicalAddress address, string segment, int mtu = DefaultMtu)
    {
        if (_links.Exists(link => link.Name == name))
        {
            throw new ArgumentException($"the network has a link named '{name}' already", nameof(name));
        }

        var link = new VirtualLink(this, name, address, segment, mtu);
        _links.Add(link);
        return impairments?.Around(link, this, unchecked((seed * 31) + _attached++), ImpairedDirections.Sent) ?? link;
    }

    /// <inheritdoc/>
    /// <remarks>Events that are due exactly at the deadline still happen. On false, the clock stands at the deadline.</remarks>
    public Task<bool> RunUntil(Func<bool> condition, DateTimeOffset deadline, CancellationToken cancellation)
    {
        try
        {
            return Task.FromResult(Run(condition, deadline, cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Task.FromCanceled<bool>(cancellation);
        }
        catch (Exception failure)
        {
            return Task.FromException<bool>(failure);
        }
    }

    /// <summary>Detaches every link; frames under way are lost.</summary>
    public ValueTask DisposeAsync()
    {
        _links.Clear();
        _arrivals.Clear();
        return ValueTask.CompletedTask;
    }

    private bool Run(Func<bool> condition, DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (condition())
        {
            return true;
        }

        var eventsNow = 0;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var arrivalTime = _arrivals.TryPeek(out _, out var key) ? key.Time : DateTimeOffset.MaxValue;
            var wakeful = NextToWake();
            var wakeTime = wakeful?.Node?.NextDeadline ?? DateTimeOffset.MaxValue;
            var next = arrivalTime <= wakeTime ? arrivalTime : wakeTime;
            if (next > deadline || next == DateTimeOffset.MaxValue)
            {
                Now = Later(Now, deadline);
                return false;
            }

            eventsNow = next > Now ? 1 : eventsNow + 1;
            Now = Later(Now, next);
            if (eventsNow > EventsPerInstant)
            {
                throw new NetworkFailedException(
                    $"the virtual network stands still at {Now:O}: {EventsPerInstant} events at one instant, the last one at link "
                    + $"'{(arrivalTime <= wakeTime ? _arrivals.Peek().To.Name : wakeful!.Name)}'; "
                    + "a node there does not move its deadline, or answers itself");
            }

            if (arrivalTime <= wakeTime)
            {
                var arrival = _arrivals.Dequeue();
                arrival.To.Deliver(Now, arrival.Frame);
            }
            else
            {
                wakeful!.Node!.Advance(Now);
            }

            if (condition())
            {
                return true;
            }
        }
    }

    // The earliest deadline; of equal ones, that of the link attached first.
    private VirtualLink? NextToWake()
    {
        VirtualLink? first = null;
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

    private void Transmit(VirtualLink sender, ReadOnlySpan<byte> frame)
    {
        var destination = EthernetFrame.Destination(frame);
        byte[]? copy = null;
        foreach (var link in _links)
        {
            if (link != sender && link.Segment == sender.Segment && (destination.IsGroup || link.Mac == destination))
            {
                copy ??= frame.ToArray();
                _arrivals.Enqueue(new Arrival(link, copy), (Now + Latency, _sequence++));
            }
        }
    }

    private readonly record struct Arrival(VirtualLink To, byte[] Frame);

    private sealed class VirtualLink(VirtualNetwork network, string name, PhysicalAddress address, string segment, int mtu) : ILink
    {
        private bool _disposed;

        public string Name => name;

        public PhysicalAddress Address => address;

        public MacAddress Mac { get; } = MacAddress.OfNode(address);

        public string Segment => segment;

        public int Mtu => mtu;

        public INode? Node { get; set; }

        public event FrameObserver? Observed;

        public void Send(ReadOnlySpan<byte> frame)
        {
            if (_disposed || frame.Length < EthernetFrame.HeaderLength || frame.Length > EthernetFrame.HeaderLength + mtu)
            {
                return;
            }

            Observed?.Invoke(network.Now, FrameDirection.Sent, frame);
            network.Transmit(this, frame);
        }

        public void Deliver(DateTimeOffset now, ReadOnlySpan<byte> frame)
        {
            if (_disposed)
            {
                return;
            }

            Observed?.Invoke(now, FrameDirection.Received, frame);
            Node?.Receive(now, frame);
        }

        public void Dispose()
        {
            _disposed = true;
            network._links.Remove(this);
        }
    }
}
