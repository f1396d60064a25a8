using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane.Tests;

/// <summary>Decorrelated policies (RFC 4301 appendix B) say of every packet what the ordered list says, and only one of them speaks.</summary>
public sealed class DecorrelationTests
{
    [Test]
    public void RandomPolicies_AnyPacket_MatchesAtMostOneEntryAndTheListsPolicy([Range(0, 39)] int seed, [Values] Direction direction)
    {
        var random = new Random(seed);
        var policies = new SecurityPolicyDatabase();
        for (var index = 0; index < 6; index++)
            policies.Append(new($"{index}", (PolicyAction)random.Next(3), new(Ranges(random), Ranges(random))) { Only = random.Next(4) switch { 0 => Direction.Inbound, 1 => Direction.Outbound, _ => null } });
        Assert.That(Decorrelation.TryDecorrelate(policies.Policies, direction, 100_000, out var entries));
        for (var first = 0; first < entries!.Value.Length; first++)
            for (var second = first + 1; second < entries.Value.Length; second++)
                Assert.That(entries.Value[first].Packets.Overlaps(entries.Value[second].Packets), Is.False);
        for (var round = 0; round < 500; round++)
        {
            var packet = Packet(random);
            var matching = entries.Value.Where(entry => entry.Packets.Contains(packet, direction)).Select(entry => entry.Policy.Name).ToList();
            var listed = policies.Lookup(packet, direction).Name;
            Assert.That(matching, Is.EqualTo(listed == "(no match)" ? Array.Empty<string>() : [listed]), $"{packet}");
        }
    }

    [Test]
    public void MoreEntriesThanAllowed_AreRefused()
    {
        var policies = Enumerable.Range(0, 100).Select(index => new SecurityPolicy(
            $"{index}", PolicyAction.Bypass, new([TrafficRange.Host(new Ipv4Address((uint)(2 * index)))], [TrafficRange.Any])));
        var last = new SecurityPolicy("rest", PolicyAction.Discard, new([TrafficRange.Any], [TrafficRange.Any]));
        Assert.That(Decorrelation.TryDecorrelate([.. policies, last], Direction.Outbound, 150, out _), Is.False);
        Assert.That(Decorrelation.TryDecorrelate([.. policies, last], Direction.Outbound, 250, out var entries), Is.True);
        Assert.That(entries!.Value, Has.Length.EqualTo(200), "100 hosts, and the gaps between and above them");
    }

    private static System.Collections.Immutable.ImmutableArray<TrafficRange> Ranges(Random random) => [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => Range(random))];

    private static TrafficRange Range(Random random)
    {
        var ipv6 = random.Next(4) == 0;
        uint first = (uint)random.Next(16), last = first + (uint)random.Next(16);
        IpAddress low = ipv6 ? new Ipv6Address(first) : new Ipv4Address(first), high = ipv6 ? new Ipv6Address(last) : new Ipv4Address(last);
        var range = random.Next(5) == 0 ? TrafficRange.AnyOf(ipv6) : new TrafficRange(low, high);
        if (random.Next(2) == 0)
            range = range with { Protocol = random.Next(2) == 0 ? IpProtocol.Tcp : IpProtocol.Udp };
        var port = (ushort)random.Next(8);
        return random.Next(3) switch
        {
            0 => range with { FirstPort = port, LastPort = (ushort)(port + random.Next(8)) },
            1 when random.Next(2) == 0 => range with { FirstPort = ushort.MaxValue, LastPort = 0 },
            _ => range,
        };
    }

    private static PacketSelectors Packet(Random random)
    {
        var ipv6 = random.Next(4) == 0;
        IpAddress Address() => ipv6 ? new Ipv6Address((uint)random.Next(40)) : new Ipv4Address((uint)random.Next(40));
        var protocol = random.Next(3) switch { 0 => IpProtocol.Tcp, 1 => IpProtocol.Udp, _ => IpProtocol.Gre };
        var shown = protocol != IpProtocol.Gre && random.Next(4) != 0;
        return new(Address(), Address(), protocol, shown ? (ushort)random.Next(20) : null, shown ? (ushort)random.Next(20) : null);
    }
}
