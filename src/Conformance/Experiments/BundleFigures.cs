using System.Collections.Immutable;

namespace Conformance.Experiments;

/// <summary>The raw figures of the bundle experiment.</summary>
public sealed record BundleFigures
{
    /// <summary>Version of this form.</summary>
    public const int CurrentSchema = 1;

    public int Schema { get; init; } = CurrentSchema;

    /// <summary>Gives the same figures again.</summary>
    public required int Seed { get; init; }

    public required ImmutableArray<BundleCase> Cases { get; init; }
}

/// <summary>Where the inner SA of a bundle ends.</summary>
public enum BundleEnd
{
    /// <summary>In a host behind the gateway: the gateway takes off the outer SA only.</summary>
    HostBehindTheGateway,

    /// <summary>In the gateway itself: both SAs end in a single host.</summary>
    TheGatewayItself,
}

/// <summary>One drawing: a traveller, a gateway, and behind it a plain host and, in the one case, a host of its own SA.</summary>
/// <param name="Outer">The SAs for all traffic through the gateway, there and back.</param>
/// <param name="Inner">The SAs for all traffic to the particular host, there and back.</param>
/// <param name="ToParticularHost">Traffic that has to carry both.</param>
/// <param name="ToPlainHost">Traffic that has to carry the outer one only.</param>
/// <param name="Hostile">What can be seen between traveller and gateway.</param>
/// <param name="Private">What can be seen behind the gateway.</param>
/// <param name="HostileSpis">SPIs that can be seen between traveller and gateway, as hexadecimal numbers.</param>
/// <param name="PrivateSpis">The same behind the gateway.</param>
public sealed record BundleCase(
    BundleEnd End, ImmutableArray<AssociationFigures> Outer, ImmutableArray<AssociationFigures> Inner, FlowSummary ToParticularHost, FlowSummary ToPlainHost,
    SeenOnWire Hostile, SeenOnWire Private, ImmutableArray<string> HostileSpis, ImmutableArray<string> PrivateSpis);

/// <summary>Packets of one pair of hosts, as their own stacks count them, and what their traffic came to.</summary>
/// <param name="There">Packets sent by the traveller.</param>
/// <param name="Back">Packets sent to the traveller.</param>
public sealed record FlowSummary(long There, long Back, ImmutableArray<FlowFigures> Flows);
