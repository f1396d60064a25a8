using System.Buffers.Binary;
using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Testing;
using Ipsec.Packets.Ip;
using Ipsec.Packets.Udp;

namespace Conformance.Defects;

/// <summary>Faults of ESP in UDP (RFC 3948).</summary>
internal static class EncapsulationDefects
{
    public static ImmutableArray<Defect> All { get; } =
    [
        Filters.Sent("udp-checksum-sent", "ESP in UDP over IPv4 is sent with a UDP checksum", "RFC3948-2.1-2", packet =>
        {
            if (TryFind(packet, out _))
                ScriptedAssociation.WriteUdpChecksum(packet);
            return packet;
        }),
        Outbound("udp-from-other-port", "ESP in UDP is sent from port 4501", "RFC3948-2.1-1", ports => ports with { Source = 4501 }),
        Outbound("udp-left-out", "ESP is sent without UDP", "RFC3948-2.1-1", _ => null),
        Filters.Dropped("udp-without-checksum-refused", "ESP in UDP without checksum is dropped", "RFC3948-2.1-3", packet => TryFind(packet, out var checksum) && checksum == 0),
        Filters.Dropped("udp-checksum-refused", "ESP in UDP over IPv4 with a checksum is dropped", "RFC3948-2.1-3", packet => packet[0] >> 4 == 4 && TryFind(packet, out var checksum) && checksum != 0),
        new("keepalive-answered", "Keepalives are sent back", "RFC3948-2.3-5") { Inject = options => options with { PacketFilter = new PacketFilter(answered: IsKeepalive) } },
        new("zero-spi-taken-for-esp", "What begins with SPI zero on port 4500 is opened as ESP", "RFC3948-2.1-4")
        {
            Inject = options => options with { PacketFilter = new PacketFilter(received: WithoutUdpBeforeZero) },
            Misread = configuration => Twins.Inbound(configuration, association => association with { Spi = 0 }),
        },
    ];

    private static bool TryFind(byte[] packet, out ushort checksum)
    {
        checksum = 0;
        if (!IpView.TryParse(packet, out var view, out _) || view.Protocol != IpProtocol.Udp || !UdpView.TryParse(view.Transport, out var udp, out _)
            || udp.DestinationPort != UdpEncapsulation.NatTraversalPort)
            return false;
        checksum = udp.Checksum;
        return true;
    }

    private static bool IsKeepalive(byte[] packet) => TryFind(packet, out _) && packet[^1] == 0xff && IpView.TryParse(packet, out var view, out _) && view.Transport.Length == UdpView.HeaderLength + 1;

    private static byte[] WithoutUdpBeforeZero(byte[] packet)
    {
        if (!TryFind(packet, out _) || !IpView.TryParse(packet, out var view, out _) || view.Transport.Length < UdpView.HeaderLength + 8
            || BinaryPrimitives.ReadUInt32BigEndian(view.Transport[UdpView.HeaderLength..]) != 0)
            return packet;
        byte[] esp = [.. view.Octets[..view.TransportOffset], .. view.Transport[UdpView.HeaderLength..]];
        esp[view.TransportNextOffset] = IpProtocol.Esp;
        IpHeader.SetLength(esp);
        return esp;
    }

    private static Defect Outbound(string name, string effect, string requirement, Func<UdpEncapsulationPorts, UdpEncapsulationPorts?> change) =>
        new(name, effect, requirement)
        {
            Misread = configuration => configuration with
            {
                Policies =
                [
                    .. configuration.Policies.Select(policy => policy.Direction == TrafficDirection.Outbound
                        ? policy with { Associations = [.. policy.Associations.Select(association => association with { Encapsulation = association.Encapsulation is { } ports ? change(ports) : null })] }
                        : policy),
                ],
            },
        };
}
