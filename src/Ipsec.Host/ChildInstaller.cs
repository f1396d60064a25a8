using System.Collections.Immutable;
using Ipsec.Crypto;
using Ipsec.Dataplane;
using Ipsec.Ike;
using Ipsec.Packets.Ike;

namespace Ipsec.Host;

/// <summary>
/// Turns what IKE negotiated into SAs of the data plane. An SA that replaces another receives from the start, and sends once IKE says so; of those that send,
/// the data plane takes the newest.
/// </summary>
internal sealed class ChildInstaller(IpsecHostOptions options, DataPlane dataplane)
{
    private readonly Dictionary<ChildSa, OutboundSecurityAssociation> _deferred = [];

    /// <summary>Installs the inbound and, unless it is to wait, the outbound SA. Zeroes the keys that were handed over.</summary>
    public void Install(ChildSa child, ChildKeys keys, bool isSending)
    {
        var mode = child.TransportMode ? IpsecMode.Transport : IpsecMode.Tunnel;
        var (ownEncryption, ownIntegrity, peerEncryption, peerIntegrity) = child.IsExchangeInitiator
            ? (keys.InitiatorEncryption, keys.InitiatorIntegrity, keys.ResponderEncryption, keys.ResponderIntegrity)
            : (keys.ResponderEncryption, keys.ResponderIntegrity, keys.InitiatorEncryption, keys.InitiatorIntegrity);
        var outbound = new SecurityAssociationParameters(Protocol(child), child.OutboundSpi, mode, child.Local, child.Remote)
        {
            ExtendedSequenceNumbers = child.Algorithms.ExtendedSequenceNumbers,
            Encapsulation = child.UdpPorts is { } ports ? new(ports.Local, ports.Remote) : null,
            Lifetime = Lifetime(),
            NonFirstFragmentsAlso = child.NonFirstFragmentsAlso,
        };
        var inbound = outbound with
        {
            Spi = child.InboundSpi,
            Source = child.Remote,
            Destination = child.Local,
            Encapsulation = child.UdpPorts is { } reverse ? new(reverse.Remote, reverse.Local) : null,
            Original = child.Original is { } original ? new(original.Source, original.Destination) : null,
            Lifetime = Lifetime(),
        };
        _deferred.Add(child, new(outbound, Protection(child, ownEncryption, ownIntegrity)));
        if (isSending)
            StartSending(child);
        dataplane.Associations.AddInbound(
            child.Connection, Traffic(child),
            new InboundSecurityAssociation(
                inbound, Protection(child, peerEncryption, peerIntegrity), options.AntiReplayWindow(inbound, AntiReplayWindow.DefaultSize)));
        keys.Dispose();
    }

    public void StartSending(ChildSa child)
    {
        if (_deferred.Remove(child, out var outbound))
            dataplane.Associations.AddOutbound(child.Connection, Traffic(child), outbound);
    }

    public void StopSending(ChildSa child)
    {
        if (_deferred.Remove(child, out var outbound))
            outbound.Dispose();
        else
            dataplane.Associations.RemoveOutbound(Protocol(child), child.OutboundSpi, child.Remote);
    }

    /// <summary>The peer has another address or port.</summary>
    public void Move(ChildSa before, ChildSa after)
    {
        var (local, remote) = after.UdpPorts!.Value;
        if (_deferred.Remove(before, out var outbound))
            _deferred.Add(after, outbound);
        outbound ??= dataplane.Associations.FindOutbound(Protocol(before), before.OutboundSpi, before.Remote)?.Associations[^1];
        if (outbound is not null)
            dataplane.Associations.Move(outbound, after.Remote, new UdpPorts(local, remote));
        if (dataplane.Associations.FindInbound(Protocol(before), before.InboundSpi) is { } inbound)
            dataplane.Associations.Move(inbound, after.Remote, new UdpPorts(remote, local));
    }

    public void Remove(ChildSa child)
    {
        StopSending(child);
        dataplane.Associations.RemoveInbound(Protocol(child), child.InboundSpi);
    }

    /// <summary>Selectors that the data plane knows; others protect nothing.</summary>
    public static ImmutableArray<TrafficRange> Ranges(ImmutableArray<TrafficSelector> selectors) =>
        [.. selectors.Select(TrafficRange.From).OfType<TrafficRange>()];

    /// <summary>Each SA's own, so that two ends with the same policy seldom rekey at once (RFC 7296 section 2.8.1).</summary>
    private SecurityAssociationLifetime Lifetime()
    {
        var lifetime = options.ChildLifetime;
        if (lifetime is { SoftOctets: null, SoftPackets: null })
            return lifetime;
        var part = 1 - options.Ike.LifetimeJitter * options.Random.NextUInt32() / (uint.MaxValue + 1.0);
        return lifetime with { SoftOctets = (long?)(lifetime.SoftOctets * part), SoftPackets = (long?)(lifetime.SoftPackets * part) };
    }

    private IDisposable Protection(ChildSa child, byte[] encryptionKey, byte[] integrityKey) => child.Protocol == ProtocolId.Ah
        ? options.AhProtection(child.Algorithms.Integrity!, integrityKey, child.Algorithms.ExtendedSequenceNumbers)
        : options.EspProtection(child.Algorithms, encryptionKey, integrityKey, options.Random);

    public static IpsecProtocol Protocol(ChildSa child) => child.Protocol == ProtocolId.Ah ? IpsecProtocol.Ah : IpsecProtocol.Esp;

    private static TrafficPair Traffic(ChildSa child) => new(Ranges(child.LocalTraffic), Ranges(child.RemoteTraffic));
}
