using Conformance.Decoding;
using Ipsec.Packets.Ip;
using static Conformance.Rules.Judgement;

namespace Conformance.Rules;

/// <summary>Outer headers of tunnels, beside the inner ones (RFC 4301 sections 5.1.2 and 8.1, RFC 6040).</summary>
internal static class TunnelHeaderRules
{
    private const int CongestionExperienced = 3;

    public static IEnumerable<Rule> All =>
    [
        Tunnel("001", "The outer ECN field is the inner one", "RFC6040-4.1-2 RFC6040-5.1-1 RFC6040-4.3-1 RFC7296-2.24-1", (inner, outer) => outer.Ecn == CongestionExperienced && inner.Ecn != 0
            // A router may have marked it since.
            ? NotExercised
            : That(outer.Ecn == inner.Ecn, $"{inner.Ecn}", $"{outer.Ecn}")),
        Tunnel("002", "The outer header has a hop limit", "RFC4301-5.1-1", (_, outer) => That(outer.HopLimit > 0, "1 or more", "0")),
        Rule.Of<IpSighting>("RULE-TUNNEL-HEADER-003", "The checksum of the outer IPv4 header is right", "RFC4301-5.1-1", ip => IsCarrier(ip) && !ip.IsV6
            ? That(ip.V4.HasValidChecksum, "a right checksum", $"0x{ip.V4.HeaderChecksum:x4}")
            : NotExercised),
        Rule.Of<UdpSighting>("RULE-CLEARTEXT-001", "A flow that its host protected does not go out in clear later", "RFC4301-5-1", udp => udp.IsOfProtectedFlow
            ? That(udp.IsProtected, "protection, as before", $"UDP {udp.Source} port {udp.SourcePort} to {udp.Destination} port {udp.DestinationPort} in clear")
            : NotExercised),
    ];

    private static Rule Tunnel(string number, string title, string covers, Func<IpSighting, IpSighting, Judgement> judge) =>
        Rule.Of<IpSighting>($"RULE-TUNNEL-HEADER-{number}", title, covers, inner => Outer(inner) is { } outer ? judge(inner, outer) : NotExercised);

    /// <summary>The header that a packet out of ESP or behind AH stands in: a tunnel's.</summary>
    private static IpSighting? Outer(IpSighting inner) => inner.Carrier switch
    {
        EspSighting { Carrier: IpSighting outer } => outer,
        EspSighting { Carrier: UdpSighting { Carrier: IpSighting outer } } => outer,
        AhSighting { Carrier: IpSighting outer } => outer,
        _ => null,
    };

    private static bool IsCarrier(IpSighting ip) => ip is { Carrier: null, Protocol: IpProtocol.Esp or IpProtocol.Ah };
}
