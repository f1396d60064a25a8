using System.Collections.Immutable;
using System.Net;
using System.Text;
using Conformance.Implementations;
using Ipsec.Packets.Ike;

namespace Conformance.Peers.Libreswan;

/// <summary>
/// ipsec.conf and ipsec.secrets: the policy, and the daemon's manners. No rekeying, no liveness checks, retransmission within a scenario's
/// patience,
/// any number of IKE SAs with the same identity, no shell script per child SA.
/// </summary>
internal static class IpsecConfiguration
{
    private static readonly TransformNames Names = new(
        "Libreswan",
        encryption: new Dictionary<ushort, string> { [12] = "aes{0}", [20] = "aes_gcm{0}" },
        prf: new Dictionary<ushort, string> { [5] = "sha2_256", [6] = "sha2_384", [7] = "sha2_512" },
        integrity: new Dictionary<ushort, string> { [12] = "sha2_256", [13] = "sha2_384", [14] = "sha2_512" },
        keyExchange: new Dictionary<ushort, string>
        {
            [14] = "dh14", [15] = "dh15", [16] = "dh16", [19] = "dh19", [20] = "dh20", [21] = "dh21", [31] = "dh31",
        });

    public static string Render(ConnectionPolicy policy, Topology topology)
    {
        if (!policy.AuthorizedPeers.IsEmpty)
            throw new UnsupportedPolicyException(nameof(policy.AuthorizedPeers), "the driver of Libreswan knows a peer by its whole identity only");
        List<(string Key, string Value)> setup =
        [
            ("uniqueids", "no"),
            ("ddos-mode", policy.AlwaysRequireCookie ? "busy" : "unlimited"),
        ];
        List<(string Key, string Value)> connection =
        [
            ("left", topology.Iut.ToString()),
            ("leftid", Identity(policy.LocalIdentity)),
            ("right", topology.Tester.ToString()),
            ("rightid", Identity(policy.RemoteIdentity)),
            .. Selectors(policy, topology),
            ("authby", "secret"),
            ("keyexchange", "ikev2"),
            ("ike", string.Join(',', policy.IkeSuites.Select(IkeProposal))),
            ("esp", string.Join(',', policy.EspSuites.Select(EspProposal))),
            ("esn", ExtendedSequenceNumbers(policy)),
            ("encapsulation", policy.ForceUdpEncapsulation ? "yes" : "auto"),
            ("pfs", "no"),
            ("rekey", "no"),
            ("ikelifetime", "24h"),
            ("salifetime", "8h"),
            ("retransmit-interval", "500"),
            ("retransmit-timeout", "20s"),
            ("replay-window", "64"),
            ("nat-keepalive", "no"),
            ("mobike", "no"),
            ("leftupdown", "%disabled"),
            ("auto", "add"),
        ];
        return $"config setup\n{Lines(setup)}\nconn {policy.Name}\n{Lines(connection)}";
    }

    public static string RenderSecrets(ConnectionPolicy policy) =>
        $"{Identity(policy.LocalIdentity)} {Identity(policy.RemoteIdentity)} : PSK 0x{Convert.ToHexStringLower(Encoding.ASCII.GetBytes(policy.PreSharedKey))}\n";

    internal static string IkeProposal(IkeSuite suite)
    {
        const string field = nameof(ConnectionPolicy.IkeSuites);
        var hash = Names.Prf(suite.Prf, field);
        // One word stands for both: with a cipher that needs integrity, the PRF's hash does that too.
        if (suite.Integrity != 0 && Names.Integrity(suite.Integrity, field) != hash)
            throw new UnsupportedPolicyException(
                field, "the driver of Libreswan has no way to name an integrity algorithm that is not of the PRF's hash");
        return $"{Names.Encryption(suite.Encryption, suite.KeyLength, field)}-{hash}-{Names.KeyExchange(suite.KeyExchange, field)}";
    }

    internal static string EspProposal(EspSuite suite)
    {
        const string field = nameof(ConnectionPolicy.EspSuites);
        var encryption = Names.Encryption(suite.Encryption, suite.KeyLength, field);
        PolicyRules.RequireFittingIntegrity(suite.Encryption, suite.Integrity, field, "Libreswan");
        return suite.Integrity == 0 ? encryption : $"{encryption}-{Names.Integrity(suite.Integrity, field)}";
    }

    /// <summary>Pluto tells kinds by the first letters: @ a name, @~ the octets of a distinguished name, @# those of a key id.</summary>
    private static string Identity(PolicyIdentity identity) => identity.Type switch
    {
        IdentificationType.Fqdn => $"@{identity}",
        IdentificationType.DerAsn1Dn => $"@~{identity.Data}",
        IdentificationType.KeyId => $"@#{identity.Data}",
        _ => identity.ToString(),
    };

    private static IEnumerable<(string, string)> Selectors(ConnectionPolicy policy, Topology topology) => policy.Mode == IpsecMode.Transport
        ? [("type", "transport")]
        :
        [
            ("type", "tunnel"),
            ("leftsubnet", OneSubnet(policy.LocalSubnets, topology.IutInner, nameof(policy.LocalSubnets))),
            ("rightsubnet", OneSubnet(policy.RemoteSubnets, topology.TesterInner, nameof(policy.RemoteSubnets))),
            ("narrowing", "yes"),
        ];

    private static string OneSubnet(ImmutableArray<string> subnets, IPAddress inner, string field) => subnets.Length switch
    {
        0 => PolicyRules.NetworkOf(inner),
        1 => subnets[0],
        _ => throw new UnsupportedPolicyException(field, "Libreswan makes a connection of its own of each pair of subnets"),
    };

    private static string ExtendedSequenceNumbers(ConnectionPolicy policy) =>
        policy.EspSuites.All(suite => suite.ExtendedSequenceNumbers) ? "yes"
        : policy.EspSuites.All(suite => !suite.ExtendedSequenceNumbers) ? "no"
        : throw new UnsupportedPolicyException(
            nameof(policy.EspSuites), "Libreswan has one setting for extended sequence numbers in all its suites");

    private static string Lines(List<(string Key, string Value)> settings) =>
        string.Concat(settings.Select(setting => $"    {setting.Key}={setting.Value}\n"));
}
