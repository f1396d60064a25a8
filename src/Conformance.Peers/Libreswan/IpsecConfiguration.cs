using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Conformance.Implementations;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;

namespace Conformance.Peers.Libreswan;

/// <summary>
/// ipsec.conf and ipsec.secrets: the policy, and the daemon's manners. Without timers in it no rekeying and no liveness checks; retransmission within a scenario's
/// patience,
/// any number of IKE SAs with the same identity, no shell script per child SA.
/// </summary>
internal static class IpsecConfiguration
{
    private static readonly TransformNames Names = new(
        "Libreswan",
        encryption: new Dictionary<ushort, string> { [12] = "aes{0}", [14] = "aes_ccm_a{0}", [20] = "aes_gcm{0}", [28] = "chacha20_poly1305" },
        prf: new Dictionary<ushort, string> { [2] = "sha1", [5] = "sha2_256", [6] = "sha2_384", [7] = "sha2_512" },
        integrity: new Dictionary<ushort, string> { [2] = "sha1", [5] = "aes_xcbc_96", [12] = "sha2_256", [13] = "sha2_384", [14] = "sha2_512" },
        keyExchange: new Dictionary<ushort, string>
        {
            [14] = "dh14", [15] = "dh15", [16] = "dh16", [19] = "dh19", [20] = "dh20", [21] = "dh21", [31] = "dh31",
        });

    /// <summary>The prefix length of the IPv6 pool in ipsec.conf(5), which warns of large ones.</summary>
    private const int Ipv6PoolPrefix = 97;

    private const string RsaKey = "1.2.840.113549.1.1.1", EllipticCurveKey = "1.2.840.10045.2.1";

    public static string Render(ConnectionPolicy policy, Topology topology)
    {
        if (!policy.AuthorizedPeers.IsEmpty)
            throw new UnsupportedPolicyException(nameof(policy.AuthorizedPeers), "the driver of Libreswan knows a peer by its whole identity only");
        if (policy.FragmentSize is not null)
            throw new UnsupportedPolicyException(nameof(policy.FragmentSize), "Libreswan has no setting for the size of its fragments");
        if (policy.FlowPadding > 0)
            throw new UnsupportedPolicyException(nameof(policy.FlowPadding), "the driver of Libreswan knows no size of TFC padding");
        if (policy is not { AcceptsReplays: false, InitiatesOnTraffic: false })
            throw new UnsupportedPolicyException(nameof(policy.AcceptsReplays), "the driver of Libreswan makes SAs that are checked for replays, when it is told to");
        if (policy.Timers is { Reauthentication: not null })
            throw new UnsupportedPolicyException(nameof(policy.Timers), "the driver of Libreswan has no way to say how long an authentication counts");
        List<(string Key, string Value)> setup =
        [
            ("uniqueids", "no"),
            ("ddos-mode", policy.AlwaysRequireCookie ? "busy" : "unlimited"),
            .. policy.Certificates is null ? [] : new[] { ("nssdir", "/run/nss") },
            .. policy.Certificates is { RequiresRevocationLists: true } ? new[] { ("crl-strict", "yes") } : [],
        ];
        List<(string Key, string Value)> connection =
        [
            ("left", topology.Iut.ToString()),
            ("leftid", Identity(policy.LocalIdentity)),
            ("right", topology.Tester.ToString()),
            ("rightid", Identity(policy.RemoteIdentity)),
            .. Selectors(policy, topology),
            .. Authentication(policy),
            ("keyexchange", "ikev2"),
            ("ike", string.Join(',', policy.IkeSuites.Select(IkeProposal))),
            ("phase2", policy.UsesAh ? "ah" : "esp"),
            (policy.UsesAh ? "ah" : "esp", string.Join(',', policy.EspSuites.Select(suite => policy.UsesAh ? AhProposal(suite) : EspProposal(suite)))),
            ("esn", ExtendedSequenceNumbers(policy)),
            ("encapsulation", policy.ForceUdpEncapsulation ? "yes" : "auto"),
            ("compress", policy.Compression ? "yes" : "no"),
            ("pfs", HasKeyExchange(policy) ? "yes" : "no"),
            .. Lifetimes(policy.Timers),
            ("retransmit-interval", "500"),
            ("retransmit-timeout", "20s"),
            ("replay-window", "64"),
            ("nat-keepalive", policy.Timers is null ? "no" : "yes"),
            ("mobike", "no"),
            ("leftupdown", "%disabled"),
            ("auto", "add"),
        ];
        return $"config setup\n{Lines(setup)}\nconn {policy.Name}\n{Lines(connection)}";
    }

    public static string RenderSecrets(ConnectionPolicy policy) => policy.Anonymous == PolicyEnds.Both
        ? ""
        : $"{Identity(policy.LocalIdentity)} {Identity(policy.RemoteIdentity)} : PSK 0x{policy.SharedKey}\n";

    internal static string IkeProposal(IkeSuite suite)
    {
        const string field = nameof(ConnectionPolicy.IkeSuites);
        var hash = Names.Prf(suite.Prf, field);
        // One word stands for both: with a cipher that needs integrity, the PRF's hash does that too.
        if (suite.Integrity != 0 && Names.Integrity(suite.Integrity, field) != hash)
            throw new UnsupportedPolicyException(
                field, "the driver of Libreswan has no way to name an integrity algorithm that is not of the PRF's hash");
        if (suite.Encryption == (ushort)EncryptionId.AesCcm8)
            throw new UnsupportedPolicyException(field, "Libreswan has AES-CCM in ESP alone");
        return $"{Names.Encryption(suite.Encryption, suite.KeyLength, field)}-{hash}-{Names.KeyExchange(suite.KeyExchange, field)}";
    }

    internal static string EspProposal(EspSuite suite)
    {
        const string field = nameof(ConnectionPolicy.EspSuites);
        var encryption = Names.Encryption(suite.Encryption, suite.KeyLength, field);
        PolicyRules.RequireFittingIntegrity(suite.Encryption, suite.Integrity, field, "Libreswan");
        return (suite.Integrity == 0 ? encryption : $"{encryption}-{Names.Integrity(suite.Integrity, field)}") + KeyExchange(suite);
    }

    private static string AhProposal(EspSuite suite) => Names.Integrity(suite.Integrity, nameof(ConnectionPolicy.EspSuites)) + KeyExchange(suite);

    private static string KeyExchange(EspSuite suite) => suite.KeyExchange == 0 ? "" : $";{Names.KeyExchange(suite.KeyExchange, nameof(ConnectionPolicy.EspSuites))}";

    /// <summary>Pluto tells kinds by the first letters: @ a name, @~ the octets of a distinguished name, @# those of a key id.</summary>
    private static string Identity(PolicyIdentity identity) => identity.Type switch
    {
        IdentificationType.Fqdn => $"@{identity}",
        IdentificationType.DerAsn1Dn => $"@~{identity.Data}",
        IdentificationType.KeyId => $"@#{identity.Data}",
        IdentificationType.Null => "%null",
        _ => identity.ToString(),
    };

    private static IEnumerable<(string, string)> Authentication(ConnectionPolicy policy)
    {
        const string field = nameof(ConnectionPolicy.Certificates);
        if (policy.Eap is not null)
            throw new UnsupportedPolicyException(nameof(policy.Eap), "Libreswan has EAP-TLS alone");
        if (policy.Anonymous == PolicyEnds.Both)
            return [("authby", "null")];
        if (policy.Anonymous != PolicyEnds.None)
            throw new UnsupportedPolicyException(nameof(policy.Anonymous), "the driver of Libreswan has both ends prove nothing, or neither");
        if (policy.Certificates is not { } certificates)
            return [("authby", "secret")];
        if (certificates.HashAndUrl is not null)
            throw new UnsupportedPolicyException(field, "Libreswan sends certificates whole");
        using var certificate = X509CertificateLoader.LoadCertificate(certificates.Local.Chain[0].Span);
        var method = certificate.PublicKey.Oid.Value switch
        {
            RsaKey when certificates.PrefersPss => "rsasig",
            RsaKey => throw new UnsupportedPolicyException(field, "Libreswan's RSA signatures of RFC 7427 are RSASSA-PSS"),
            EllipticCurveKey => "ecdsa",
            var other => throw new UnsupportedPolicyException(field, $"the driver of Libreswan has no signatures by keys of type {other}"),
        };
        return
        [
            .. policy.CertifiedEnds == PolicyEnds.Both
                ? new[] { ("authby", method) }
                : [("leftauth", policy.IsCertified(PolicyEnds.Implementation) ? method : "secret"), ("rightauth", policy.IsCertified(PolicyEnds.Tester) ? method : "secret")],
            ("leftcert", "local"), ("leftsendcert", "always"),
            .. certificates.Local.Chain.Length > 1 ? new[] { ("sendca", "all") } : [],
        ];
    }

    /// <summary>Pluto rekeys a margin before the end, the same for both kinds of SA; as the responder it waits for half of the margin.</summary>
    private static IEnumerable<(string, string)> Lifetimes(PolicyTimers? timers)
    {
        const string field = nameof(ConnectionPolicy.Timers);
        if (timers?.Liveness is { } silence)
            yield return ("dpddelay", Seconds(silence));
        if (timers is null or { ChildRekeying: null, IkeRekeying: null })
        {
            yield return ("rekey", "no");
            // Rekeying or not: an age below the margin, which is nine minutes unless it is told, counts as a mistake, and is not taken.
            yield return ("rekeymargin", "1s");
            yield return ("rekeyfuzz", "0%");
            yield return ("ikelifetime", Seconds(timers?.IkeEnd ?? TimeSpan.FromHours(24)));
            yield return ("salifetime", Seconds(timers?.ChildEnd ?? TimeSpan.FromHours(8)));
            yield break;
        }
        var margins = new[] { timers.ChildEnd - timers.ChildRekeying, timers.IkeEnd - timers.IkeRekeying }.OfType<TimeSpan>().Distinct().ToList();
        if (margins.Count > 1 || timers is { ChildEnd: not null, ChildRekeying: null } or { IkeEnd: not null, IkeRekeying: null })
            throw new UnsupportedPolicyException(field, "Libreswan rekeys SAs of both kinds by the same margin before their end, or none");
        var margin = margins is [{ } only] ? only : TimeSpan.FromSeconds(10);
        yield return ("rekey", "yes");
        yield return ("rekeymargin", Seconds(margin));
        yield return ("rekeyfuzz", "0%");
        yield return ("ikelifetime", Seconds(timers.IkeRekeying + margin ?? TimeSpan.FromHours(24)));
        yield return ("salifetime", Seconds(timers.ChildRekeying + margin ?? TimeSpan.FromHours(8)));
    }

    private static string Seconds(TimeSpan age) => $"{age.TotalSeconds:0}s";

    /// <summary>By trial: pluto loads no connection whose suites have different groups.</summary>
    private static bool HasKeyExchange(ConnectionPolicy policy) => policy.EspSuites.Select(suite => suite.KeyExchange).Distinct().Count() == 1
        ? policy.EspSuites[0].KeyExchange != 0
        : throw new UnsupportedPolicyException(nameof(policy.EspSuites), "Libreswan has one key exchange method for child SAs in all its suites, or none");

    private static IEnumerable<(string, string)> Selectors(ConnectionPolicy policy, Topology topology) => policy.Mode == IpsecMode.Transport
        ? [("type", "transport")]
        :
        [
            ("type", "tunnel"),
            .. policy.AsksForAddress
                ? new[] { ("leftmodecfgclient", "yes"), ("rightmodecfgserver", "yes"), ("leftsubnet", policy.InnerIpv6 ? "::/0" : "0.0.0.0/0") }
                : [("leftsubnet", Subnets(policy.LocalSubnets, topology.IutInner))],
            .. policy.Assignment != AddressAssignment.None
                ? new[] { ("leftmodecfgserver", "yes"), ("rightmodecfgclient", "yes"), ("rightaddresspool", Pool(policy, topology)), ("modecfgdns", $"{topology.IutInner}") }
                : [("rightsubnet", Subnets(policy.RemoteSubnets, topology.TesterInner))],
            ("narrowing", "yes"),
        ];

    /// <summary>In the forms of ipsec.conf(5): of IPv4 from the first host to the last, of IPv6 a prefix.</summary>
    private static string Pool(ConnectionPolicy policy, Topology topology)
    {
        var subnet = PolicyRules.Pool(policy, topology);
        if (policy.InnerIpv6)
            return $"{subnet.BaseAddress}/{Math.Max(subnet.PrefixLength, Ipv6PoolPrefix)}";
        var (network, broadcast) = ((IpAddress)subnet.BaseAddress).Prefix(subnet.PrefixLength);
        return $"{network.Offset(1)}-{broadcast.Offset(-1)}";
    }

    /// <summary>Several as one list: with IKEv2 pluto has them in one child SA.</summary>
    private static string Subnets(ImmutableArray<string> subnets, IPAddress inner) => subnets.IsEmpty ? $"{PolicyTraffic.Around(inner)}" : string.Join(',', subnets);

    private static string ExtendedSequenceNumbers(ConnectionPolicy policy) =>
        policy.EspSuites.All(suite => suite.ExtendedSequenceNumbers) ? "yes"
        : policy.EspSuites.All(suite => !suite.ExtendedSequenceNumbers) ? "no"
        : throw new UnsupportedPolicyException(
            nameof(policy.EspSuites), "Libreswan has one setting for extended sequence numbers in all its suites");

    private static string Lines(List<(string Key, string Value)> settings) =>
        string.Concat(settings.Select(setting => $"    {setting.Key}={setting.Value}\n"));
}
