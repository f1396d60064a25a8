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
    private readonly Dictionary<ChildSa, OutboundSecurityAssociation[]> _deferred = [];

    /// <summary>Installs the inbound and, unless it is to wait, the outbound SA. Zeroes the keys that were handed over.</summary>
    public void Install(ChildSa child, ChildKeys keys, bool isSending)
    {
        var (ownEncryption, ownIntegrity, peerEncryption, peerIntegrity) = child.IsExchangeInitiator
            ? (keys.InitiatorEncryption, keys.InitiatorIntegrity, keys.ResponderEncryption, keys.ResponderIntegrity)
            : (keys.ResponderEncryption, keys.ResponderIntegrity, keys.InitiatorEncryption, keys.InitiatorIntegrity);
        var outbound = new SecurityAssociationParameters(Protocol(child), child.OutboundSpi, Mode(child), child.Local, child.Remote)
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
        var sender = new OutboundSecurityAssociation(
            Outermost(child, outbound) with
            {
                // RFC 4303 section 2.7: padding has to be agreed on.
                TrafficFlowPadding = child.PeerRefusesFlowPadding ? 0 : options.ChildFlowPadding,
                Dummies = options.ChildDummies,
            },
            Protection(child, ownEncryption, ownIntegrity));
        var receiver = new InboundSecurityAssociation(
            Outermost(child, inbound), Protection(child, peerEncryption, peerIntegrity), options.ChildReplayWindow == 0 ? null : options.AntiReplayWindow(inbound, options.ChildReplayWindow));
        _deferred.Add(child, child.Cpis is { } sending ? [new(Compressed(outbound, sending.Outbound), options.Compression()), sender] : [sender]);
        if (isSending)
            StartSending(child);
        InboundSecurityAssociation[] receivers =
            child.Cpis is { } receiving ? [new(Compressed(inbound, receiving.Inbound), options.Compression(), window: null), receiver] : [receiver];
        dataplane.Associations.AddInbound(child.Connection, Traffic(child), receivers);
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
            Array.ForEach(outbound, association => association.Dispose());
        else
            dataplane.Associations.RemoveOutbound(Protocol(child), child.OutboundSpi, child.Remote);
    }

    /// <summary>The peer has another address or port.</summary>
    public void Move(ChildSa before, ChildSa after)
    {
        var (local, remote) = after.UdpPorts!.Value;
        if (_deferred.Remove(before, out var outbound))
            _deferred.Add(after, outbound);
        outbound ??= dataplane.Associations.FindOutbound(Protocol(before), before.OutboundSpi, before.Remote)?.Associations.ToArray();
        foreach (var association in outbound ?? [])
            dataplane.Associations.Move(association, after.Remote, association.Parameters.Encapsulation is null ? null : new UdpPorts(local, remote));
        foreach (var association in Receivers(before))
            dataplane.Associations.Move(association, after.Remote, association.Parameters.Encapsulation is null ? null : new UdpPorts(remote, local));
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

    private IEnumerable<InboundSecurityAssociation> Receivers(ChildSa child)
    {
        if (dataplane.Associations.FindInbound(Protocol(child), child.InboundSpi) is { } outermost)
            yield return outermost;
        if (child.Cpis is { } cpis && dataplane.Associations.FindInbound(IpsecProtocol.IpComp, cpis.Inbound) is { } compressed)
            yield return compressed;
    }

    private static IpsecMode Mode(ChildSa child) => child.TransportMode ? IpsecMode.Transport : IpsecMode.Tunnel;

    /// <summary>Around IPComp the SA has transport mode: what makes a tunnel is inside of the compression then (RFC 3173 section 2).</summary>
    private static SecurityAssociationParameters Outermost(ChildSa child, SecurityAssociationParameters parameters) =>
        child.Cpis is null ? parameters : parameters with { Mode = IpsecMode.Transport };

    /// <summary>The IPComp association inside: it neither counts nor goes in UDP.</summary>
    private static SecurityAssociationParameters Compressed(SecurityAssociationParameters parameters, ushort cpi) => parameters with
    {
        Protocol = IpsecProtocol.IpComp,
        Spi = cpi,
        ExtendedSequenceNumbers = false,
        Encapsulation = null,
        Lifetime = SecurityAssociationLifetime.Unlimited,
    };

    private static TrafficPair Traffic(ChildSa child) => new(Ranges(child.LocalTraffic), Ranges(child.RemoteTraffic));
}
