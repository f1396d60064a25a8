using System.Collections.Immutable;
using System.Net;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests.Simulation;

/// <summary>What an end's policy says of its traffic.</summary>
internal sealed record TrafficPolicy(ImmutableArray<TrafficSelector> Local, ImmutableArray<TrafficSelector> Remote)
{
    private const byte Tcp = 6, Udp = 17;

    private static readonly (ushort First, ushort Last)[] Ports = [(0, ushort.MaxValue), (0, 1023), (80, 80), (500, 60_000), (ushort.MaxValue, 0)];

    /// <inheritdoc cref="IkeConnection.SinglePairs"/>
    public bool SinglePairs { get; init; }

    /// <summary>The other end's, if it agrees in all.</summary>
    public TrafficPolicy Mirror => new(Remote, Local);

    /// <summary>Policies of two ends that are the same, overlap in part, or have nothing in common.</summary>
    public static (TrafficPolicy Left, TrafficPolicy Right) Pair(Random random)
    {
        while (true)
        {
            var (left, right) = AnyPair(random);
            if (left.HasTraffic && right.HasTraffic)
                return (left, right);
        }
    }

    /// <summary>A packet that this end may send, as selectors of its own; ports that can't be seen are any.</summary>
    public (TrafficSelector Local, TrafficSelector Remote) Packet(int choice)
    {
        var pairs = (from local in Local from remote in Remote where SelectorSets.ArePair(local, remote) select (local, remote)).ToArray();
        var (from, to) = pairs[choice % pairs.Length];
        var protocol = Math.Max(from.IpProtocol, to.IpProtocol) is var known and > 0 ? known : Udp;
        return (At(from, protocol, choice), At(to, protocol, choice));
    }

    /// <summary>A packet that both ends' policies have; null if there is none. Seen from this end.</summary>
    public (TrafficSelector Local, TrafficSelector Remote)? PacketOfBoth(TrafficPolicy other)
    {
        foreach (var local in SelectorSets.Common(Local, other.Remote))
            foreach (var remote in SelectorSets.Common(Remote, other.Local))
                if (SelectorSets.ArePair(local, remote) && !SelectorSets.IsOpaque(local) && !SelectorSets.IsOpaque(remote))
                    return new TrafficPolicy([local], [remote]).Packet(0);
        return null;
    }

    /// <summary>The policy with less in it, in several ways.</summary>
    public IEnumerable<TrafficPolicy> Simpler()
    {
        var less = Enumerable.Range(0, Local.Length).Select(index => this with { Local = Local.RemoveAt(index) })
            .Concat(Enumerable.Range(0, Remote.Length).Select(index => this with { Remote = Remote.RemoveAt(index) }))
            .Where(policy => policy.HasTraffic);
        return SinglePairs ? less.Append(this with { SinglePairs = false }) : less;
    }

    public override string ToString() => $"{string.Join(" and ", Local)} to {string.Join(" and ", Remote)}{(SinglePairs ? ", single pairs" : "")}";

    private bool HasTraffic => SelectorSets.HaveTraffic(Local, Remote);

    private static (TrafficPolicy Left, TrafficPolicy Right) AnyPair(Random random)
    {
        var left = One(random, isLeft: true);
        var right = random.Next(4) switch
        {
            0 => left.Mirror,
            1 => left.Mirror with { Local = Changed(random, left.Remote, isLeft: false) },
            2 => left.Mirror with { Remote = Changed(random, left.Local, isLeft: true) },
            _ => One(random, isLeft: false),
        };
        return (left with { SinglePairs = random.Next(5) == 0 }, right with { SinglePairs = random.Next(5) == 0 });
    }

    private static TrafficPolicy One(Random random, bool isLeft)
    {
        // The first of each side go together, so that there is some traffic as a rule.
        var (isIpv6, protocol) = (random.Next(4) == 0, Protocol(random));
        return new(
            [Range(random, isLeft, isIpv6, protocol), .. Further(random, isLeft)], [Range(random, !isLeft, isIpv6, protocol), .. Further(random, !isLeft)]);
    }

    private static IEnumerable<TrafficSelector> Further(Random random, bool isLeft) =>
        Enumerable.Range(0, random.Next(3)).Select(_ => Range(random, isLeft, random.Next(4) == 0, Protocol(random)));

    private static ImmutableArray<TrafficSelector> Changed(Random random, ImmutableArray<TrafficSelector> selectors, bool isLeft) =>
        [.. selectors.Skip(random.Next(2)), Range(random, isLeft, random.Next(4) == 0, Protocol(random))];

    private static byte Protocol(Random random) => random.Next(4) switch { 0 => Tcp, 1 => Udp, _ => 0 };

    /// <summary>Of a few ranges, so that those of two ends often meet.</summary>
    private static TrafficSelector Range(Random random, bool isLeft, bool isIpv6, byte protocol)
    {
        const int addresses = 64;
        var first = random.Next(4);
        var last = random.Next(first, 4);
        var ports = protocol == 0 ? Ports[0] : Ports[random.Next(Ports.Length)];
        var range = random.Next(4) == 0
            ? TrafficSelector.Range(Address(first * addresses), Address(first * addresses))
            : TrafficSelector.Range(Address(first * addresses), Address(last * addresses + addresses - 1));
        return range with { IpProtocol = protocol, StartPort = ports.First, EndPort = ports.Last };

        IPAddress Address(int host) => IPAddress.Parse(isIpv6 ? $"2001:db8:{(isLeft ? 1 : 2)}::{host:x}" : $"10.{(isLeft ? 1 : 2)}.0.{host}");
    }

    private static TrafficSelector At(TrafficSelector selector, byte protocol, int choice)
    {
        var address = choice % 2 == 0 ? selector.StartAddress : selector.EndAddress;
        var packet = TrafficSelector.Range(address, address) with { IpProtocol = protocol };
        return SelectorSets.IsOpaque(selector) ? packet : packet with { StartPort = selector.StartPort, EndPort = selector.StartPort };
    }
}
