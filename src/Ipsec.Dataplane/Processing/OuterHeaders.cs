using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>What a tunnel's entry makes of the inner header and its exit of both (RFC 4301 section 5.1.2, RFC 6040).</summary>
internal static class OuterHeaders
{
    /// <summary>The outer header around an inner packet; the hop limit of the inner one is its forwarder's matter.</summary>
    /// <param name="identification">Of IPv4 headers.</param>
    public static IpHeader ForEntry(SecurityAssociationParameters parameters, IpView inner, byte protocol, ushort identification)
    {
        var rules = parameters.OuterHeader;
        var dscp = (byte)(inner.TrafficClass >> 2);
        if (rules.DscpMap is { } map)
            dscp = map[dscp];
        return new(parameters.Source, parameters.Destination, protocol)
        {
            TrafficClass = (byte)(dscp << 2 | (rules.CopyEcn ? inner.Ecn : 0)),
            FlowLabel = inner.FlowLabel,
            HopLimit = rules.HopLimit,
            DontFragment = rules.DontFragment == DontFragmentRule.Set || rules.DontFragment == DontFragmentRule.Copy && !inner.IsIpv6 && inner.DontFragment,
            Identification = identification,
        };
    }

    /// <summary>Mends an inner packet in place; false where congestion must be shown by discarding (RFC 6040 section 4.2).</summary>
    public static bool TryExit(SecurityAssociationParameters parameters, byte outerTrafficClass, Span<byte> inner)
    {
        IpView.TryParse(inner, out var view, out _);
        if (!Congestion.TryCombine((byte)(outerTrafficClass & 3), view.Ecn, out var ecn))
            return false;
        var dscp = (parameters.OuterHeader.DecapsulateDscp ? outerTrafficClass : view.TrafficClass) & 0xFC;
        if ((dscp | ecn) != view.TrafficClass)
            IpHeader.SetTrafficClass(inner, (byte)(dscp | ecn));
        return true;
    }
}
