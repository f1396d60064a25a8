using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Conformance.Experiments;

/// <summary>
/// A voice stream and a bulk transfer, each through an ESP tunnel and through a tunnel whose packets ride one TCP connection, over a path that loses more and more.
/// In memory, on virtual time: the same seed gives the same figures.
/// </summary>
public sealed class OneToOneExperiment
{
    /// <summary>
    /// ITU-T G.114 takes up to 150 ms from mouth to ear as good for most conversations; beyond it people start to talk at once. Coding and the listener's buffer
    /// need their part of it too, so the figure is lenient with both tunnels.
    /// </summary>
    public const double LateMs = 150;

    public static ImmutableArray<double> DefaultLossRates { get; } = [0, 0.01, 0.02, 0.05, 0.10];

    public required int Seed { get; init; }

    public ImmutableArray<double> LossRates { get; init; } = DefaultLossRates;

    public TimeSpan OneWayDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    public TimeSpan VoiceLength { get; init; } = TimeSpan.FromMinutes(2);

    public TimeSpan BulkLength { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Runs everything. Takes seconds.</summary>
    /// <param name="progress">Called before each run.</param>
    public OneToOneFigures Run(Action<TunnelKind, double>? progress = null)
    {
        var runs = ImmutableArray.CreateBuilder<OneToOneRun>();
        foreach (var kind in Enum.GetValues<TunnelKind>())
        {
            foreach (var loss in LossRates)
            {
                progress?.Invoke(kind, loss);
                runs.Add(new(kind, loss, VoiceStream.Run(Tunnel(kind, loss), VoiceLength), BulkTransfer.Run(Tunnel(kind, loss), BulkLength)));
            }
        }
        return new()
        {
            Seed = Seed,
            RoundTripMs = (OneWayDelay * 2).TotalMilliseconds,
            PathMs = (OneWayDelay + LossyTunnel.LinkLatencies).TotalMilliseconds,
            LateMs = LateMs,
            VoiceSeconds = VoiceLength.TotalSeconds,
            VoiceIntervalMs = VoiceStream.Interval.TotalMilliseconds,
            VoicePayload = VoiceStream.PayloadLength,
            BulkSeconds = BulkLength.TotalSeconds,
            Runs = runs.ToImmutable(),
        };
    }

    /// <summary>
    /// What the experiment is to show: whatever ESP breaks of "one outer packet for one inner packet, loses only what was lost, never holds a packet up", a sentence each.
    /// </summary>
    public static IEnumerable<string> Broken(OneToOneFigures figures)
    {
        foreach (var run in figures.Runs.Where(run => run.Tunnel == TunnelKind.Esp))
        {
            foreach (var (what, tunnel) in new[] { ("voice", run.Voice.Tunnel), ("bulk", run.Bulk.Tunnel) })
            {
                if (tunnel.OuterPackets != tunnel.InnerPackets)
                    yield return FormattableString.Invariant($"{what} at {run.Loss:P0} loss: {tunnel.InnerPackets} inner packets became {tunnel.OuterPackets} outer ones");
                if (tunnel.InnerLost != tunnel.OuterLost)
                    yield return FormattableString.Invariant($"{what} at {run.Loss:P0} loss: the path lost {tunnel.OuterLost} packets, the tunnel {tunnel.InnerLost}");
            }
            if (run.Voice.LongestStallMs(figures.PathMs) > 0)
                yield return FormattableString.Invariant($"voice at {run.Loss:P0} loss: a packet was held up for {run.Voice.LongestStallMs(figures.PathMs):0.###} ms");
        }
    }

    private LossyTunnel Tunnel(TunnelKind kind, double loss) => new(kind, loss, OneWayDelay, Seed);
}

/// <summary>The figures as JSON, camel case, numbers as they are.</summary>
public static class FiguresFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        IgnoreReadOnlyProperties = true,
    };

    public static string Write<T>(T figures) => JsonSerializer.Serialize(figures, Options);

    /// <exception cref="JsonException">The text is not of this form.</exception>
    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("null is no set of figures");
}
