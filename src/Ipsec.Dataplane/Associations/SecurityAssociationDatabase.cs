namespace Ipsec.Dataplane;

/// <summary>The SAD (RFC 4301 section 4.4.2): inbound SAs by SPI, outbound SAs by the policy that they serve. Owns its SAs: removing one disposes it.</summary>
public sealed class SecurityAssociationDatabase
{
    private readonly Dictionary<uint, InboundSecurityAssociation> _inbound = [];
    private readonly List<OutboundSecurityAssociation> _outbound = [];

    public IReadOnlyCollection<InboundSecurityAssociation> Inbound => _inbound.Values;

    public IReadOnlyList<OutboundSecurityAssociation> Outbound => _outbound;

    public void Add(InboundSecurityAssociation association) => _inbound.Add(association.Parameters.Spi, association);

    public void Add(OutboundSecurityAssociation association) => _outbound.Add(association);

    public InboundSecurityAssociation? FindInbound(uint spi) => _inbound.GetValueOrDefault(spi);

    /// <summary>The newest SA of a policy that carries such a packet.</summary>
    public OutboundSecurityAssociation? FindOutbound(string policy, in PacketSelectors packet)
    {
        for (var index = _outbound.Count - 1; index >= 0; index--)
        {
            var candidate = _outbound[index];
            if (candidate.Parameters.Policy == policy && candidate.Parameters.Traffic.Contains(packet, Direction.Outbound))
                return candidate;
        }
        return null;
    }

    public void RemoveInbound(uint spi)
    {
        if (_inbound.Remove(spi, out var association))
            association.Dispose();
    }

    /// <param name="spi">The peer's SPI: outbound SAs to different peers may share one, so the destination counts too.</param>
    public void RemoveOutbound(uint spi, Packets.Ip.Ipv4Address destination)
    {
        for (var index = _outbound.Count - 1; index >= 0; index--)
        {
            if (_outbound[index].Parameters.Spi != spi || _outbound[index].Parameters.Destination != destination)
                continue;
            _outbound[index].Dispose();
            _outbound.RemoveAt(index);
        }
    }

    public void Clear()
    {
        foreach (var association in _inbound.Values)
            association.Dispose();
        foreach (var association in _outbound)
            association.Dispose();
        _inbound.Clear();
        _outbound.Clear();
    }
}
