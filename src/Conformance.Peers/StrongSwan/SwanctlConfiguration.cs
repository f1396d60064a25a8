using System.Collections.Immutable;
using System.Text;
using Conformance.Implementations;
using Ipsec.Packets.Ike;

namespace Conformance.Peers.StrongSwan;

/// <summary>swanctl.conf: the policy. Without timers in it no rekeying and no liveness checks; any number of IKE SAs with the same identity.</summary>
internal static class SwanctlConfiguration
{
    private static readonly TransformNames Names = new(
        "strongSwan",
        encryption: new Dictionary<ushort, string> { [11] = "null", [12] = "aes{0}", [14] = "aes{0}ccm8", [20] = "aes{0}gcm16", [28] = "chacha20poly1305" },
        prf: new Dictionary<ushort, string> { [2] = "prfsha1", [4] = "prfaesxcbc", [5] = "prfsha256", [6] = "prfsha384", [7] = "prfsha512" },
        integrity: new Dictionary<ushort, string> { [2] = "sha1", [5] = "aesxcbc", [12] = "sha256", [13] = "sha384", [14] = "sha512" },
        keyExchange: new Dictionary<ushort, string>
        {
            [14] = "modp2048", [15] = "modp3072", [16] = "modp4096", [19] = "ecp256", [20] = "ecp384", [21] = "ecp521", [31] = "x25519",
        });

    public static string Render(ConnectionPolicy policy, Topology topology) => policy.Anonymous != PolicyEnds.None
        ? throw new UnsupportedPolicyException(nameof(policy.Anonymous), "strongSwan has no NULL authentication")
        : $$"""
        connections {
          {{policy.Name}} {
            version = 2
            local_addrs = {{topology.Iut}}
            remote_addrs = {{topology.Tester}}
            proposals = {{string.Join(',', policy.IkeSuites.Select(IkeProposal))}}
            unique = no
            mobike = no
            rekey_time = {{Seconds(policy.Timers?.IkeRekeying)}}
            rand_time = 0
            {{IkeEnd(policy.Timers)}}
            reauth_time = {{Seconds(policy.Timers?.Reauthentication)}}
            dpd_delay = {{Seconds(policy.Timers?.Liveness)}}
            encap = {{YesNo(policy.ForceUdpEncapsulation)}}{{InnerAddresses(policy)}}
            local {
              {{Proof(policy)}}
              id = {{Identity(policy.LocalIdentity)}}
            }
            remote {
              {{PeerProof(policy)}}
              id = {{Peer(policy)}}
            }
            children {
              {{policy.Name}} {
                mode = {{(policy.Mode == IpsecMode.Tunnel ? "tunnel" : "transport")}}
                local_ts = {{(policy.AsksForAddress ? "dynamic" : Selectors(policy, policy.LocalSubnets, topology.IutInner))}}
                remote_ts = {{(Assigns(policy) ? "dynamic" : Selectors(policy, policy.RemoteSubnets, topology.TesterInner))}}
                {{(policy.UsesAh ? "ah" : "esp")}}_proposals = {{string.Join(',', policy.EspSuites.Select(suite => policy.UsesAh ? AhProposal(suite) : EspProposal(suite)))}}
                rekey_time = {{Seconds(policy.Timers?.ChildRekeying)}}
                rand_time = 0
                life_time = {{Seconds(policy.Timers?.ChildEnd)}}
                ipcomp = {{YesNo(policy.Compression)}}
                tfc_padding = {{policy.FlowPadding}}
                replay_window = {{(policy.AcceptsReplays ? 0 : 32)}}
                start_action = {{(policy.InitiatesOnTraffic ? "trap" : "none")}}
                close_action = none
                dpd_action = none
              }
            }
          }{{(policy.AlwaysRequireCookie ? HalfOpen : "")}}
        }
        secrets {
          ike-{{policy.Name}} {
            {{Owners(policy)}}
            secret = 0x{{policy.SharedKey}}
          }{{(policy.Eap is { } eap ? EapSecret(policy, eap) : "")}}
        }
        {{Authorities(policy.Certificates)}}{{(Assigns(policy) ? Pools(policy, topology) : "")}}
        """;

    private static bool Assigns(ConnectionPolicy policy) => policy.Assignment != AddressAssignment.None;

    /// <summary>Who does not ask for an address of the pool gets FAILED_CP_REQUIRED, whether the policy demands that or not.</summary>
    private static string InnerAddresses(ConnectionPolicy policy) =>
        (Assigns(policy) ? "\n    pools = inner" : "") + (policy.AsksForAddress ? $"\n    vips = {(policy.InnerIpv6 ? "::" : "0.0.0.0")}" : "");

    private static string Pools(ConnectionPolicy policy, Topology topology) => $$"""
        pools {
          inner {
            addrs = {{PolicyRules.Pool(policy, topology)}}
            dns = {{topology.IutInner}}
            subnet = {{Selectors(policy, policy.LocalSubnets, topology.IutInner)}}
          }
        }

        """;

    /// <summary>Where the certificates of each authority stand, by their hash.</summary>
    private static string Authorities(CertificatePolicy? certificates)
    {
        if (certificates?.HashAndUrl is not { } places)
            return "";
        if (places.IsBundle)
            throw new UnsupportedPolicyException(nameof(ConnectionPolicy.Certificates), "strongSwan points to single certificates");
        var issuers = certificates.Local.Chain.Skip(1).Select((_, index) => $"intermediate-{index + 1}.pem").Append("authority.pem");
        return "authorities {" + string.Concat(issuers.Select((file, index) => $"\n  authority-{index} {{\n    cacert = {file}\n    cert_uri_base = {places.Base}\n  }}")) + "\n}\n";
    }

    internal static string IkeProposal(IkeSuite suite)
    {
        const string field = nameof(ConnectionPolicy.IkeSuites);
        PolicyRules.RequireFittingIntegrity(suite.Encryption, suite.Integrity, field, "strongSwan");
        List<string> words = [Names.Encryption(suite.Encryption, suite.KeyLength, field)];
        if (suite.Integrity != 0)
            words.Add(Names.Integrity(suite.Integrity, field));
        words.Add(Names.Prf(suite.Prf, field));
        words.Add(Names.KeyExchange(suite.KeyExchange, field));
        return string.Join('-', words);
    }

    internal static string EspProposal(EspSuite suite) =>
        string.Join('-', [Names.Encryption(suite.Encryption, suite.KeyLength, nameof(ConnectionPolicy.EspSuites)), .. WithoutCipher(suite)]);

    private static string AhProposal(EspSuite suite) => string.Join('-', WithoutCipher(suite));

    private static IEnumerable<string> WithoutCipher(EspSuite suite)
    {
        const string field = nameof(ConnectionPolicy.EspSuites);
        if (suite.Integrity != 0)
            yield return Names.Integrity(suite.Integrity, field);
        if (suite.KeyExchange != 0)
            yield return Names.KeyExchange(suite.KeyExchange, field);
        yield return suite.ExtendedSequenceNumbers ? "esn" : "noesn";
    }

    private const string HalfOpen = """

          half-open {
            version = 2
            local_addrs = 127.0.0.1
            remote_addrs = 127.0.0.1
            proposals = aes256-sha256-x25519
            local {
              auth = psk
            }
            remote {
              auth = psk
            }
          }
        """;

    /// <summary>How the implementation proves itself.</summary>
    private static string Proof(ConnectionPolicy policy) =>
        policy.Eap is { IsImplementation: true } eap ? $"auth = {EapName(eap)}"
        : policy.IsCertified(PolicyEnds.Implementation) ? "auth = pubkey\n      certs = local.pem" : "auth = psk";

    private static string PeerProof(ConnectionPolicy policy) =>
        policy.Eap is { IsImplementation: false } eap ? $"auth = {EapName(eap)}"
        : !policy.IsCertified(PolicyEnds.Tester) ? "auth = psk"
        : $"auth = pubkey\n      cacerts = authority.pem{(policy.Certificates!.RequiresRevocationLists ? "\n      revocation = strict" : "")}";

    private static string EapName(EapPolicy eap) => eap.Method == EapMethod.MsChapV2 ? "eap-mschapv2" : "eap-md5";

    private static string EapSecret(ConnectionPolicy policy, EapPolicy eap) => $$"""

          eap-{{policy.Name}} {
            id = {{Identity(eap.IsImplementation ? policy.LocalIdentity : policy.RemoteIdentity)}}
            secret = 0x{{Convert.ToHexStringLower(Encoding.ASCII.GetBytes(eap.Password))}}
          }
        """;

    /// <summary>Who may be the peer.</summary>
    private static string Peer(ConnectionPolicy policy) => policy.AuthorizedPeers switch
    {
        [{ IdentityInCertificate: false }] when policy.Certificates is not null =>
            throw new UnsupportedPolicyException(nameof(policy.AuthorizedPeers), "strongSwan looks for a certificate that has the identity, and takes no other"),
        [] => Identity(policy.RemoteIdentity),
        [{ } peer] when peer.Addresses == AuthorizedPeer.AnyAddress => PeerNames(peer),
        _ => throw new UnsupportedPolicyException(nameof(policy.AuthorizedPeers), "the driver of strongSwan makes one connection, for one set of names and all its traffic"),
    };

    private static string PeerNames(AuthorizedPeer peer)
    {
        var star = peer.Names[0] is '.' or '@' ? "*" : "";
        return peer.Type switch
        {
            IdentificationType.Fqdn => $"fqdn:{star}{peer.Names}",
            IdentificationType.Rfc822Addr => $"email:{star}{peer.Names}",
            IdentificationType.Ipv4Addr or IdentificationType.Ipv6Addr => peer.Names,
            IdentificationType.DerAsn1Dn => Identity(PolicyIdentity.DistinguishedName(peer.DistinguishedName)),
            _ => Identity(PolicyIdentity.KeyId(Encoding.ASCII.GetBytes(peer.Names))),
        };
    }

    /// <summary>Whose key it is: with several peers everybody's.</summary>
    private static string Owners(ConnectionPolicy policy) => policy.AuthorizedPeers.IsEmpty
        ? $"""
          id-local = {Identity(policy.LocalIdentity)}
              id-remote = {Identity(policy.RemoteIdentity)}
          """
        : $"id-local = {Identity(policy.LocalIdentity)}";

    /// <summary>With its type before it, lest charon guesses, but for addresses, which it reads only without; octets in hex, which # says.</summary>
    private static string Identity(PolicyIdentity identity) => identity.Type switch
    {
        IdentificationType.Fqdn => $"fqdn:{identity}",
        IdentificationType.Rfc822Addr => $"email:{identity}",
        IdentificationType.Ipv4Addr or IdentificationType.Ipv6Addr => identity.ToString(),
        IdentificationType.DerAsn1Dn => $"\"asn1dn:#{identity.Data}\"",
        _ => $"\"keyid:#{identity.Data}\"",
    };

    private static string Selectors(ConnectionPolicy policy, ImmutableArray<string> subnets, System.Net.IPAddress inner) =>
        policy.Mode == IpsecMode.Transport ? "dynamic"
        : subnets.IsEmpty ? $"{PolicyTraffic.Around(inner)}"
        : string.Join(',', subnets);

    /// <summary>
    /// charon counts the end of an IKE SA from its rekeying, or from when it has to be authenticated anew; without a policy's word it gets a day, for 0 would be at once.
    /// </summary>
    private static string IkeEnd(PolicyTimers? timers) => timers switch
    {
        { Reauthentication: not null, IkeEnd: null } => "over_time = 5s",
        null or { IkeEnd: null } => "over_time = 1d",
        { IkeRekeying: { } rekeying, IkeEnd: { } end } when end > rekeying => $"over_time = {Seconds(end - rekeying)}",
        _ => throw new UnsupportedPolicyException(nameof(ConnectionPolicy.Timers), "strongSwan ends an IKE SA only some time after its rekeying failed"),
    };

    /// <summary>0 for never.</summary>
    private static string Seconds(TimeSpan? age) => age is { } some ? $"{some.TotalSeconds:0}s" : "0";

    private static string YesNo(bool value) => value ? "yes" : "no";
}
