using System.Collections.Immutable;
using System.Net;
using Ipsec.Packets.Ike;

namespace Ipsec.Ike;

/// <summary>What this end offers or accepts for one child SA. Proposals without SPI, best first.</summary>
internal sealed record ChildTerms(
    ImmutableArray<Proposal> Proposals, ImmutableArray<TrafficSelector> LocalTraffic, ImmutableArray<TrafficSelector> RemoteTraffic, bool TransportMode)
{
    /// <inheritdoc cref="IkeConnection.NonFirstFragmentsAlso"/>
    public bool NonFirstFragmentsAlso { get; init; }

    /// <inheritdoc cref="IkeConnection.Compression"/>
    public bool Compression { get; init; }

    /// <inheritdoc cref="IkeConnection.RefusesFlowPadding"/>
    public bool RefusesFlowPadding { get; init; }

    /// <inheritdoc cref="IkeConnection.SinglePairs"/>
    public bool SinglePairs { get; init; }

    /// <inheritdoc cref="IkeCommand.CreateChild.Packet"/>
    public (TrafficSelector Local, TrafficSelector Remote)? Packet { get; init; }

    /// <summary>
    /// What an initiator proposes: nothing that its own policy does not allow (RFC 7296 section 2.9.1). Where that is single pairs, the packet's, and without a packet
    /// the first there is.
    /// </summary>
    public ChildTerms ForOffer()
    {
        if (!SinglePairs)
            return this;
        if (Packet is { } packet && ForPair(packet.Local.StartAddress, packet.Remote.StartAddress) is { } wanted)
            return wanted;
        var first = from local in LocalTraffic from remote in RemoteTraffic where local.Type == remote.Type select ForPair(local.StartAddress, remote.StartAddress);
        return first.FirstOrDefault() ?? this;
    }

    /// <summary>What of these terms is for the packet's pair of addresses; null without a packet, or where it is none of their traffic.</summary>
    public ChildTerms? ForPairOfPacket() => Packet is { } packet && ForPair(packet.Local.StartAddress, packet.Remote.StartAddress) is { } pair ? pair with { Packet = null } : null;

    private ChildTerms? ForPair(IPAddress localAddress, IPAddress remoteAddress)
    {
        var local = TrafficSelectorNarrowing.Narrow(LocalTraffic, [TrafficSelector.Range(localAddress, localAddress)]);
        var remote = TrafficSelectorNarrowing.Narrow(RemoteTraffic, [TrafficSelector.Range(remoteAddress, remoteAddress)]);
        return local.IsEmpty || remote.IsEmpty ? null : this with { LocalTraffic = local, RemoteTraffic = remote };
    }

    /// <summary>For IKE_AUTH, which has no key exchange for the child: its proposals name no method (RFC 7296 section 1.2).</summary>
    public static ChildTerms ForFirst(IkeSa sa) => ForFurther(sa) with
    {
        Proposals = [.. sa.Connection.ChildProposals.Select(proposal => proposal with
        {
            Transforms = [.. proposal.Transforms.Where(transform => transform.Type != TransformType.KeyExchange)],
        })],
    };

    /// <summary>For CREATE_CHILD_SA. An end that has been given addresses speaks for them (RFC 7296 section 2.19).</summary>
    public static ChildTerms ForFurther(IkeSa sa) => new(
        sa.Connection.ChildProposals,
        sa.Configuration is { } own ? ConfigurationExchange.Selectors(own.Addresses) : sa.Connection.LocalTraffic,
        sa.Connection.InternalNetwork is { IsRequired: true } || !sa.AssignedAddresses.IsEmpty ? ConfigurationExchange.Selectors(sa.AssignedAddresses) : sa.Connection.RemoteTraffic,
        sa.Connection.TransportMode)
    {
        NonFirstFragmentsAlso = sa.Connection.NonFirstFragmentsAlso,
        Compression = sa.Connection.Compression,
        RefusesFlowPadding = sa.Connection.RefusesFlowPadding,
        SinglePairs = sa.Connection.SinglePairs,
    };

    /// <summary>For what takes the place of a child: the same traffic and mode (RFC 7296 section 2.9.2).</summary>
    public static ChildTerms ForRekeying(IkeConnection connection, ChildSa old) => new(
        [.. connection.ChildProposals.Where(proposal => proposal.Protocol == old.Protocol)], old.LocalTraffic, old.RemoteTraffic, old.TransportMode)
    {
        NonFirstFragmentsAlso = old.NonFirstFragmentsAlso,
        Compression = connection.Compression,
        RefusesFlowPadding = connection.RefusesFlowPadding,
    };
}
