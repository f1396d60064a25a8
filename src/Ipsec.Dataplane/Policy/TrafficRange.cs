using System.Collections.Immutable;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>One side of a selector (RFC 4301 section 4.4.1.1): a range of addresses, a protocol, a range of ports.</summary>
/// <param name="Protocol">0 for any.</param>
/// <param name="FirstPort">With <paramref name="LastPort"/>: 0 to 65535 is any.</param>
public readonly record struct TrafficRange(Ipv4Address First, Ipv4Address Last, byte Protocol = 0, ushort FirstPort = 0, ushort LastPort = 65535)
{
    public static TrafficRange Any { get; } = new(new(0), Ipv4Address.Broadcast);

    public static TrafficRange Host(Ipv4Address address) => new(address, address);

    public bool Contains(Ipv4Address address, byte protocol, ushort? port) =>
        address.Value >= First.Value && address.Value <= Last.Value
        && (Protocol == 0 || Protocol == protocol)
        && (FirstPort == 0 && LastPort == 65535 || port is { } number && number >= FirstPort && number <= LastPort);

    public TrafficSelector ToTrafficSelector() => new(
        TrafficSelectorType.Ipv4AddrRange, Protocol, FirstPort, LastPort, First.ToIPAddress(), Last.ToIPAddress());

    /// <summary>Null for selectors that are no IPv4 range.</summary>
    public static TrafficRange? From(TrafficSelector selector) => selector.Type == TrafficSelectorType.Ipv4AddrRange
        ? new(selector.StartAddress, selector.EndAddress, selector.IpProtocol, selector.StartPort, selector.EndPort)
        : null;

    public override string ToString() => ToTrafficSelector().ToString();
}

/// <summary>Both sides of a selector, seen from this host.</summary>
public sealed record TrafficPair(ImmutableArray<TrafficRange> Local, ImmutableArray<TrafficRange> Remote)
{
    /// <summary>Whether a packet that this host sends (or, mirrored, receives) belongs here.</summary>
    public bool Contains(in PacketSelectors packet, Direction direction) => direction == Direction.Outbound
        ? Any(Local, packet.Source, packet.Protocol, packet.SourcePort) && Any(Remote, packet.Destination, packet.Protocol, packet.DestinationPort)
        : Any(Remote, packet.Source, packet.Protocol, packet.SourcePort) && Any(Local, packet.Destination, packet.Protocol, packet.DestinationPort);

    private static bool Any(ImmutableArray<TrafficRange> ranges, Ipv4Address address, byte protocol, ushort? port)
    {
        foreach (var range in ranges)
            if (range.Contains(address, protocol, port))
                return true;
        return false;
    }
}

public enum Direction
{
    Outbound,
    Inbound,
}
