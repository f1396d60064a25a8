using Ipsec.Host.Links;
using Ipsec.Ike.Tests.Simulation;

namespace Ipsec.Host.Tests.Simulation;

/// <summary>
/// Two whole hosts on virtual time, with a bad link between them and applications that send all along, through one schedule. Afterwards the link is good: both
/// hosts must come to agree, and what both want protected must flow.
/// </summary>
internal sealed class HostRun
{
    private static readonly TimeSpan TimeToAgree = TimeSpan.FromSeconds(480), TimeOfAgreement = TimeSpan.FromSeconds(60);

    // An exchange that is under way when somebody looks is over by then.
    private static readonly TimeSpan TimeToSettle = TimeSpan.FromSeconds(10);

    // An SA that is asked for: an IKE SA set up first, or a TEMPORARY_FAILURE or two waited out.
    private static readonly TimeSpan TimeToGrant = TimeSpan.FromSeconds(60), TimeToAskAgain = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan BadInterval = TimeSpan.FromMilliseconds(400), GoodInterval = TimeSpan.FromSeconds(12), TimeToArrive = TimeSpan.FromMilliseconds(500);

    private readonly Schedule _schedule;
    private readonly VirtualNetwork _network = new();
    private readonly Random _random;
    private readonly List<string> _log = [];
    private readonly SimulatedHost _left, _right;
    private readonly DateTimeOffset _goodFrom;
    private int _step;

    private HostRun(Schedule schedule, Func<IpsecHostOptions, IpsecHostOptions> change)
    {
        _schedule = schedule;
        _random = new((int)schedule.Seed);
        _goodFrom = _network.Now + schedule.End;
        var traits = HostTraits.FromSeed(schedule.Seed);
        _log.Add($"{_network.Now:mm:ss.fff} {traits}");
        _left = new(schedule, traits, isLeft: true, _network, _goodFrom, change);
        _right = new(schedule, traits, isLeft: false, _network, _goodFrom, change);
    }

    public static Outcome Run(Schedule schedule) => Run(schedule, options => options);

    /// <param name="change">Makes hosts err, for a test of what is judged here.</param>
    public static Outcome Run(Schedule schedule, Func<IpsecHostOptions, IpsecHostOptions> change)
    {
        var run = new HostRun(schedule, change);
        var broken = run.Run();
        run._log.Add($"{run._network.Now:mm:ss.fff} ESP packets: left {run._left.Protected}, right {run._right.Protected}; received: left {run._left.Received}, right {run._right.Received}");
        return new(broken is null ? null : $"{run._network.Now - VirtualNetwork.Epoch}: {broken}", run._log.Concat(Events(run._left)).Concat(Events(run._right)));
    }

    // Without the date and hour, as the log is.
    private static IEnumerable<string> Events(SimulatedHost host) => host.Host.Events.Select(line => $"{line[3..12]} {host.Name} {line[16..]}");

    private string? Run()
    {
        var broken = Pass(_goodFrom, BadInterval, () => null) ?? Pass(_goodFrom + TimeToAgree, GoodInterval, () => null)
            ?? Pass(_goodFrom + TimeToAgree + TimeOfAgreement, GoodInterval, Settle);
        foreach (var flow in Flow.All)
            broken ??= Flows(flow);
        return broken ?? Settle();
    }

    /// <summary>Lets things happen until then, with something sent in all flows at each interval. Null if all is well, else what is not.</summary>
    private string? Pass(DateTimeOffset until, TimeSpan interval, Func<string?> check)
    {
        while (_network.Now < until)
        {
            foreach (var flow in Flow.All)
                if (_random.Next(2) == 0)
                    Send(flow);
            var next = _network.Now + interval;
            while (_step < _schedule.Steps.Length && VirtualNetwork.Epoch + _schedule.Steps[_step].At <= next)
            {
                var step = _schedule.Steps[_step++];
                GoTo(VirtualNetwork.Epoch + step.At);
                _log.Add($"{_network.Now:mm:ss.fff} {(step.IsLeft ? "left" : "right")} {step.Deed}");
                (step.IsLeft ? _left : _right).Do(_network.Now, step);
            }
            GoTo(next);
            if ((_left.Broken ?? _right.Broken ?? check()) is { } broken)
                return broken;
        }
        return null;
    }

    /// <summary>What both ends' policies have must arrive: over the SAs that there are, or that there are when they have been asked for.</summary>
    private string? Flows(Flow flow)
    {
        var (sender, receiver) = flow.FromLeft ? (_left, _right) : (_right, _left);
        if (!flow.IsWithin(sender.Policy.Local, sender.Policy.Remote) || !flow.IsWithin(receiver.Policy.Remote, receiver.Policy.Local))
            return null;
        var asked = _network.Now;
        while (!sender.HasChildFor(flow))
        {
            if (_network.Now > asked + TimeToGrant)
                return $"{sender.Name} gets no SA for {flow}, which both ends' policies have";
            // Where traffic asks by itself nobody else does.
            if (HostTraits.FromSeed(_schedule.Seed).InitiatesOnTraffic)
                Send(flow);
            else if ((_network.Now - asked).TotalSeconds % TimeToAskAgain.TotalSeconds == 0)
                sender.Host.Command(_network.Now, new Ipsec.Ike.IkeCommand.CreateChild("c") { Packet = flow.Selectors });
            GoTo(_network.Now + TimeSpan.FromSeconds(1));
        }
        if (Settle() is { } disagreement)
            return disagreement;
        Send(flow);
        GoTo(_network.Now + TimeToArrive);
        return _left.Broken ?? _right.Broken
            ?? (receiver.HasReceived(flow, sender.Sent(flow)) ? null : $"{sender.Name} has an SA for {flow}, and what it sends does not arrive");
    }

    /// <summary>What the two hosts, or a host's IKE and data plane, do not agree on however long one waits.</summary>
    private string? Settle()
    {
        var until = _network.Now + TimeToSettle;
        while (Disagreement() is { } disagreement)
        {
            if (_network.Now >= until)
                return disagreement;
            GoTo(_network.Now + TimeToArrive);
        }
        return null;
    }

    private string? Disagreement()
    {
        var (left, right) = (Associations(_left), Associations(_right));
        if (left != right)
            return $"IKE SAs differ: left {left}; right {right}";
        (left, right) = (Children(_left, isMirrored: false), Children(_right, isMirrored: true));
        if (left != right)
            return $"child SAs differ: left {left}; right {right}";
        return _left.Leak() ?? _right.Leak();
    }

    private static string Associations(SimulatedHost host) =>
        string.Join(", ", host.Host.IkeSas.Select(sa => $"{sa.InitiatorSpi:x16}-{sa.ResponderSpi:x16}{(sa.IsEstablished ? "" : " unfinished")}").Order());

    private static string Children(SimulatedHost host, bool isMirrored) => string.Join(", ", host.Host.Children.Select(child => isMirrored
        ? $"{child.OutboundSpi:x8}-{child.InboundSpi:x8} {new TrafficPolicy(child.RemoteTraffic, child.LocalTraffic)}"
        : $"{child.InboundSpi:x8}-{child.OutboundSpi:x8} {new TrafficPolicy(child.LocalTraffic, child.RemoteTraffic)}").Order());

    private void Send(Flow flow) => (flow.FromLeft ? _left : _right).Send(_network.Now, flow);

    private void GoTo(DateTimeOffset time)
    {
        _network.RunUntil(() => false, time, CancellationToken.None).GetAwaiter().GetResult();
        _left.Receive(_right);
        _right.Receive(_left);
    }
}
