using Conformance.Implementations;
using Ipsec.Packets.Ip;

namespace Conformance.Peers.StrongSwan;

/// <summary>
/// strongswan.conf: the daemon's manners. It says nothing of its own accord, and retransmits within a scenario's patience.
/// </summary>
internal static class CharonConfiguration
{
    /// <summary>charon counts octets of IP packets, with their IP and UDP headers.</summary>
    private static int HeadersOfAFragment(ConnectionPolicy policy) => IpHeader.LengthOf(policy.OuterIpv6 is true) + UdpView.HeaderLength;

    public static string Render(ConnectionPolicy policy) => $$"""
        charon-systemd {
          load_modular = yes
          install_routes = no
          install_virtual_ip = no
          make_before_break = no
          send_vendor_id = no
          keep_alive = {{(policy.Timers is null ? "0" : "20s")}}
          fragment_size = {{policy.FragmentSize + HeadersOfAFragment(policy) ?? 1280}}
          hash_and_url = {{(policy.Certificates?.HashAndUrl is { IsAccepted: true } ? "yes" : "no")}}
          rsa_pss = {{(policy.Certificates is { PrefersPss: true } ? "yes" : "no")}}
          replay_window = 64
          retransmit_timeout = 1.0
          retransmit_base = 1.5
          retransmit_tries = 5
          {{Cookies(policy)}}
          rdn_matching = {{(policy.AuthorizedPeers.Any(peer => peer.IsNameSubtree) ? "relaxed" : "strict")}}
          filelog {
            daemon {
              path = /ctl/log/daemon.log
              time_format = %H:%M:%S
              flush_line = yes
              default = 1
              ike = 2
              cfg = 2
            }
          }
          plugins {
            include strongswan.d/charon/*.conf
          }
        }

        """;

    /// <summary>
    /// charon asks for cookies from a number of half-open IKE SAs on, at least one. So for cookies on demand the connection "half-open" of
    /// swanctl.conf
    /// keeps one, for good; otherwise neither cookies nor blocking of an address get in a scenario's way.
    /// </summary>
    private static string Cookies(ConnectionPolicy policy) => policy.AlwaysRequireCookie
        ? """
          cookie_threshold = 1
            block_threshold = 0
            half_open_timeout = 86400
          """
        : """
          cookie_threshold = 0
            block_threshold = 0
          """;
}
