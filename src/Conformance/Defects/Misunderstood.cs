using System.Collections.Immutable;
using Conformance.Implementations;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Defects;

/// <summary>Defects of a stack that takes what it is told by hand for something else.</summary>
internal static class Misunderstood
{
    public static Defect Associations(string name, string effect, string requirement, Func<ManualSecurityAssociation, ManualSecurityAssociation> change) =>
        Policies(name, effect, requirement, policies => [.. policies.Select(policy => policy with { Associations = [.. policy.Associations.Select(change)] })]);

    public static Defect Policies(string name, string effect, string requirement, Func<ImmutableArray<ManualPolicy>, ImmutableArray<ManualPolicy>> change) =>
        new(name, effect, requirement) { Misread = configuration => configuration with { Policies = change(configuration.Policies) } };

    public static TrafficSelector AnyAddress(TrafficSelector selector)
    {
        var ipv6 = ((IpAddress)selector.StartAddress).IsIpv6;
        return selector with { StartAddress = IpAddress.Lowest(ipv6).ToIPAddress(), EndAddress = IpAddress.Highest(ipv6).ToIPAddress() };
    }

    public static TrafficSelector AnyPort(TrafficSelector selector) => selector with { StartPort = 0, EndPort = ushort.MaxValue };
}
