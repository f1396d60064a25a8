using Ipsec.Crypto;
using Ipsec.Packets.Ip;

namespace Ipsec.Dataplane;

public enum IpsecMode
{
    Tunnel,
    Transport,
}

/// <summary>Ports of ESP in UDP (RFC 3948), in the direction of the SA.</summary>
public readonly record struct UdpPorts(ushort Source, ushort Destination);

/// <summary>What both directions of a child SA have in common.</summary>
/// <param name="Spi">In the packets of this SA.</param>
/// <param name="Source">Outer source address: for a tunnel the header's, for transport mode the host's own.</param>
/// <param name="Encapsulation">Null for ESP directly above IP.</param>
/// <param name="Traffic">Seen from this host, in either direction.</param>
/// <param name="Policy">Name of the SPD entry that it serves.</param>
public sealed record SecurityAssociationParameters(
    uint Spi, IpsecMode Mode, Ipv4Address Source, Ipv4Address Destination, UdpPorts? Encapsulation, TrafficPair Traffic, string Policy, EspAlgorithms Algorithms);

/// <summary>An SA for packets that this host sends. Disposing it zeroes its keys.</summary>
public sealed class OutboundSecurityAssociation(SecurityAssociationParameters parameters, IEspProtection protection) : IDisposable
{
    public SecurityAssociationParameters Parameters { get; } = parameters;

    public IEspProtection Protection { get; } = protection;

    /// <summary>Of the packet sent last; the first packet has 1 (RFC 4303 section 3.3.3).</summary>
    public ulong SequenceNumber { get; private set; }

    public long Packets { get; private set; }

    /// <summary>False when the number space is used up: the SA must not send any more (RFC 4303 section 3.3.3).</summary>
    public bool TryNextSequenceNumber(out ulong number)
    {
        number = SequenceNumber + 1;
        if (number > (Parameters.Algorithms.ExtendedSequenceNumbers ? ulong.MaxValue - 1 : uint.MaxValue))
            return false;
        SequenceNumber = number;
        Packets++;
        return true;
    }

    public void Dispose() => Protection.Dispose();
}

/// <summary>An SA for packets that this host receives. Disposing it zeroes its keys.</summary>
public sealed class InboundSecurityAssociation(SecurityAssociationParameters parameters, IEspProtection protection, IAntiReplayWindow window) : IDisposable
{
    public SecurityAssociationParameters Parameters { get; } = parameters;

    public IEspProtection Protection { get; } = protection;

    public IAntiReplayWindow Window { get; } = window;

    public long Packets { get; internal set; }

    public void Dispose() => Protection.Dispose();
}
