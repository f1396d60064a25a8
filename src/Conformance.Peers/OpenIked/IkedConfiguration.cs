using System.Collections.Immutable;
using System.Net;
using Conformance.Implementations;
using Ipsec.Packets.Ike;

namespace Conformance.Peers.OpenIked;

/// <summary>iked.conf: the policy, and the daemon's manners. Fragmentation; without timers in it no rekeying and no liveness checks; no MOBIKE, any number of IKE SAs with the same identity.</summary>
internal static class IkedConfiguration
{
    private static readonly TransformNames Names = new(
        "OpenIKED",
        encryption: new Dictionary<ushort, string> { [3] = "3des", [12] = "aes-{0}", [18] = "aes-{0}-gcm-12", [20] = "aes-{0}-gcm" },
        prf: new Dictionary<ushort, string> { [2] = "hmac-sha1", [5] = "hmac-sha2-256", [6] = "hmac-sha2-384", [7] = "hmac-sha2-512" },
        integrity: new Dictionary<ushort, string> { [2] = "hmac-sha1", [12] = "hmac-sha2-256", [13] = "hmac-sha2-384", [14] = "hmac-sha2-512" },
        keyExchange: new Dictionary<ushort, string>
        {
            [14] = "modp2048", [15] = "modp3072", [16] = "modp4096", [19] = "ecp256", [20] = "ecp384", [21] = "ecp521", [31] = "curve25519",
        });

    public static string Render(ConnectionPolicy policy, Topology topology)
    {
        if (!policy.AuthorizedPeers.IsEmpty)
            throw new UnsupportedPolicyException(nameof(policy.AuthorizedPeers), "the driver of OpenIKED knows a peer by its whole identity only");
        if (policy.AlwaysRequireCookie)
            throw new UnsupportedPolicyException(nameof(policy.AlwaysRequireCookie), "OpenIKED asks for no cookies");
        if (policy.ForceUdpEncapsulation)
            throw new UnsupportedPolicyException(nameof(policy.ForceUdpEncapsulation), "the driver of OpenIKED has no way to say so");
        if (policy.Certificates is not null)
            throw new UnsupportedPolicyException(nameof(policy.Certificates), "the driver of OpenIKED knows pre-shared keys only");
        if (policy.FragmentSize is not null)
            throw new UnsupportedPolicyException(nameof(policy.FragmentSize), "OpenIKED has no setting for the size of its fragments");
        if (policy.Timers is { ChildRekeying: not null } or { ChildEnd: not null } or { IkeEnd: not null } or { Reauthentication: not null })
            throw new UnsupportedPolicyException(nameof(policy.Timers), "OpenIKED rekeys a child SA at a random age, ends no IKE SA, and its driver has no way to say how long an authentication counts");
        if (policy.PreSharedKey.Contains('"') || policy.PreSharedKey.Contains('\\'))
            throw new UnsupportedPolicyException(nameof(policy.PreSharedKey), "the driver of OpenIKED quotes no quotes");
        if (policy.Eap is not null)
            throw new UnsupportedPolicyException(nameof(policy.Eap), "the driver of OpenIKED has no accounts for EAP");
        if (policy.Anonymous != PolicyEnds.None)
            throw new UnsupportedPolicyException(nameof(policy.Anonymous), "OpenIKED has no NULL authentication");
        if (policy.Compression || policy.FlowPadding > 0)
            throw new UnsupportedPolicyException(nameof(policy.Compression), "the driver of OpenIKED has no way to ask for IPComp or TFC padding");
        if (policy is not { UsesAh: false, AcceptsReplays: false, InitiatesOnTraffic: false })
            throw new UnsupportedPolicyException(nameof(policy.UsesAh), "the driver of OpenIKED makes SAs of ESP, checked for replays, when it is told to");
        // By trial: iked loads SAs and flows, and nothing gets through. PF_KEY has one family for an SA and its selectors.
        if (policy.Mode == IpsecMode.Tunnel && policy.OuterIpv6 is true != policy.InnerIpv6)
            throw new UnsupportedPolicyException(nameof(policy.InnerIpv6), "OpenIKED on Linux has tunnels for the family that is outside only");
        Kind(policy.LocalIdentity, nameof(policy.LocalIdentity));
        var transport = policy.Mode == IpsecMode.Transport;
        var ikeSuites = string.Join(" \\\n    ", policy.IkeSuites.Select(IkeSuiteText));
        var espSuites = string.Join(" \\\n    ", policy.EspSuites.Select(EspSuiteText));
        return $"""
            # peer {Kind(policy.RemoteIdentity, nameof(policy.RemoteIdentity))}/{policy.RemoteIdentity}
            set fragmentation
            set nomobike
            set dpd_check_interval {Seconds(policy.Timers?.Liveness)}
            ikev2 "{policy.Name}" passive {(transport ? "transport" : "tunnel")} esp \
                {string.Join(" \\\n    ", Flows(policy, topology))} \
                local {topology.Iut} peer {topology.Tester} \
                {ikeSuites} \
                {espSuites} \
                srcid "{policy.LocalIdentity}" dstid "{policy.RemoteIdentity}" \
                ikelifetime {Seconds(policy.Timers?.IkeRekeying)} lifetime 86400 bytes 0 \
                psk {(policy.PreSharedOctets.IsEmpty ? $"\"{policy.PreSharedKey}\"" : $"0x{policy.PreSharedOctets}")}{InnerAddresses(policy, topology)}

            """;
    }

    /// <summary>iked's word for a kind that it tells by looking at the text.</summary>
    private static string Kind(PolicyIdentity identity, string field) => identity.Type switch
    {
        IdentificationType.Fqdn => "FQDN",
        IdentificationType.Rfc822Addr => "UFQDN",
        IdentificationType.Ipv4Addr => "IPV4",
        IdentificationType.Ipv6Addr => "IPV6",
        _ => throw new UnsupportedPolicyException(field, $"the driver of OpenIKED has no way to write an identity of type {identity.Type}"),
    };

    private static IEnumerable<string> Flows(ConnectionPolicy policy, Topology topology)
    {
        if (policy.Mode == IpsecMode.Transport)
            return [$"from {topology.Iut} to {topology.Tester}"];
        // With "dynamic" there, iked proposes the address 0.0.0.0 alone, of which nobody can grant a part.
        return from local in policy.AsksForAddress ? ["any"] : Subnets(policy.LocalSubnets, topology.IutInner)
               from remote in policy.Assignment != AddressAssignment.None ? ["dynamic"] : Subnets(policy.RemoteSubnets, topology.TesterInner)
               select $"from {local} to {remote}";
    }

    private static ImmutableArray<string> Subnets(ImmutableArray<string> subnets, IPAddress inner) => subnets.IsEmpty ? [$"{PolicyTraffic.Around(inner)}"] : subnets;

    private static string InnerAddresses(ConnectionPolicy policy, Topology topology) =>
        (policy.Assignment != AddressAssignment.None ? $" \\\n    config address {PolicyRules.Pool(policy, topology)} config name-server {topology.IutInner}" : "")
        + (policy.AsksForAddress ? $" \\\n    request address {(policy.InnerIpv6 ? "::" : "any")}" : "");

    private static string IkeSuiteText(IkeSuite suite)
    {
        const string field = nameof(ConnectionPolicy.IkeSuites);
        var integrity = suite.Integrity == 0 ? "" : $" auth {Names.Integrity(suite.Integrity, field)}";
        return $"ikesa enc {Names.Encryption(suite.Encryption, suite.KeyLength, field)} prf {Names.Prf(suite.Prf, field)}{integrity} group {Names.KeyExchange(suite.KeyExchange, field)}";
    }

    private static string EspSuiteText(EspSuite suite)
    {
        const string field = nameof(ConnectionPolicy.EspSuites);
        // What Linux's PF_KEY takes from iked, by trial: nothing but AES-CBC with HMAC-SHA1, and no extended sequence numbers.
        if (suite is not { Encryption: 12, Integrity: 2, ExtendedSequenceNumbers: false })
            throw new UnsupportedPolicyException(field, "OpenIKED on Linux makes child SAs of AES-CBC with HMAC-SHA1-96 only");
        var keyExchange = suite.KeyExchange == 0 ? "" : $" group {Names.KeyExchange(suite.KeyExchange, field)}";
        return $"childsa enc {Names.Encryption(suite.Encryption, suite.KeyLength, field)} auth {Names.Integrity(suite.Integrity, field)}{keyExchange} noesn";
    }

    /// <summary>0 for never.</summary>
    private static string Seconds(TimeSpan? age) => age is { } some ? $"{some.TotalSeconds:0}" : "0";
}
