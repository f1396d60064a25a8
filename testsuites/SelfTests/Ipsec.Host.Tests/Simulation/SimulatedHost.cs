using System.Net;
using System.Net.NetworkInformation;
using Ipsec.Crypto;
using Ipsec.Dataplane;
using Ipsec.Host.Inner;
using Ipsec.Host.Links;
using Ipsec.Ike;
using Ipsec.Ike.Tests.Simulation;
using Ipsec.Packets.Ike;

namespace Ipsec.Host.Tests.Simulation;

/// <summary>A whole host on a bad link, and its applications, which outlive it when it starts anew.</summary>
internal sealed class SimulatedHost
{
    private readonly Schedule _schedule;
    private readonly HostTraits _traits;
    private readonly bool _isLeft;
    private readonly Func<IpsecHostOptions, IpsecHostOptions> _change;
    private readonly FaultyLink _link;
    private readonly LinkWitness _witness;
    private readonly Dictionary<Flow, long> _sent = [];
    private readonly HashSet<(Flow, long)> _received = [];
    private Dictionary<ushort, UdpSocket> _sockets = [];
    private int _starts;
    private string? _broken;

    public SimulatedHost(Schedule schedule, HostTraits traits, bool isLeft, VirtualNetwork network, DateTimeOffset goodFrom, Func<IpsecHostOptions, IpsecHostOptions> change)
    {
        (_schedule, _traits, _isLeft, _change) = (schedule, traits, isLeft, change);
        var inner = network.Attach(Name, new PhysicalAddress([2, 0, 0, 0, 0, (byte)(isLeft ? 1 : 2)]));
        _link = new(inner, network, schedule.Faults, goodFrom, new((int)schedule.Seed * 2 + (isLeft ? 0 : 1)));
        _witness = new(Name, change(new() { Random = RandomSource.Seeded(0) }).PacketFilter);
        _link.Observed += _witness.Sees;
        Start();
    }

    public string Name => _isLeft ? "left" : "right";

    public IpsecHost Host { get; private set; } = null!;

    public TrafficPolicy Policy => HostTraits.Policy(_schedule, _isLeft);

    public string? Broken => _broken ?? _witness.Broken;

    public int Protected => _witness.Protected;

    public int Received => _received.Count;

    /// <summary>Starts the host, or starts it anew with nothing of before.</summary>
    public void Start()
    {
        var options = new IpsecHostOptions
        {
            Random = RandomSource.Seeded(_schedule.Seed * 1000 + (ulong)_starts++ * 2 + (_isLeft ? 0ul : 1)),
            Ike = _schedule.Options,
            InitiatesOnTraffic = _traits.InitiatesOnTraffic,
            ChildLifetime = _traits.Lifetime,
            ChildReplayWindow = _traits.ReplayWindow,
            ChildDummies = _traits.HasDummies ? new(TimeSpan.FromSeconds(3), 10, 300) : null,
            ChildFlowPadding = _traits.FlowPadding,
        };
        var (own, other) = _isLeft ? (HostTraits.Left, HostTraits.Right) : (HostTraits.Right, HostTraits.Left);
        Host = new(_link, own, 24, Flow.Address(_isLeft, isIpv6: false), _change(options) with { PacketFilter = _witness });
        Host.InnerStack.AddAddress(Flow.Address(_isLeft, isIpv6: true));
        Host.Add(Connection(own, other));
        _link.Node = Host;
        _sockets = Flow.All.Select(flow => flow.Port).Distinct().ToDictionary(port => port, port => Host.InnerStack.BindUdp(port));
    }

    public void Do(DateTimeOffset now, Step step)
    {
        if (step.Deed == Deed.Restart)
            Start();
        else if (step.Command([.. Host.Children.Select(child => child.InboundSpi)], Policy) is { } command)
            Host.Command(now, command);
    }

    public void Send(DateTimeOffset now, Flow flow)
    {
        var number = _sent[flow] = _sent.GetValueOrDefault(flow) + 1;
        _sockets[flow.Port].Send(now, flow.Destination, flow.Port, flow.Payload(number));
    }

    /// <summary>How many datagrams of a flow this host's applications have sent.</summary>
    public long Sent(Flow flow) => _sent.GetValueOrDefault(flow);

    public bool HasReceived(Flow flow, long number) => _received.Contains((flow, number));

    /// <summary>Looks at what has come for the applications.</summary>
    public void Receive(SimulatedHost sender)
    {
        foreach (var (port, socket) in _sockets)
        {
            while (socket.TryReceive(out var datagram))
            {
                var flow = new Flow(!_isLeft, datagram.Source.IsIpv6, datagram.SourcePort);
                var number = Flow.Number(datagram.Payload.Span);
                if (port != flow.Port || datagram.Source != flow.Source || datagram.Destination != flow.Destination)
                    _broken ??= $"{Name} is given at port {port} what {datagram.Source}, port {datagram.SourcePort}, sent to {datagram.Destination}";
                else if (number <= 0 || number > sender.Sent(flow) || !datagram.Payload.Span.SequenceEqual(flow.Payload(number)))
                    _broken ??= $"{Name} is given what was not sent, as number {number} of {flow}";
                else if (!_received.Add((flow, number)))
                    _broken ??= $"{Name} is given number {number} of {flow} twice";
            }
        }
    }

    /// <summary>Whether one of the child SAs, as IKE knows them, is for this flow of this host's.</summary>
    public bool HasChildFor(Flow flow) => Host.Children.Any(child => flow.IsWithin(child.LocalTraffic, child.RemoteTraffic));

    /// <summary>What is in the SAD and SPD and not in IKE, or the other way round; null for nothing.</summary>
    public string? Leak()
    {
        var children = Host.Children;
        var associations = Host.DataPlane.Associations;
        var expected = children.SelectMany(child => Expected(child)).ToHashSet();
        var actual = associations.InboundBundles.Select(bundle => Describe("in", bundle.Associations[^1].Parameters, bundle.Policy, bundle.Traffic))
            .Concat(associations.OutboundBundles.Select(bundle => Describe("out", bundle.Associations[^1].Parameters, bundle.Policy, bundle.Traffic))).ToList();
        if (!expected.SetEquals(actual) || expected.Count != actual.Count)
            return $"{Name}: the SAD has\n  {string.Join("\n  ", actual.Order())}\nIKE knows\n  {string.Join("\n  ", expected.Order())}";
        var compressed = associations.Inbound.Where(sa => sa.Parameters.Protocol == IpsecProtocol.IpComp).Select(sa => sa.Parameters.Spi).ToHashSet();
        if (!compressed.SetEquals(children.Where(child => child.Cpis is not null).Select(child => (uint)child.Cpis!.Value.Inbound)))
            return $"{Name}: the SAD has the CPIs {string.Join(", ", compressed)}, not those that IKE knows";
        return Host.DataPlane.Policies.Policies is [{ Name: "c", Action: PolicyAction.Protect } entry] && Text(entry.Traffic) == Text(Policy.Local, Policy.Remote)
            ? null
            : $"{Name}: the SPD is not as it was made";
    }

    private static IEnumerable<string> Expected(ChildSa child)
    {
        var mode = child.TransportMode || child.Cpis is not null ? IpsecMode.Transport : IpsecMode.Tunnel;
        var (own, other) = child.UdpPorts is var (local, remote) ? ($" {local}", $" {remote}") : ("", "");
        var rest = $"{mode} {child.Algorithms.ExtendedSequenceNumbers} {child.Connection} {Text(child.LocalTraffic, child.RemoteTraffic)}";
        yield return $"in {child.InboundSpi:x8} {child.Remote}{other} {child.Local}{own} {rest}";
        yield return $"out {child.OutboundSpi:x8} {child.Local}{own} {child.Remote}{other} {rest}";
    }

    private static string Describe(string direction, SecurityAssociationParameters sa, string policy, TrafficPair traffic)
    {
        var (source, destination) = sa.Encapsulation is { } ports ? ($" {ports.Source}", $" {ports.Destination}") : ("", "");
        return $"{direction} {sa.Spi:x8} {sa.Source}{source} {sa.Destination}{destination} {sa.Mode} {sa.ExtendedSequenceNumbers} {policy} {Text(traffic)}";
    }

    private static string Text(TrafficPair traffic) =>
        Text(traffic.Local.Select(range => range.ToTrafficSelector()), traffic.Remote.Select(range => range.ToTrafficSelector()));

    private static string Text(IEnumerable<TrafficSelector> local, IEnumerable<TrafficSelector> remote) => new TrafficPolicy([.. local], [.. remote]).ToString();

    private IkeConnection Connection(IPAddress own, IPAddress other)
    {
        var connection = TestHosts.Connection(own, other, own, other, Name, _isLeft ? "right" : "left", transport: false, _traits.ForcesUdp) with
        {
            LocalTraffic = Policy.Local,
            RemoteTraffic = Policy.Remote,
            SinglePairs = Policy.SinglePairs,
            Compression = _isLeft ? _schedule.HasCompression.Left : _schedule.HasCompression.Right,
        };
        Transform[] further =
        [
            .. _schedule.HasKeyExchange ? [Transform.KeyExchange(KeyExchangeId.Curve25519)] : Array.Empty<Transform>(),
            .. _traits.HasExtendedNumbers ? [Transform.SequenceNumbers(SequenceNumbersId.Extended64)] : Array.Empty<Transform>(),
        ];
        return connection with { ChildProposals = [.. connection.ChildProposals.Select(proposal => proposal with { Transforms = [.. further, .. proposal.Transforms] })] };
    }
}
