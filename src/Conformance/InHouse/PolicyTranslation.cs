using System.Collections.Immutable;
using System.Net;
using System.Text;
using Conformance.Implementations;
using Ipsec.Dataplane;
using Ipsec.Host;
using Ipsec.Ike;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using IpsecMode = Conformance.Implementations.IpsecMode;

namespace Conformance.InHouse;

/// <summary>A neutral policy in the in-house stack's own terms.</summary>
internal static class PolicyTranslation
{
    private const int SmallestDummy = 0, LargestDummy = 400;

    private static readonly ImmutableArray<ConfigurationAttributeType>
        Ipv4Attributes =
        [
            ConfigurationAttributeType.InternalIp4Address, ConfigurationAttributeType.InternalIp4Netmask, ConfigurationAttributeType.InternalIp4Dns,
            ConfigurationAttributeType.InternalIp4Subnet,
        ],
        Ipv6Attributes = [ConfigurationAttributeType.InternalIp6Address, ConfigurationAttributeType.InternalIp6Dns, ConfigurationAttributeType.InternalIp6Subnet];

    public static IkeConnection ToConnection(ConnectionPolicy policy, Topology topology) => new()
    {
        Name = policy.Name,
        LocalAddress = topology.Iut,
        RemoteAddress = topology.Tester,
        IkeProposals = PolicyProposals.ForIke(policy),
        ChildProposals = PolicyProposals.ForEsp(policy),
        LocalIdentity = (policy.LocalIdentity.Type, policy.LocalIdentity.Data),
        RemoteIdentity = policy.AuthorizedPeers.IsEmpty ? (policy.RemoteIdentity.Type, policy.RemoteIdentity.Data) : null,
        SharedKey = policy.Eap is null ? policy.SharedKey.ToArray() : default,
        LocalTraffic = policy.AsksForAddress ? [AnyAddress(policy)] : PolicyTraffic.OfIut(policy, topology),
        RemoteTraffic = PolicyTraffic.OfTester(policy, topology),
        InternalNetwork = policy.Assignment == AddressAssignment.None ? null : Giving(
            PolicyTraffic.OfTester(policy, topology), topology.IutInner, PolicyTraffic.OfIut(policy, topology), policy.Assignment == AddressAssignment.Required),
        RequestedAttributes = policy.AsksForAddress ? Wanted(policy) : [],
        TransportMode = policy.Mode == IpsecMode.Transport,
        NonFirstFragmentsAlso = policy.NonFirstFragments,
        Compression = policy.Compression,
        RefusesFlowPadding = policy.RefusesFlowPadding,
        SinglePairs = policy.SinglePairs,
        ForceUdpEncapsulation = policy.ForceUdpEncapsulation,
        Eap = policy.Eap is { IsImplementation: true } ? Eap(policy.Eap, policy.LocalIdentity) : null,
        PeerEap = policy.Eap is { IsImplementation: false } ? Eap(policy.Eap, policy.RemoteIdentity) : null,
        IsAnonymous = policy.Anonymous.HasFlag(PolicyEnds.Implementation),
        AcceptsAnonymous = policy.Anonymous.HasFlag(PolicyEnds.Tester),
        Certificate = policy is { Certificates: { } certificates, Eap: not { IsImplementation: true } } && policy.IsCertified(PolicyEnds.Implementation) ? Credential(certificates.Local, certificates) : null,
        TrustAnchors = policy is { Certificates: { } trusted, Eap: not { IsImplementation: false } } && policy.IsCertified(PolicyEnds.Tester) ? [trusted.Authority] : [],
        Revocation = policy.Certificates is { } revoking ? new() { Lists = revoking.RevocationLists, IsStrict = revoking.RequiresRevocationLists } : new(),
        LooksUpCertificates = policy.Certificates?.HashAndUrl is { IsAccepted: true },
    };

    /// <summary>What an end gives to the other, which has its traffic there.</summary>
    private static InternalNetwork Giving(ImmutableArray<TrafficSelector> pools, IPAddress nameServer, ImmutableArray<TrafficSelector> behind, bool isRequired) => new()
    {
        Pools = [.. pools.Select(SubnetOf)],
        NameServers = [nameServer],
        Subnets = [.. behind.Select(SubnetOf)],
        IsRequired = isRequired,
    };

    /// <summary>What an end asks for that wants its inner address.</summary>
    private static ImmutableArray<ConfigurationAttributeType> Wanted(ConnectionPolicy policy) =>
        [.. policy.InnerIpv6 ? Ipv6Attributes : Ipv4Attributes, ConfigurationAttributeType.SupportedAttributes];

    private static CertificateCredential Credential(CertifiedKey own, CertificatePolicy policy)
    {
        var credential = new CertificateCredential(own.Chain, own.PrivateKey.ToArray()) { PrefersPss = policy.PrefersPss };
        return policy.HashAndUrl is not { } places ? credential
            : places.IsBundle ? credential with { IsBundle = true, Urls = [places.UrlOf(CertificateBundle.Write(own.Chain, []))] }
            : credential with { Urls = [.. own.Chain.Select(places.UrlOf)] };
    }

    private static EapCredential Eap(EapPolicy eap, PolicyIdentity user) =>
        new(Encoding.ASCII.GetBytes(user.ToString()), Encoding.ASCII.GetBytes(eap.Password), [eap.Method]);

    /// <summary>Named entries first, as they are the more particular ones.</summary>
    public static IEnumerable<IkeConnection> ToConnections(ConnectionPolicy policy, Topology topology)
    {
        var connection = ToConnection(policy, topology);
        return
        [
            .. policy.NamedTraffic.Select((named, index) => connection with
            {
                Name = $"{policy.Name}-{index + 1}",
                RemoteIdentity = (named.Name.Type, named.Name.Data),
                LocalTraffic = [.. named.LocalSubnets.Select(subnet => TrafficSelector.Subnet(IPNetwork.Parse(subnet)))],
                RemoteTraffic = [AnyAddress(policy)],
            }),
            connection,
        ];
    }

    /// <summary>The PAD; null where the connection says who its peer is.</summary>
    public static PeerAuthorizationDatabase? ToPeers(ConnectionPolicy policy)
    {
        if (policy.AuthorizedPeers.IsEmpty)
            return null;
        var peers = new PeerAuthorizationDatabase();
        foreach (var peer in policy.AuthorizedPeers)
        {
            peers.Append(new(
                IdentityRule(peer),
                policy.Certificates is { } certificates
                    ? new PeerAuthenticationRule.Certificate(certificates.Authority, peer.IdentityInCertificate)
                    {
                        RevocationLists = certificates.RevocationLists,
                        RequiresRevocationLists = certificates.RequiresRevocationLists,
                    }
                    : new PeerAuthenticationRule.SharedKey(policy.SharedKey.ToArray()),
                peer.Addresses.IsEmpty ? new PeerConstraint.ByIdentity() : new PeerConstraint.ByAddress([.. peer.Addresses.Select(Range)])));
        }
        return peers;
    }

    private static PeerIdentityRule IdentityRule(AuthorizedPeer peer) => peer.Type switch
    {
        IdentificationType.Fqdn => new PeerIdentityRule.DnsName(peer.Names),
        IdentificationType.Rfc822Addr => new PeerIdentityRule.MailAddress(peer.Names),
        IdentificationType.DerAsn1Dn => new PeerIdentityRule.DistinguishedName(peer.DistinguishedName, peer.IsNameSubtree),
        IdentificationType.KeyId => new PeerIdentityRule.KeyId(Encoding.ASCII.GetBytes(peer.Names)),
        _ => new PeerIdentityRule.Address(Range(peer.Names)),
    };

    private static AddressRange Range(string range)
    {
        var (first, last) = AuthorizedPeer.Ends(range);
        return new(IPAddress.Parse(first), IPAddress.Parse(last));
    }

    /// <summary>What of a policy is no connection's own.</summary>
    public static IkeOptions ToOptions(ConnectionPolicy policy, IkeOptions options) => options with
    {
        CookieThreshold = policy.AlwaysRequireCookie ? 0 : options.CookieThreshold,
        WindowSize = Math.Max(policy.WindowSize, options.WindowSize),
        FragmentSize = policy.FragmentSize ?? options.FragmentSize,
        ProbedFragmentSizes = policy.FragmentProbes.IsEmpty ? options.ProbedFragmentSizes : policy.FragmentProbes,
        ChildSoftLifetime = policy.Timers?.ChildRekeying,
        ChildHardLifetime = policy.Timers?.ChildEnd,
        IkeSoftLifetime = policy.Timers?.IkeRekeying,
        IkeHardLifetime = policy.Timers?.IkeEnd,
        LivenessInterval = policy.Timers?.Liveness,
        AuthenticationLifetime = policy.Timers?.Reauthentication,
    };

    /// <summary>What of a policy is the host's own.</summary>
    public static IpsecHostOptions ToHostOptions(ConnectionPolicy policy, IpsecHostOptions options) => options with
    {
        Ike = ToOptions(policy, options.Ike),
        Peers = ToPeers(policy),
        ChildFlowPadding = policy.FlowPadding,
        ChildReplayWindow = policy.AcceptsReplays ? 0 : options.ChildReplayWindow,
        InitiatesOnTraffic = policy.InitiatesOnTraffic,
        ChildDummies = policy.DummyInterval is { } interval ? new(interval, SmallestDummy, LargestDummy) : null,
    };

    /// <summary>The same policy from the tester's end: for a stack of ours that meets an implementation.</summary>
    public static IkeConnection ToMirroredConnection(ConnectionPolicy policy, Topology topology)
    {
        var connection = ToConnection(policy, topology);
        return connection with
        {
            LocalAddress = connection.RemoteAddress,
            RemoteAddress = connection.LocalAddress,
            LocalIdentity = (policy.RemoteIdentity.Type, policy.RemoteIdentity.Data),
            RemoteIdentity = connection.LocalIdentity,
            Certificate = policy.Certificates is { } certificates && policy.IsCertified(PolicyEnds.Tester) ? Credential(certificates.Remote, certificates) : null,
            TrustAnchors = policy.Certificates is { } trusted && policy.IsCertified(PolicyEnds.Implementation) ? [trusted.Authority] : [],
            Revocation = new() { Lists = policy.Certificates?.RemoteRevocationLists ?? [] },
            LocalTraffic = policy.Assignment == AddressAssignment.None ? connection.RemoteTraffic : [AnyAddress(policy)],
            RemoteTraffic = connection.LocalTraffic,
            // An implementation that asks is to have an address.
            InternalNetwork = !policy.AsksForAddress ? null : Giving(
                PolicyTraffic.OfIut(policy, topology), topology.TesterInner, PolicyTraffic.OfTester(policy, topology), isRequired: true),
            RequestedAttributes = policy.Assignment == AddressAssignment.None ? [] : Wanted(policy),
        };
    }

    /// <summary>Of a selector that is one, the subnet.</summary>
    private static IPNetwork SubnetOf(TrafficSelector selector)
    {
        IpAddress start = selector.StartAddress, end = selector.EndAddress;
        return new(selector.StartAddress, start.Bits - (128 - (int)UInt128.LeadingZeroCount(start.Value ^ end.Value)));
    }

    private static TrafficSelector AnyAddress(ConnectionPolicy policy) =>
        TrafficSelector.Range(IpAddress.Lowest(policy.InnerIpv6).ToIPAddress(), IpAddress.Highest(policy.InnerIpv6).ToIPAddress());

    /// <summary>The policy as text, for the evidence.</summary>
    public static string Describe(ConnectionPolicy policy, Topology topology)
    {
        var connection = ToConnection(policy, topology);
        var text = new StringBuilder()
            .AppendLine($"connection {policy.Name}: {policy.LocalIdentity} {topology.Iut} <-> {policy.RemoteIdentity} {topology.Tester}, {policy.Mode}")
            .AppendLine($"pre-shared key: {(policy.PreSharedOctets.IsEmpty ? policy.PreSharedKey : $"0x{policy.PreSharedOctets}")}");
        if (policy.Eap is { } eap)
            text.AppendLine($"EAP {eap.Method} of {(eap.IsImplementation ? policy.LocalIdentity : policy.RemoteIdentity)}, password {eap.Password}");
        if (policy.Anonymous != PolicyEnds.None)
            text.AppendLine($"NULL authentication of {policy.Anonymous}");
        foreach (var peer in policy.AuthorizedPeers)
            text.AppendLine($"peer: {peer.Type} {peer.Names}, for {(peer.Addresses.IsEmpty ? "what has its name" : string.Join(", ", peer.Addresses))}{(peer.IdentityInCertificate ? "" : ", whatever its certificate's names")}");
        if (policy.Certificates is { } certificates)
            text.AppendLine($"certificates: {certificates.Local.Chain.Length} of its own, {certificates.RevocationLists.Length} CRLs{(certificates.RequiresRevocationLists ? ", which are demanded" : "")}{(policy.CertifiedEnds == PolicyEnds.Both ? "" : $", for {policy.CertifiedEnds} alone")}{(certificates.HashAndUrl is { } places ? $", at {places.Base}" : "")}");
        foreach (var named in policy.NamedTraffic)
            text.AppendLine($"traffic of {named.Name}: {string.Join(", ", named.LocalSubnets)}");
        foreach (var proposal in connection.IkeProposals)
            text.AppendLine($"ike: {string.Join(", ", proposal.Transforms)}");
        foreach (var proposal in connection.ChildProposals)
            text.AppendLine($"{(policy.UsesAh ? "ah" : "esp")}: {string.Join(", ", proposal.Transforms)}");
        text.AppendLine($"traffic: {string.Join(", ", connection.LocalTraffic)} <-> {string.Join(", ", connection.RemoteTraffic)}");
        if (policy.Compression)
            text.AppendLine("IPComp with DEFLATE inside");
        if (policy.FlowPadding > 0)
            text.AppendLine($"packets are padded to {policy.FlowPadding} octets where the peer takes that");
        if (policy.DummyInterval is { } interval)
            text.AppendLine($"a dummy packet each {interval.TotalSeconds} s");
        if (policy.RefusesFlowPadding)
            text.AppendLine("TFC padding is not taken");
        if (policy.InitiatesOnTraffic)
            text.AppendLine("packets that want SAs have them asked for");
        if (policy.AcceptsReplays)
            text.AppendLine("replays are not looked for");
        if (policy.SinglePairs)
            text.AppendLine("a child SA for each pair of addresses");
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
