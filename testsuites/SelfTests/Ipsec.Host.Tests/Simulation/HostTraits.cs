using System.Collections.Immutable;
using System.Net;
using Ipsec.Dataplane;
using Ipsec.Ike.Tests.Simulation;
using Ipsec.Packets.Ike;

namespace Ipsec.Host.Tests.Simulation;

/// <summary>What whole hosts have beyond the schedule of their IKE; it follows from the seed.</summary>
internal sealed record HostTraits(bool InitiatesOnTraffic, bool ForcesUdp, bool HasExtendedNumbers, int ReplayWindow, bool HasDummies, int FlowPadding, SecurityAssociationLifetime Lifetime)
{
    public static readonly IPAddress Left = IPAddress.Parse("192.0.2.1"), Right = IPAddress.Parse("192.0.2.2");

    public static HostTraits FromSeed(ulong seed)
    {
        var random = new Random(unchecked((int)(seed * 40503)));
        return new(
            random.Next(2) == 0, random.Next(3) == 0, random.Next(2) == 0, random.Next(3) == 0 ? 32 : AntiReplayWindow.DefaultSize, random.Next(4) == 0, random.Next(4) == 0 ? 200 : 0,
            random.Next(3) == 0 ? new(SoftPackets: 40, HardPackets: 400) : SecurityAssociationLifetime.Unlimited);
    }

    /// <summary>A schedule for hosts: what they protect is for their own inner addresses, more or less.</summary>
    public static Schedule Schedule(ulong seed)
    {
        var random = new Random(unchecked((int)(seed * 69069)));
        return Ike.Tests.Simulation.Schedule.FromSeed(seed) with
        {
            HasConfiguration = false,
            Traffic = random.Next(3) == 0 ? null : (Policy(random, isLeft: true), Policy(random, isLeft: false)),
        };
    }

    public static TrafficPolicy Policy(Schedule schedule, bool isLeft)
    {
        if (schedule.Traffic is var (left, right))
            return isLeft ? left : right;
        return new([Host(isLeft, isIpv6: false)], [Host(!isLeft, isIpv6: false)]);
    }

    private static TrafficPolicy Policy(Random random, bool isLeft)
    {
        var (local, remote) = (ImmutableArray.CreateBuilder<TrafficSelector>(), ImmutableArray.CreateBuilder<TrafficSelector>());
        bool[] families = random.Next(4) switch { 0 => [false], 1 => [true], _ => [false, true] };
        foreach (var isIpv6 in families)
        {
            var (protocol, first, last) = random.Next(4) switch { 0 => (17, 7000, 7000), 1 => (17, 0, 65535), _ => (0, 0, 65535) };
            TrafficSelector Narrowed(TrafficSelector selector) => selector with { IpProtocol = (byte)protocol, StartPort = (ushort)first, EndPort = (ushort)last };
            local.Add(Narrowed(random.Next(2) == 0 ? Host(isLeft, isIpv6) : Net(isLeft, isIpv6)));
            remote.Add(Narrowed(random.Next(2) == 0 ? Host(!isLeft, isIpv6) : Net(!isLeft, isIpv6)));
        }
        return new(local.ToImmutable(), remote.ToImmutable()) { SinglePairs = random.Next(5) == 0 };
    }

    private static TrafficSelector Host(bool isLeft, bool isIpv6)
    {
        var address = Flow.Address(isLeft, isIpv6).ToIPAddress();
        return TrafficSelector.Range(address, address);
    }

    private static TrafficSelector Net(bool isLeft, bool isIpv6) =>
        TrafficSelector.Subnet(IPNetwork.Parse(isIpv6 ? $"2001:db8:{(isLeft ? 1 : 2)}::/120" : $"10.{(isLeft ? 1 : 2)}.0.0/24"));
}
