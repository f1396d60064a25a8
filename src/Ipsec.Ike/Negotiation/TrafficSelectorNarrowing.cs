using System.Collections.Immutable;
using System.Net;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>Narrowing of traffic selectors (RFC 7296 section 2.9).</summary>
internal static class TrafficSelectorNarrowing
{
    /// <summary>What of the proposed selectors the policy allows; empty if nothing.</summary>
    public static ImmutableArray<TrafficSelector> Narrow(ImmutableArray<TrafficSelector> proposed, ImmutableArray<TrafficSelector> policy)
    {
        var narrowed = ImmutableArray.CreateBuilder<TrafficSelector>();
        foreach (var offer in proposed)
            foreach (var own in policy)
                if (Intersect(offer, own) is { } both && !narrowed.Contains(both))
                    narrowed.Add(both);
        return narrowed.DrainToImmutable();
    }

    /// <summary>What of these selectors is for one address alone: that of the first, if it is for no more; empty if it is.</summary>
    public static ImmutableArray<TrafficSelector> AtFirstAddress(ImmutableArray<TrafficSelector> selectors) =>
        selectors is [var first, ..] && first.StartAddress.Equals(first.EndAddress) ? Narrow(selectors, [TrafficSelector.Range(first.StartAddress, first.StartAddress)]) : [];

    /// <summary>Whether some packet is for both.</summary>
    public static bool Overlap(ImmutableArray<TrafficSelector> left, ImmutableArray<TrafficSelector> right) => !Narrow(left, right).IsEmpty;

    /// <summary>Whether some packet has one of these at its one end and one of those at its other: of one family and protocol, its ports to be seen or not.</summary>
    public static bool HaveTraffic(ImmutableArray<TrafficSelector> local, ImmutableArray<TrafficSelector> remote) =>
        local.Any(one => remote.Any(other => one.Type == other.Type
            && (one.IpProtocol == 0 || other.IpProtocol == 0 || one.IpProtocol == other.IpProtocol)
            && (IsOpaque(one) == IsOpaque(other) || IsAnyPort(one) || IsAnyPort(other))));

    /// <summary>Whether every selector lies within one of the offered ones.</summary>
    public static bool IsSubset(ImmutableArray<TrafficSelector> answer, ImmutableArray<TrafficSelector> offered) =>
        answer.Length > 0 && answer.All(selector => offered.Any(offer => Intersect(selector, offer) == selector));

    /// <summary>Whether every selector of a child's traffic lies within one of these.</summary>
    public static bool Covers(ImmutableArray<TrafficSelector> local, ImmutableArray<TrafficSelector> remote, ChildSa child) =>
        IsSubset(child.LocalTraffic, local) && IsSubset(child.RemoteTraffic, remote);

    private static TrafficSelector? Intersect(TrafficSelector left, TrafficSelector right)
    {
        if (left.Type != right.Type || left.Opaque is not null || right.Opaque is not null)
            return null;
        if (left.IpProtocol != 0 && right.IpProtocol != 0 && left.IpProtocol != right.IpProtocol)
            return null;
        var start = Later(left.StartAddress, right.StartAddress);
        var end = Compare(left.EndAddress, right.EndAddress) < 0 ? left.EndAddress : right.EndAddress;
        return Compare(start, end) <= 0 && IntersectPorts(left, right) is { } ports
            ? new(left.Type, left.IpProtocol != 0 ? left.IpProtocol : right.IpProtocol, ports.Start, ports.End, start, end)
            : null;
    }

    /// <summary>OPAQUE, a range from 65535 to 0, is within any port and itself, and nothing else (RFC 7296 section 3.13.1, RFC 4301 section 4.4.1.1).</summary>
    private static (ushort Start, ushort End)? IntersectPorts(TrafficSelector left, TrafficSelector right)
    {
        if (IsOpaque(left) || IsOpaque(right))
            return (IsOpaque(left) || IsAnyPort(left)) && (IsOpaque(right) || IsAnyPort(right)) ? (ushort.MaxValue, 0) : null;
        var (start, end) = (Math.Max(left.StartPort, right.StartPort), Math.Min(left.EndPort, right.EndPort));
        return start <= end ? (start, end) : null;
    }

    private static bool IsOpaque(TrafficSelector selector) => selector is { StartPort: ushort.MaxValue, EndPort: 0 };

    private static bool IsAnyPort(TrafficSelector selector) => selector is { StartPort: 0, EndPort: ushort.MaxValue };

    private static IPAddress Later(IPAddress left, IPAddress right) => Compare(left, right) > 0 ? left : right;

    private static int Compare(IPAddress left, IPAddress right) => left.GetAddressBytes().AsSpan().SequenceCompareTo(right.GetAddressBytes());
}
