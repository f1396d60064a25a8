using System.Collections.Immutable;
using System.Text;
using Conformance.Implementations;

namespace Conformance.Peers.StrongSwan;

/// <summary>swanctl.conf: the policy. Without timers in it no rekeying and no liveness checks; any number of IKE SAs with the same identity.</summary>
internal static class SwanctlConfiguration
{
    private static readonly TransformNames Names = new(
        "strongSwan",
        encryption: new Dictionary<ushort, string> { [12] = "aes{0}", [20] = "aes{0}gcm16" },
        prf: new Dictionary<ushort, string> { [5] = "prfsha256", [6] = "prfsha384", [7] = "prfsha512" },
        integrity: new Dictionary<ushort, string> { [12] = "sha256", [13] = "sha384", [14] = "sha512" },
        keyExchange: new Dictionary<ushort, string>
        {
            [14] = "modp2048", [15] = "modp3072", [16] = "modp4096", [19] = "ecp256", [20] = "ecp384", [21] = "ecp521", [31] = "x25519",
        });

    public static string Render(ConnectionPolicy policy, Topology topology) => $$"""
        connections {
          {{policy.Name}} {
            version = 2
            local_addrs = {{topology.Iut}}
            remote_addrs = {{topology.Tester}}
            proposals = {{string.Join(',', policy.IkeSuites.Select(IkeProposal))}}
            unique = never
            mobike = no
            rekey_time = {{Seconds(policy.Timers?.IkeRekeying)}}
            rand_time = 0
            {{IkeEnd(policy.Timers)}}
            reauth_time = 0
            dpd_delay = {{Seconds(policy.Timers?.Liveness)}}
            encap = {{YesNo(policy.ForceUdpEncapsulation)}}
            local {
              {{(policy.Certificates is null ? "auth = psk" : "auth = pubkey\n      certs = local.pem")}}
              id = fqdn:{{policy.LocalIdentity}}
            }
            remote {
              {{(policy.Certificates is null ? "auth = psk" : "auth = pubkey\n      cacerts = authority.pem")}}
              id = fqdn:{{policy.RemoteIdentity}}
            }
            children {
              {{policy.Name}} {
                mode = {{(policy.Mode == IpsecMode.Tunnel ? "tunnel" : "transport")}}
                local_ts = {{Selectors(policy, policy.LocalSubnets, topology.IutInner)}}
                remote_ts = {{Selectors(policy, policy.RemoteSubnets, topology.TesterInner)}}
                esp_proposals = {{string.Join(',', policy.EspSuites.Select(EspProposal))}}
                rekey_time = {{Seconds(policy.Timers?.ChildRekeying)}}
                rand_time = 0
                life_time = {{Seconds(policy.Timers?.ChildEnd)}}
                start_action = none
                close_action = none
                dpd_action = none
              }
            }
          }{{(policy.AlwaysRequireCookie ? HalfOpen : "")}}
        }
        secrets {
          ike-{{policy.Name}} {
            id-local = fqdn:{{policy.LocalIdentity}}
            id-remote = fqdn:{{policy.RemoteIdentity}}
            secret = 0x{{Convert.ToHexStringLower(Encoding.ASCII.GetBytes(policy.PreSharedKey))}}
          }
        }

        """;

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

    internal static string EspProposal(EspSuite suite)
    {
        const string field = nameof(ConnectionPolicy.EspSuites);
        List<string> words = [Names.Encryption(suite.Encryption, suite.KeyLength, field)];
        if (suite.Integrity != 0)
            words.Add(Names.Integrity(suite.Integrity, field));
        if (suite.KeyExchange != 0)
            words.Add(Names.KeyExchange(suite.KeyExchange, field));
        words.Add(suite.ExtendedSequenceNumbers ? "esn" : "noesn");
        return string.Join('-', words);
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

    private static string Selectors(ConnectionPolicy policy, ImmutableArray<string> subnets, System.Net.IPAddress inner) =>
        policy.Mode == IpsecMode.Transport ? "dynamic"
        : subnets.IsEmpty ? PolicyRules.NetworkOf(inner)
        : string.Join(',', subnets);

    /// <summary>charon counts the end of an IKE SA from its rekeying; without a policy's word it gets a day, for 0 would be at once.</summary>
    private static string IkeEnd(PolicyTimers? timers) => timers switch
    {
        null or { IkeEnd: null } => "over_time = 1d",
        { IkeRekeying: { } rekeying, IkeEnd: { } end } when end > rekeying => $"over_time = {Seconds(end - rekeying)}",
        _ => throw new UnsupportedPolicyException(nameof(ConnectionPolicy.Timers), "strongSwan ends an IKE SA only some time after its rekeying failed"),
    };

    /// <summary>0 for never.</summary>
    private static string Seconds(TimeSpan? age) => age is { } some ? $"{some.TotalSeconds:0}s" : "0";

    private static string YesNo(bool value) => value ? "yes" : "no";
}
