using Ipsec.Packets.Ip;

namespace Ipsec.Host.Links;

/// <summary>Which own address a packet is sent from (RFC 6724 section 5: rule 2's link-local scope, then rule 8, the longest common prefix).</summary>
internal static class SourceAddress
{
    private static readonly IpAddress LinkLocalPrefix = IpAddress.Parse("fe80::");

    public static bool IsLinkLocal(IpAddress address) => address.SharesPrefix(LinkLocalPrefix, 10);

    /// <summary>Null without an address of the destination's family. Of equal ones, the first.</summary>
    public static IpAddress? For(IReadOnlyList<IpAddress> own, IpAddress destination)
    {
        IpAddress? best = null;
        var bestRank = (false, -1);
        for (var i = 0; i < own.Count; i++)
        {
            if (own[i].IsIpv6 != destination.IsIpv6)
            {
                continue;
            }

            var rank = (IsLinkLocal(own[i]) == IsLinkLocal(destination), CommonBits(own[i], destination));
            if (best is null || rank.CompareTo(bestRank) > 0)
            {
                (best, bestRank) = (own[i], rank);
            }
        }

        return best;
    }

    private static int CommonBits(IpAddress one, IpAddress other) =>
        one.Bits - (128 - (int)UInt128.LeadingZeroCount(one.Value ^ other.Value));
}
