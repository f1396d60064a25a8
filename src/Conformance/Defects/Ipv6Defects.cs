using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Testing;
using Ipsec.Packets.Ike;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Conformance.Defects;

/// <summary>Faults of IKE that show over IPv6, or with IPv6 in tunnels.</summary>
internal static class Ipv6Defects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        Filters.Dropped("ike-over-ipv6-unheard", "IKE over IPv6 is not heard", "RFC7296-2.23-7", packet => IsIke(packet, out _)),
        Filters.Sent("nat-hashes-of-ipv6-wrong", "Over IPv6, NAT detection hashes are of something else than the addresses", "RFC7296-2.23-7", packet =>
        {
            if (!IsIke(packet, out var offset) || packet.AsSpan(offset).IndexOf(SourceHash) is not (>= 0 and var found))
                return packet;
            packet[offset + found + SourceHash.Length] ^= 1;
            ScriptedAssociation.WriteUdpChecksum(packet);
            return packet;
        }),
        new("fragments-beyond-ipv6-minimum", "Told nothing of the path, it makes fragments for 1500 octets", "RFC7383-2.5.1-3")
        {
            Inject = options => options with { Ike = options.Ike with { FragmentSize = 1500 - 48 } },
        },
        new("packet-too-big-unheard-by-ike", "A router's word on the size of IKE's fragments is ignored", "RFC7383-2.5.2-6")
        {
            Inject = options => options with { DataPlane = options.DataPlane with { AcceptsUnprotectedIcmp = _ => false } },
        },
        Misread("inner-ipv6-taken-for-ipv4", "A tunnel for IPv6 is set up for IPv4", "RFC7296-1.2-2", policy => policy with { InnerIpv6 = false }),
        Misread("ipv6-prefix-cut-short", "An inner IPv6 network is taken for the /16 around it", "RFC7296-2.9-4",
            policy => policy.InnerIpv6 ? policy with { LocalSubnets = [Whole], RemoteSubnets = [Whole] } : policy),
        new("ipv6-address-without-prefix-length", "An assigned IPv6 address comes without its prefix length", "RFC7296-4-12")
        {
            Inject = options => options with
            {
                IkeCodec = new DefectiveCodec(onWrite: message => message with { Payloads = [.. message.Payloads.Select(WithoutPrefixLength)] }),
            },
        },
    ];

    private const string Whole = "fd1c::/16";

    /// <summary>Length of the payload, protocol, SPI size and type of N(NAT_DETECTION_SOURCE_IP).</summary>
    private static ReadOnlySpan<byte> SourceHash => [0, 28, 0, 0, 0x40, 0x04];

    private static Payload WithoutPrefixLength(Payload payload) => payload is not ConfigurationPayload { ConfigurationType: ConfigurationType.Reply } reply ? payload : reply with
    {
        Attributes =
        [
            .. reply.Attributes.Select(attribute => attribute is { Type: ConfigurationAttributeType.InternalIp6Address, Value.Length: 17 }
                ? attribute with { Value = new(attribute.Value.Span[..^1]) }
                : attribute),
        ],
    };

    private static Defect Misread(string name, string effect, string requirement, Func<ConnectionPolicy, ConnectionPolicy> change) => new(name, effect, requirement) { MisreadPolicy = change };

    /// <param name="offset">Of what UDP carries.</param>
    private static bool IsIke(byte[] packet, out int offset)
    {
        offset = 0;
        if (!IpView.TryParse(packet, out var view, out _) || !view.IsIpv6 || view.Protocol != IpProtocol.Udp || !UdpView.TryParse(view.Transport, out var udp, out _)
            || udp.DestinationPort is not (UdpEncapsulation.IkePort or UdpEncapsulation.NatTraversalPort))
            return false;
        offset = view.TransportOffset + UdpView.HeaderLength;
        return true;
    }
}
