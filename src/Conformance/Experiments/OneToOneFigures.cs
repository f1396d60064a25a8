using System.Collections.Immutable;

namespace Conformance.Experiments;

/// <summary>The raw figures of the one-to-one experiment: everything that its page shows follows from them.</summary>
public sealed record OneToOneFigures
{
    /// <summary>Version of this form.</summary>
    public const int CurrentSchema = 1;

    public int Schema { get; init; } = CurrentSchema;

    /// <summary>Gives the same figures again.</summary>
    public required int Seed { get; init; }

    /// <summary>From one gateway to the other and back, without what the hosts' own links add.</summary>
    public required double RoundTripMs { get; init; }

    /// <summary>What one packet needs from host to host when nothing holds it up.</summary>
    public required double PathMs { get; init; }

    /// <summary>One-way delay above which a packet is late.</summary>
    public required double LateMs { get; init; }

    public required double VoiceSeconds { get; init; }

    public required double VoiceIntervalMs { get; init; }

    /// <summary>Octets of sound in each packet.</summary>
    public required int VoicePayload { get; init; }

    public required double BulkSeconds { get; init; }

    public required ImmutableArray<OneToOneRun> Runs { get; init; }
}

/// <summary>One tunnel at one loss rate: first the voice alone, then the bulk transfer alone.</summary>
/// <param name="Loss">Probability that the path loses a packet, 0 to 1.</param>
public sealed record OneToOneRun(TunnelKind Tunnel, double Loss, VoiceFigures Voice, BulkFigures Bulk);

/// <summary>What crossed the path during a run.</summary>
/// <param name="InnerPackets">That the hosts sent.</param>
/// <param name="OuterPackets">That the gateways sent, both directions: what the tunnel says to itself included.</param>
/// <param name="OuterLost">Of those, lost on the path.</param>
/// <param name="InnerLost">Of the hosts' packets, those that never came out.</param>
/// <param name="Retransmissions">Of the tunnel's own TCP.</param>
public sealed record TunnelFigures(long InnerPackets, long OuterPackets, long OuterLost, long InnerLost, long Retransmissions)
{
    public double OuterPerInner => InnerPackets == 0 ? 0 : (double)OuterPackets / InnerPackets;
}

/// <summary>What became of a voice stream.</summary>
/// <param name="DelaysMs">One-way delay of each packet in the order of sending; null if it never came.</param>
/// <param name="LongestSilenceMs">Longest time between two arrivals.</param>
public sealed record VoiceFigures(TunnelFigures Tunnel, ImmutableArray<double?> DelaysMs, double LongestSilenceMs)
{
    public int Sent => DelaysMs.Length;

    public int Lost => DelaysMs.Count(delay => delay is null);

    /// <summary>Arrived, but later than a conversation bears.</summary>
    public int Late(double lateMs) => DelaysMs.Count(delay => delay > lateMs);

    /// <summary>Most packets in a row that were lost or late: what a listener hears as a gap.</summary>
    public int LongestGap(double lateMs)
    {
        var (longest, current) = (0, 0);
        foreach (var delay in DelaysMs)
        {
            current = delay is null || delay > lateMs ? current + 1 : 0;
            longest = Math.Max(longest, current);
        }
        return longest;
    }

    /// <summary>How long a packet was held up beyond what the path needs, at most.</summary>
    public double LongestStallMs(double pathMs) => Math.Max(0, Percentile(1) - pathMs);

    /// <summary>The delay that this part of the arrived packets does not exceed (nearest rank).</summary>
    /// <param name="part">0 to 1.</param>
    public double Percentile(double part)
    {
        var sorted = DelaysMs.OfType<double>().Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[Math.Clamp((int)Math.Ceiling(part * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}

/// <summary>What became of a transfer over the hosts' TCP.</summary>
/// <param name="Octets">That the receiver had read when time was up.</param>
/// <param name="LongestStallMs">Longest time without anything new to read.</param>
/// <param name="Retransmissions">Of the hosts' TCP.</param>
public sealed record BulkFigures(TunnelFigures Tunnel, long Octets, double LongestStallMs, long Retransmissions)
{
    public double MegabitsPerSecond(double seconds) => Octets * 8 / seconds / 1e6;
}
