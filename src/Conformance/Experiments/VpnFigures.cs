using System.Collections.Immutable;

namespace Conformance.Experiments;

/// <summary>The raw figures of the VPN experiment.</summary>
public sealed record VpnFigures
{
    /// <summary>Version of this form.</summary>
    public const int CurrentSchema = 1;

    public int Schema { get; init; } = CurrentSchema;

    /// <summary>Gives the same figures again.</summary>
    public required int Seed { get; init; }

    /// <summary>Probabilities on each of the two hops between the gateways, 0 to 1.</summary>
    public required double Loss { get; init; }

    public required double Duplication { get; init; }

    public required double Reordering { get; init; }

    /// <summary>Octets, of the far hop.</summary>
    public required int SmallMtu { get; init; }

    /// <summary>One for each family of the network between the gateways.</summary>
    public required ImmutableArray<VpnStage> Stages { get; init; }
}

/// <summary>The VPN over a network of one family.</summary>
/// <param name="OuterIpv6">Family of the gateways' outside addresses.</param>
/// <param name="Hostile">What everybody sends on the network between the gateways.</param>
/// <param name="Left">What everybody sends on the left private network.</param>
/// <param name="Associations">What each gateway sealed.</param>
/// <param name="Forwarded">Packets that the hostile router sent on.</param>
/// <param name="TooBig">Packets that it returned, with the MTU that would have fitted.</param>
/// <param name="Fragmented">Packets that it sent on in fragments.</param>
public sealed record VpnStage(
    bool OuterIpv6, ImmutableArray<FlowFigures> Flows, SeenOnWire Hostile, SeenOnWire Left, SeenOnWire Right, ImmutableArray<AssociationFigures> Associations,
    long Forwarded, long TooBig, long Fragmented);

/// <summary>One SA, where its packets come from.</summary>
/// <param name="Name">What it is for.</param>
/// <param name="Spi">As on the wire.</param>
/// <param name="Packets">Sealed by its sender, those included that then turned out too large for the path.</param>
/// <param name="Opened">Opened by its receiver.</param>
public sealed record AssociationFigures(string Name, string From, string To, uint Spi, long Packets, long Opened);

/// <summary>Figures with the files that go with them.</summary>
/// <param name="Files">By name.</param>
public sealed record ExperimentOutcome<T>(T Figures, ImmutableArray<(string Name, byte[] Octets)> Files);
