using System.Collections.Immutable;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

/// <summary>
/// The SAD (RFC 4301 section 4.4.2): inbound SAs by protocol and SPI, outbound bundles by the policy that they serve. Owns its SAs: removing one disposes it.
/// </summary>
public sealed class SecurityAssociationDatabase
{
    private readonly Dictionary<ulong, InboundSecurityAssociation> _inbound = [];
    private readonly Dictionary<string, List<OutboundBundle>> _outbound = [];
    private readonly Dictionary<(IpsecProtocol Protocol, uint Spi, IpAddress Destination), OutboundBundle> _outboundBySpi = [];

    public IReadOnlyCollection<InboundSecurityAssociation> Inbound => _inbound.Values;

    public IEnumerable<OutboundSecurityAssociation> Outbound => _outbound.Values.SelectMany(bundles => bundles).SelectMany(bundle => bundle.Associations);

    public IEnumerable<InboundBundle> InboundBundles => _inbound.Values.Select(association => association.Bundle).OfType<InboundBundle>().Distinct();

    public IEnumerable<OutboundBundle> OutboundBundles => _outbound.Values.SelectMany(bundles => bundles);

    /// <summary>Changes with every change of the outbound side.</summary>
    internal long Version { get; private set; }

    /// <summary>An inbound bundle, innermost SA first.</summary>
    /// <exception cref="ArgumentException">An SPI of it is in use.</exception>
    public InboundBundle AddInbound(string policy, TrafficPair traffic, params ReadOnlySpan<InboundSecurityAssociation> associations)
    {
        var bundle = new InboundBundle(policy, traffic, [.. associations]);
        for (var position = 0; position < associations.Length; position++)
        {
            _inbound.Add(Key(associations[position].Parameters.Protocol, associations[position].Parameters.Spi), associations[position]);
            associations[position].Bundle = bundle;
            associations[position].Position = position;
        }
        return bundle;
    }

    /// <summary>An outbound bundle, innermost SA first: the next packets of its policy that it carries take it.</summary>
    public OutboundBundle AddOutbound(string policy, TrafficPair traffic, params ReadOnlySpan<OutboundSecurityAssociation> associations)
    {
        var bundle = new OutboundBundle(policy, traffic, [.. associations]);
        if (!_outbound.TryGetValue(policy, out var bundles))
            _outbound.Add(policy, bundles = []);
        bundles.Add(bundle);
        foreach (var association in bundle.Associations)
            _outboundBySpi[Key(association.Parameters)] = bundle;
        Version++;
        return bundle;
    }

    public InboundSecurityAssociation? FindInbound(IpsecProtocol protocol, uint spi) => _inbound.GetValueOrDefault(Key(protocol, spi));

    /// <summary>The newest bundle of a policy that carries such a packet.</summary>
    public OutboundBundle? FindOutbound(string policy, in PacketSelectors packet)
    {
        if (!_outbound.TryGetValue(policy, out var bundles))
            return null;
        for (var index = bundles.Count - 1; index >= 0; index--)
            if (bundles[index].Traffic.Contains(packet, Direction.Outbound))
                return bundles[index];
        return null;
    }

    /// <summary>The outbound bundle with this SA; the destination counts, because different peers may have chosen one SPI.</summary>
    public OutboundBundle? FindOutbound(IpsecProtocol protocol, uint spi, IpAddress destination) => _outboundBySpi.GetValueOrDefault((protocol, spi, destination));

    /// <summary>Removes the whole bundle of this SA.</summary>
    public void RemoveInbound(IpsecProtocol protocol, uint spi)
    {
        if (FindInbound(protocol, spi)?.Bundle is not { } bundle)
            return;
        foreach (var association in bundle.Associations)
        {
            _inbound.Remove(Key(association.Parameters.Protocol, association.Parameters.Spi));
            association.Dispose();
        }
    }

    /// <summary>Removes the whole bundle of this SA.</summary>
    public void RemoveOutbound(IpsecProtocol protocol, uint spi, IpAddress destination)
    {
        if (FindOutbound(protocol, spi, destination) is not { } bundle)
            return;
        _outbound[bundle.Policy].Remove(bundle);
        if (_outbound[bundle.Policy].Count == 0)
            _outbound.Remove(bundle.Policy);
        foreach (var association in bundle.Associations)
            _outboundBySpi.Remove(Key(association.Parameters));
        Dispose(bundle.Associations);
        Version++;
    }

    /// <summary>The peer is elsewhere now (RFC 7296 section 2.23): what was known of the path is forgotten. The SA may be one that is still to be added.</summary>
    public void Move(OutboundSecurityAssociation association, IpAddress destination, UdpPorts? encapsulation)
    {
        var isHere = _outboundBySpi.Remove(Key(association.Parameters), out var bundle);
        association.Parameters = association.Parameters with { Destination = destination, Encapsulation = encapsulation };
        if (!isHere)
            return;
        bundle!.PathMtu = null;
        _outboundBySpi[Key(association.Parameters)] = bundle;
        Version++;
    }

    /// <summary>The same for packets that come from there.</summary>
    public void Move(InboundSecurityAssociation association, IpAddress source, UdpPorts? encapsulation) =>
        association.Parameters = association.Parameters with { Source = source, Encapsulation = encapsulation };

    public void Clear()
    {
        foreach (var association in _inbound.Values)
            association.Dispose();
        foreach (var bundle in OutboundBundles)
            Dispose(bundle.Associations);
        _inbound.Clear();
        _outbound.Clear();
        _outboundBySpi.Clear();
        Version++;
    }

    private static ulong Key(IpsecProtocol protocol, uint spi) => (ulong)protocol << 32 | spi;

    private static (IpsecProtocol Protocol, uint Spi, IpAddress Destination) Key(SecurityAssociationParameters parameters) =>
        (parameters.Protocol, parameters.Spi, parameters.Destination);

    private static void Dispose(ImmutableArray<OutboundSecurityAssociation> associations)
    {
        foreach (var association in associations)
            association.Dispose();
    }
}
