using System.Buffers.Binary;
using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.InHouse;
using Ipsec.Dataplane;
using Ipsec.Host;
using Ipsec.Packets.Ip;

namespace Conformance.Defects;

/// <summary>
/// Inbound packets that the data plane discards for one reason are offered to another data plane that was told something else: as if the check for that
/// reason were missing. The other one is new for each packet, so that it remembers no sequence numbers.
/// </summary>
/// <param name="told">What the other one is told, for a packet; null gives no second chance.</param>
internal sealed class SecondChance(
    IPacketProcessing right, IpsecHostOptions options, DiscardReason forgiven, Func<byte[], ManualConfiguration?> told) : IPacketProcessing
{
    public Disposition Outbound(DateTimeOffset now, ReadOnlySpan<byte> packet, PacketHandler emit, out DiscardReason reason) =>
        right.Outbound(now, packet, emit, out reason);

    public Disposition Inbound(DateTimeOffset now, ReadOnlySpan<byte> packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason)
    {
        var disposition = right.Inbound(now, packet, out delivered, out reason);
        return disposition == Disposition.Discarded && reason == forgiven && told(packet.ToArray()) is { } configuration
            ? Other(configuration).Inbound(now, packet, out delivered, out reason)
            : disposition;
    }

    public Disposition InboundEncapsulated(DateTimeOffset now, IpView packet, out ReadOnlySpan<byte> delivered, out DiscardReason reason)
    {
        var disposition = right.InboundEncapsulated(now, packet, out delivered, out reason);
        return disposition == Disposition.Discarded && reason == forgiven && told(packet.Octets.ToArray()) is { } configuration
            ? Other(configuration).InboundEncapsulated(now, packet, out delivered, out reason)
            : disposition;
    }

    private DataPlane Other(ManualConfiguration configuration)
    {
        var other = new DataPlane();
        ManualTranslation.Install(configuration, other, options);
        return other;
    }
}

/// <summary>Defects that give packets a second chance.</summary>
internal static class SecondChances
{
    public static Defect Of(string name, string effect, string requirement, DiscardReason forgiven, Func<ManualConfiguration, byte[], ManualConfiguration?> told) =>
        new(name, effect, requirement)
        {
            InjectKeyed = (configuration, options) => options with
            {
                Processing = dataplane => new SecondChance(dataplane, options, forgiven, packet => told(configuration, packet)),
            },
        };

    /// <summary>A packet of no SA is taken for one of the first.</summary>
    public static Defect AnySpi(string name, string effect, string requirement, Implementations.IpsecProtocol protocol) => Of(
        name, effect, requirement, DiscardReason.UnknownSpi, (configuration, packet) =>
            configuration.Associations.First().Protocol == protocol && SpiOf(packet) is { } spi
                ? WithInbound(configuration, associations => [.. associations.Select(association => association with { Spi = spi })])
                : null);

    private static uint? SpiOf(byte[] packet) =>
        IpView.TryParse(packet, out var view, out _) && view.Protocol is IpProtocol.Esp or IpProtocol.Ah
            ? BinaryPrimitives.ReadUInt32BigEndian(view.Transport[(view.Protocol == IpProtocol.Ah ? 4 : 0)..])
            : null;

    /// <summary>The same configuration with other SAs inbound.</summary>
    public static ManualConfiguration WithInbound(
        ManualConfiguration configuration, Func<ImmutableArray<ManualSecurityAssociation>, ImmutableArray<ManualSecurityAssociation>> change) => configuration with
        {
            Policies =
            [
                .. configuration.Policies.Select(policy =>
                    policy is { Direction: TrafficDirection.Inbound, Action: ManualAction.Protect } ? policy with { Associations = change(policy.Associations) } : policy),
            ],
        };
}
