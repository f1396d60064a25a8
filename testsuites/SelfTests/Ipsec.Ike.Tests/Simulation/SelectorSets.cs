using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike.Tests.Simulation;

/// <summary>Traffic selectors as sets of what packets have (RFC 7296 sections 2.9 and 3.13.1), reckoned apart from the stack.</summary>
internal static class SelectorSets
{
    /// <summary>Whether each selector lies within one of the others.</summary>
    public static bool AreWithin(IEnumerable<TrafficSelector> selectors, ImmutableArray<TrafficSelector> others) =>
        selectors.All(selector => others.Any(other => Common(selector, other) == selector));

    public static IEnumerable<TrafficSelector> Common(ImmutableArray<TrafficSelector> left, ImmutableArray<TrafficSelector> right) =>
        left.SelectMany(one => right.Select(other => Common(one, other)).OfType<TrafficSelector>());

    /// <summary>Whether some packet has one of these at its one end and one of those at its other.</summary>
    public static bool HaveTraffic(IEnumerable<TrafficSelector> local, IEnumerable<TrafficSelector> remote) =>
        local.Any(one => remote.Any(other => ArePair(one, other)));

    /// <summary>Whether some packet has this at its one end and that at its other: it is of one family and one protocol, and either shows its ports or does not.</summary>
    public static bool ArePair(TrafficSelector local, TrafficSelector remote) =>
        local.Type == remote.Type && (local.IpProtocol == 0 || remote.IpProtocol == 0 || local.IpProtocol == remote.IpProtocol)
        && (IsOpaque(local) || IsAnyPort(local) || !IsOpaque(remote)) && (IsOpaque(remote) || IsAnyPort(remote) || !IsOpaque(local));

    /// <summary>Whether these are for one address, all of them.</summary>
    public static bool AreOneAddress(IEnumerable<TrafficSelector> selectors) =>
        selectors.SelectMany(selector => new[] { selector.StartAddress, selector.EndAddress }).Distinct().Count() == 1;

    /// <summary>Only packets whose ports can't be seen.</summary>
    public static bool IsOpaque(TrafficSelector selector) => selector is { StartPort: ushort.MaxValue, EndPort: 0 };

    private static bool IsAnyPort(TrafficSelector selector) => selector is { StartPort: 0, EndPort: ushort.MaxValue };

    private static TrafficSelector? Common(TrafficSelector left, TrafficSelector right)
    {
        if (left.Type != right.Type || (left.IpProtocol != 0 && right.IpProtocol != 0 && left.IpProtocol != right.IpProtocol))
            return null;
        var common = left with
        {
            IpProtocol = Math.Max(left.IpProtocol, right.IpProtocol),
            StartAddress = Number(left.StartAddress) > Number(right.StartAddress) ? left.StartAddress : right.StartAddress,
            EndAddress = Number(left.EndAddress) < Number(right.EndAddress) ? left.EndAddress : right.EndAddress,
        };
        if (Number(common.StartAddress) > Number(common.EndAddress))
            return null;
        if (IsAnyPort(left) || IsAnyPort(right))
            return common with { StartPort = IsAnyPort(left) ? right.StartPort : left.StartPort, EndPort = IsAnyPort(left) ? right.EndPort : left.EndPort };
        if (IsOpaque(left) || IsOpaque(right))
            return IsOpaque(left) && IsOpaque(right) ? common : null;
        common = common with { StartPort = Math.Max(left.StartPort, right.StartPort), EndPort = Math.Min(left.EndPort, right.EndPort) };
        return common.StartPort <= common.EndPort ? common : null;
    }

    private static UInt128 Number(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        octets.Clear();
        var own = address.GetAddressBytes();
        own.CopyTo(octets[(16 - own.Length)..]);
        return BinaryPrimitives.ReadUInt128BigEndian(octets);
    }
}
