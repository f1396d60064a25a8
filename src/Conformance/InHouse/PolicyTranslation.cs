using System.Buffers.Binary;
using System.Net;
using System.Numerics;
using System.Text;
using Conformance.Implementations;
using Ipsec.Ike;
using Ipsec.Packets.Ike;

namespace Conformance.InHouse;

/// <summary>A neutral policy in the in-house stack's own terms.</summary>
internal static class PolicyTranslation
{
    public static IkeConnection ToConnection(ConnectionPolicy policy, Topology topology) => new()
    {
        Name = policy.Name,
        LocalAddress = topology.Iut,
        RemoteAddress = topology.Tester,
        IkeProposals = PolicyProposals.ForIke(policy),
        ChildProposals = PolicyProposals.ForEsp(policy),
        LocalIdentity = (IdentificationType.Fqdn, Encoding.ASCII.GetBytes(policy.LocalIdentity)),
        RemoteIdentity = (IdentificationType.Fqdn, Encoding.ASCII.GetBytes(policy.RemoteIdentity)),
        SharedKey = Encoding.ASCII.GetBytes(policy.PreSharedKey),
        LocalTraffic = policy.AsksForAddress ? [TrafficSelector.Range(IPAddress.Any, IPAddress.Broadcast)] : PolicyTraffic.OfIut(policy, topology),
        RemoteTraffic = PolicyTraffic.OfTester(policy, topology),
        InternalNetwork = policy.Assignment == AddressAssignment.None ? null : new()
        {
            Pools = [.. PolicyTraffic.OfTester(policy, topology).Select(SubnetOf)],
            NameServers = [topology.IutInner],
            Subnets = [.. PolicyTraffic.OfIut(policy, topology).Select(SubnetOf)],
            IsRequired = policy.Assignment == AddressAssignment.Required,
        },
        RequestedAttributes = policy.AsksForAddress
            ?
            [
                ConfigurationAttributeType.InternalIp4Address, ConfigurationAttributeType.InternalIp4Netmask, ConfigurationAttributeType.InternalIp4Dns,
                ConfigurationAttributeType.InternalIp4Subnet, ConfigurationAttributeType.SupportedAttributes,
            ]
            : [],
        TransportMode = policy.Mode == IpsecMode.Transport,
        ForceUdpEncapsulation = policy.ForceUdpEncapsulation,
        Certificate = policy.Certificates is { } certificates ? new(certificates.Local.Chain, certificates.Local.PrivateKey.ToArray()) { PrefersPss = certificates.PrefersPss } : null,
        TrustAnchors = policy.Certificates is { } trusted ? [trusted.Authority] : [],
    };

    /// <summary>What of a policy is no connection's own.</summary>
    public static IkeOptions ToOptions(ConnectionPolicy policy, IkeOptions options) => options with
    {
        CookieThreshold = policy.AlwaysRequireCookie ? 0 : options.CookieThreshold,
        WindowSize = Math.Max(policy.WindowSize, options.WindowSize),
        FragmentSize = policy.FragmentSize ?? options.FragmentSize,
        ChildSoftLifetime = policy.Timers?.ChildRekeying,
        ChildHardLifetime = policy.Timers?.ChildEnd,
        IkeSoftLifetime = policy.Timers?.IkeRekeying,
        IkeHardLifetime = policy.Timers?.IkeEnd,
        LivenessInterval = policy.Timers?.Liveness,
    };

    /// <summary>The same policy from the tester's end: for a stack of ours that meets an implementation.</summary>
    public static IkeConnection ToMirroredConnection(ConnectionPolicy policy, Topology topology)
    {
        var connection = ToConnection(policy, topology);
        return connection with
        {
            LocalAddress = connection.RemoteAddress,
            RemoteAddress = connection.LocalAddress,
            LocalIdentity = connection.RemoteIdentity!.Value,
            RemoteIdentity = connection.LocalIdentity,
            Certificate = policy.Certificates is { } certificates ? new(certificates.Remote.Chain, certificates.Remote.PrivateKey.ToArray()) { PrefersPss = certificates.PrefersPss } : null,
            LocalTraffic = connection.RemoteTraffic,
            RemoteTraffic = connection.LocalTraffic,
        };
    }

    /// <summary>Of a selector that is one, the subnet.</summary>
    private static IPNetwork SubnetOf(TrafficSelector selector)
    {
        var (start, end) = (BinaryPrimitives.ReadUInt32BigEndian(selector.StartAddress.GetAddressBytes()), BinaryPrimitives.ReadUInt32BigEndian(selector.EndAddress.GetAddressBytes()));
        return new(selector.StartAddress, BitOperations.LeadingZeroCount(start ^ end));
    }

    /// <summary>The policy as text, for the evidence.</summary>
    public static string Describe(ConnectionPolicy policy, Topology topology)
    {
        var connection = ToConnection(policy, topology);
        var text = new StringBuilder()
            .AppendLine($"connection {policy.Name}: {policy.LocalIdentity} {topology.Iut} <-> {policy.RemoteIdentity} {topology.Tester}, {policy.Mode}")
            .AppendLine($"pre-shared key: {policy.PreSharedKey}");
        foreach (var proposal in connection.IkeProposals)
            text.AppendLine($"ike: {string.Join(", ", proposal.Transforms)}");
        foreach (var proposal in connection.ChildProposals)
            text.AppendLine($"esp: {string.Join(", ", proposal.Transforms)}");
        text.AppendLine($"traffic: {string.Join(", ", connection.LocalTraffic)} <-> {string.Join(", ", connection.RemoteTraffic)}");
        if (policy.ForceUdpEncapsulation)
            text.AppendLine("ESP always in UDP");
        if (policy.Assignment != AddressAssignment.None)
            text.AppendLine($"inner addresses are assigned: {policy.Assignment}");
        if (policy.AsksForAddress)
            text.AppendLine("an inner address is asked for");
        if (policy.AlwaysRequireCookie)
            text.AppendLine("a cookie is always required");
        return text.ToString();
    }
}
