using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Dataplane;
using Ipsec.Ike;
using Ipsec.Packets.Ike;

namespace Ipsec.Host;

/// <summary>Turns what IKE negotiated into SAs of the data plane.</summary>
internal sealed class ChildInstaller(IpsecHostOptions options, DataPlane dataplane)
{
    /// <summary>Installs both directions and zeroes the keys that were handed over.</summary>
    public void Install(ChildSa child, ChildKeys keys)
    {
        var mode = child.TransportMode ? IpsecMode.Transport : IpsecMode.Tunnel;
        var traffic = new TrafficPair(Ranges(child.LocalTraffic), Ranges(child.RemoteTraffic));
        var (ownEncryption, ownIntegrity, peerEncryption, peerIntegrity) = child.IsExchangeInitiator
            ? (keys.InitiatorEncryption, keys.InitiatorIntegrity, keys.ResponderEncryption, keys.ResponderIntegrity)
            : (keys.ResponderEncryption, keys.ResponderIntegrity, keys.InitiatorEncryption, keys.InitiatorIntegrity);
        var outbound = new SecurityAssociationParameters(IpsecProtocol.Esp, child.OutboundSpi, mode, child.Local, child.Remote)
        {
            ExtendedSequenceNumbers = child.Algorithms.ExtendedSequenceNumbers,
            Encapsulation = child.UdpPorts is { } ports ? new(ports.Local, ports.Remote) : null,
        };
        var inbound = outbound with
        {
            Spi = child.InboundSpi,
            Source = child.Remote,
            Destination = child.Local,
            Encapsulation = child.UdpPorts is { } reverse ? new(reverse.Remote, reverse.Local) : null,
        };
        dataplane.Associations.AddOutbound(
            child.Connection, traffic,
            new OutboundSecurityAssociation(outbound, options.EspProtection(child.Algorithms, ownEncryption, ownIntegrity, options.Random)));
        dataplane.Associations.AddInbound(
            child.Connection, traffic,
            new InboundSecurityAssociation(
                inbound, options.EspProtection(child.Algorithms, peerEncryption, peerIntegrity, options.Random),
                options.AntiReplayWindow(inbound, AntiReplayWindow.DefaultSize)));
        keys.Dispose();
    }

    public void Remove(ChildSa child)
    {
        dataplane.Associations.RemoveInbound(IpsecProtocol.Esp, child.InboundSpi);
        dataplane.Associations.RemoveOutbound(IpsecProtocol.Esp, child.OutboundSpi, child.Remote);
    }

    /// <summary>Selectors that the data plane knows; others protect nothing.</summary>
    public static ImmutableArray<TrafficRange> Ranges(ImmutableArray<TrafficSelector> selectors) =>
        [.. selectors.Select(TrafficRange.From).OfType<TrafficRange>()];
}
