using System.Collections.Immutable;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>
/// One side of a selector (RFC 4301 section 4.4.1.1): a range of addresses, a protocol, a range of ports. As in IKE's traffic selectors (RFC 7296 section
/// 3.13.1), ICMP has its type in the upper 8 bits of the port and its code in the lower, a mobility header its type in the upper 8 bits.
/// </summary>
/// <param name="First">Both ends of the range belong to it and are of one family.</param>
/// <param name="Protocol">0 for any.</param>
/// <param name="FirstPort">With <paramref name="LastPort"/>: 0 to 65535 is ANY; 65535 to 0 is OPAQUE, which only packets match whose ports can't be seen.</param>
public readonly record struct TrafficRange(IpAddress First, IpAddress Last, byte Protocol = 0, ushort FirstPort = 0, ushort LastPort = ushort.MaxValue)
{
    /// <summary>All of IPv4.</summary>
    public static TrafficRange Any { get; } = AnyOf(ipv6: false);

    public static TrafficRange AnyOf(bool ipv6) => new(IpAddress.Lowest(ipv6), IpAddress.Highest(ipv6));

    public static TrafficRange Host(IpAddress address) => new(address, address);

    public static TrafficRange Prefix(IpAddress address, int length)
    {
        var (first, last) = address.Prefix(length);
        return new(first, last);
    }

    public bool IsAnyPort => FirstPort == 0 && LastPort == ushort.MaxValue;

    public bool IsOpaquePort => FirstPort == ushort.MaxValue && LastPort == 0;

    /// <summary>The same range with a single ICMP type, and code or all of them.</summary>
    public TrafficRange WithIcmp(byte protocol, byte type, byte? code = null) => this with
    {
        Protocol = protocol,
        FirstPort = (ushort)(type << 8 | code ?? 0),
        LastPort = (ushort)(type << 8 | code ?? byte.MaxValue),
    };

    public bool Contains(IpAddress address, byte protocol, ushort? port) =>
        address.IsIpv6 == First.IsIpv6 && address.Value >= First.Value && address.Value <= Last.Value
        && (Protocol == 0 || Protocol == protocol)
        && (IsAnyPort || (port is { } number ? number >= FirstPort && number <= LastPort : IsOpaquePort));

    public TrafficSelector ToTrafficSelector() => new(
        First.IsIpv6 ? TrafficSelectorType.Ipv6AddrRange : TrafficSelectorType.Ipv4AddrRange, Protocol, FirstPort, LastPort, First.ToIPAddress(), Last.ToIPAddress());

    /// <summary>Null for selectors that are no range of addresses.</summary>
    public static TrafficRange? From(TrafficSelector selector) => selector.Type is TrafficSelectorType.Ipv4AddrRange or TrafficSelectorType.Ipv6AddrRange
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

    /// <summary>Whether only fragments without ports belong here (RFC 4301 section 7.2).</summary>
    internal bool IsForOpaquePorts { get; } = Local.Any(range => range.IsOpaquePort);

    private static bool Any(ImmutableArray<TrafficRange> ranges, IpAddress address, byte protocol, ushort? port)
    {
        foreach (ref readonly var range in ranges.AsSpan())
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
