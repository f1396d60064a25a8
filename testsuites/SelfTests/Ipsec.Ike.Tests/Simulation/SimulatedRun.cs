using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests.Simulation;

/// <summary>
/// Two ends on virtual time with a bad pipe between them, through one schedule. Afterwards the pipe is good, and both must come to agree in the protocol's own
/// time: retransmission, liveness, the wait for what the peer is to delete.
/// </summary>
internal sealed class SimulatedRun
{
    // More events than this are a storm.
    private const int MaximumEvents = 100_000;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Death of the peer found out (20 s + 63 s), half-open forgotten (30 s), the replaced deleted (120 s + 63 s), and once more for what these lead to.
    private static readonly TimeSpan TimeToAgree = TimeSpan.FromSeconds(480);

    private static readonly TimeSpan TimeOfAgreement = TimeSpan.FromSeconds(120);

    // An SA that a packet wants: an IKE SA set up first, or a TEMPORARY_FAILURE or two waited out.
    private static readonly TimeSpan TimeToGrant = TimeSpan.FromSeconds(30);

    private const int TimesToAsk = 3;

    private static readonly TimeSpan GoodDelay = TimeSpan.FromMilliseconds(5);

    private readonly Schedule _schedule;
    private readonly Random _random;
    private readonly PriorityQueue<(bool ToLeft, IkeDatagram Datagram), (DateTimeOffset At, long Number)> _pipe = new();
    private readonly Dictionary<(ulong, ulong, IkeFlags, uint, int), byte[]> _sent = [];
    private readonly List<string> _log = [];
    private readonly SelectorWitness? _witness;
    private readonly (TrafficSelector Local, TrafficSelector Remote)? _packet;
    private readonly SimulatedEnd _left;
    private readonly SimulatedEnd _right;
    private DateTimeOffset _now = Start;
    private long _number;
    private int _step;
    private int _events;

    private SimulatedRun(Schedule schedule)
    {
        _schedule = schedule;
        _random = new((int)schedule.Seed);
        if (!schedule.HasConfiguration)
        {
            var all = new TrafficPolicy([TrafficSelector.Range(IkePair.Left, IkePair.Left)], [TrafficSelector.Range(IkePair.Right, IkePair.Right)]);
            var (left, right) = schedule.Traffic ?? (all, all.Mirror);
            (_witness, _packet) = (new(left, right), left.PacketOfBoth(right));
        }
        _left = new(schedule, isLeft: true, _witness, Send);
        _right = new(schedule, isLeft: false, _witness, Send);
    }

    public static Outcome Run(Schedule schedule)
    {
        var run = new SimulatedRun(schedule);
        return new(run.Run(), run._log.Concat(run._left.Events).Concat(run._right.Events));
    }

    private string? Run()
    {
        _left.Start();
        _right.Start();
        var agreed = Start + _schedule.End + TimeToAgree;
        if ((Pass(agreed, () => null) ?? Pass(agreed + TimeOfAgreement, Disagreement)) is { } broken)
            return broken;
        if (_packet is not { } packet)
            return null;
        // A request goes with its IKE SA when that is deleted (RFC 7296 section 1.4.1); what still wants an SA asks again.
        for (var times = 0; times < TimesToAsk; times++)
        {
            _log.Add($"{_now:mm:ss.fff} left wants an SA for {packet}");
            _left.Want(_now, packet);
            if (Pass(_now + TimeToGrant, () => null) is { } wrong)
                return wrong;
            if (IsGranted(packet))
                return null;
        }
        return $"{_now - Start}: there is no SA for {packet}, which both ends' policies have";
    }

    /// <summary>Lets things happen until then. Null if all is well, else what is not.</summary>
    /// <param name="check">What is wrong whenever nothing is on its way.</param>
    private string? Pass(DateTimeOffset until, Func<string?> check)
    {
        while (true)
        {
            if ((_left.Broken ?? _right.Broken ?? _witness?.Broken ?? (_pipe.Count == 0 ? check() : null)) is { } broken)
                return $"{_now - Start}: {broken}";
            DateTimeOffset?[] times =
            [
                _step < _schedule.Steps.Length ? Start + _schedule.Steps[_step].At : null,
                _pipe.TryPeek(out _, out var first) ? first.At : null,
                _left.Endpoint.NextDeadline, _right.Endpoint.NextDeadline,
            ];
            if (times.Min() is not { } next || next > until)
            {
                _now = until;
                return null;
            }
            if (++_events > MaximumEvents)
                return $"{_now - Start}: a storm of {MaximumEvents} events";
            _now = next > _now ? next : _now;
            if (_step < _schedule.Steps.Length && Start + _schedule.Steps[_step].At <= _now)
            {
                var due = _schedule.Steps[_step++];
                _log.Add($"{_now:mm:ss.fff} {(due.IsLeft ? "left" : "right")} {due.Deed}");
                (due.IsLeft ? _left : _right).Do(_now, due);
            }
            else if (_pipe.Count > 0 && first.At <= _now)
            {
                var (toLeft, datagram) = _pipe.Dequeue();
                (toLeft ? _left : _right).Receive(_now, datagram);
            }
            else
            {
                _left.Advance(_now);
                _right.Advance(_now);
            }
        }
    }

    private bool IsGranted((TrafficSelector Local, TrafficSelector Remote) packet) => _left.Endpoint.Children.Any(child =>
        SelectorSets.AreWithin([packet.Local], child.LocalTraffic) && SelectorSets.AreWithin([packet.Remote], child.RemoteTraffic) && _right.Inbound.ContainsKey(child.OutboundSpi));

    /// <summary>What the two ends do not agree on when nothing is under way between them.</summary>
    private string? Disagreement()
    {
        var (left, right) = (Associations(_left), Associations(_right));
        if (!left.SetEquals(right))
            return $"IKE SAs differ: left {string.Join(", ", left)}; right {string.Join(", ", right)}";
        if (_left.Endpoint.Associations.Concat(_right.Endpoint.Associations).FirstOrDefault(sa => !sa.IsEstablished) is { } unfinished)
            return $"an IKE SA is left over: {unfinished}";
        return OneWay(_left, _right) ?? OneWay(_right, _left) ?? Leak(_left) ?? Leak(_right) ?? Compression() ?? Strange(_left) ?? Strange(_right);
    }

    private static HashSet<string> Associations(SimulatedEnd end) => [.. end.Endpoint.Associations.Select(sa => $"{sa.InitiatorSpi:x16}-{sa.ResponderSpi:x16}")];

    private static string? OneWay(SimulatedEnd sender, SimulatedEnd receiver)
    {
        if (sender.Outbound.Count != receiver.Inbound.Count)
            return $"{sender.Name} sends on {sender.Outbound.Count} SAs, {receiver.Name} receives on {receiver.Inbound.Count}";
        foreach (var (spi, keys) in sender.Outbound)
            if (receiver.Inbound.GetValueOrDefault(spi) != keys)
                return $"{sender.Name} sends on {spi:x8}, {receiver.Name} does not receive on it with the same keys";
        return null;
    }

    private static string? Leak(SimulatedEnd end) =>
        end.Inbound.Keys.ToHashSet().SetEquals(end.Endpoint.Children.Select(child => child.InboundSpi)) ? null : $"{end.Name}: what is installed is not what IKE knows of";

    /// <summary>Where one end compresses the other decompresses, under the same CPI; no CPI is that of two SAs.</summary>
    private string? Compression()
    {
        var cpis = _right.Endpoint.Children.ToDictionary(child => child.InboundSpi, child => child.Cpis);
        foreach (var child in _left.Endpoint.Children)
            if (cpis.GetValueOrDefault(child.OutboundSpi) is var other && (child.Cpis?.Inbound, child.Cpis?.Outbound) != (other?.Outbound, other?.Inbound))
                return $"left has the CPIs {child.Cpis}, right {other}";
        return Doubled(_left) ?? Doubled(_right);

        static string? Doubled(SimulatedEnd end) =>
            end.Endpoint.Children.Select(child => child.Cpis?.Inbound).OfType<ushort>().GroupBy(cpi => cpi).Any(group => group.Count() > 1) ? $"{end.Name} has a CPI twice" : null;
    }

    /// <summary>An address goes with the IKE SA that it came with.</summary>
    private static string? Strange(SimulatedEnd end) =>
        end.Addresses.Count > end.Endpoint.Associations.Count() ? $"{end.Name} has the addresses {string.Join(", ", end.Addresses)}" : null;

    private void Send(SimulatedEnd sender, IkeEffect.Send send)
    {
        if (!IkeMessage.TryParse(send.Message, out var message, out _))
            sender.Broken ??= $"{sender.Name} sends what can't be read";
        Check(sender, message, send.Message);
        _log.Add($"{_now:mm:ss.fff} {sender.Name} sends {message.Header.InitiatorSpi:x16} {message.Header.ExchangeType} {(message.Header.IsResponse ? "response" : "request")} {message.Header.MessageId}");
        var isGood = _now >= Start + _schedule.End;
        if (!isGood && _random.NextDouble() < _schedule.Faults.Loss)
            return;
        Deliver();
        if (!isGood && _random.NextDouble() < _schedule.Faults.Duplication)
            Deliver();

        void Deliver()
        {
            var delay = isGood ? GoodDelay : _schedule.Faults.Delay + _schedule.Faults.Jitter * _random.NextDouble();
            _pipe.Enqueue((sender != _left, new(send.Remote, send.Local, send.Message)), (_now + delay, _number++));
        }
    }

    /// <summary>RFC 7296 section 2.1 and 2.2: what goes out again under a message id is what went out before, bit by bit.</summary>
    private void Check(SimulatedEnd sender, IkeMessage message, byte[] octets)
    {
        var fragment = message.Find<EncryptedFragmentPayload>();
        if (message.Find<EncryptedPayload>() is null && fragment is null)
        {
            if (message.Header.ExchangeType != ExchangeType.IkeSaInit && message.Find<NotifyPayload>() is null)
                sender.Broken ??= $"{sender.Name} sends in clear: {message.Summary}";
            return;
        }
        var key = (message.Header.InitiatorSpi, message.Header.ResponderSpi, message.Header.Flags, message.Header.MessageId, fragment?.Number ?? 0);
        if (!_sent.TryAdd(key, octets) && !_sent[key].AsSpan().SequenceEqual(octets))
            sender.Broken ??= $"{sender.Name} sends two different messages with one id: {message.Summary}";
    }
}
