using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Conformance.Implementations;
using Conformance.InHouse;
using Conformance.Testing;
using Ipsec.Crypto;
using Ipsec.Host;
using Ipsec.Packets.Ip;
using PhysicalAddress = System.Net.NetworkInformation.PhysicalAddress;

namespace Conformance.Benchmarks;

/// <summary>
/// Echoes through a tunnel between the in-house host and an implementation, several under way at a time: how many come back in a second, and what this side's
/// one thread does meanwhile.
/// </summary>
public sealed class LiveThroughput(IImplementation peer)
{
    public const int InFlight = 32;

    private const int HeaderLength = Ipv4View.MinimumHeaderLength + 8;

    private static readonly PhysicalAddress Mac = new([0x02, 0x1c, 0xf0, 0, 0, 0x22]);
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(500);

    // An echo that takes longer is lost.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    /// <summary>Octets of the IP packets inside the tunnel.</summary>
    public static ImmutableArray<int> Sizes { get; } = [64, 512, 1400];

    /// <summary>The SAs that are measured.</summary>
    public static ImmutableArray<(string Name, ManualLayer Layer)> Forms { get; } =
        [("ESP tunnel, AES-128-GCM", ManualLayer.Esp), ("AH tunnel, HMAC-SHA-256", ManualLayer.Ah)];

    /// <summary>Measures every form and size, one after the other.</summary>
    /// <param name="time">Of each, behind a warm-up.</param>
    /// <exception cref="ImplementationFailedException">The peer broke, or no echo came back.</exception>
    public async IAsyncEnumerable<LiveFigures> Measure(TimeSpan time, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var (name, layer) in Forms)
        {
            var configuration = new ManualSetup { Layers = [layer] }.Configuration(peer.Topology, RandomSource.Seeded(1));
            await peer.Install(configuration, cancellation).ConfigureAwait(false);
            var times = new TimeSheet();
            using var link = new TimedLink(peer.Network.Attach("bench", Mac), peer.Network, times);
            TimedProcessing processing = null!;
            var options = ManualTranslation.Options(configuration, new() { Random = RandomSource.Seeded(2) }) with
            {
                Processing = dataplane => processing = new(dataplane, times),
                // Whole packets of every size: an echo is one packet each way.
                FragmentsInside = false,
            };
            var topology = peer.Topology;
            var host = new IpsecHost(link, topology.Tester, topology.PrefixLength, topology.TesterInner, options);
            ManualTranslation.Install(configuration.Mirrored(), host.DataPlane, options);
            link.Node = host;
            foreach (var size in Sizes)
            {
                await Echo(host, processing, times, size, WarmUp, cancellation).ConfigureAwait(false);
                link.Clear();
                times.Clear();
                var (returned, lost, elapsed) = await Echo(host, processing, times, size, time, cancellation).ConfigureAwait(false);
                if (returned == 0)
                    throw new ImplementationFailedException($"no echo of {size} octets came back through {name}: {string.Join("; ", host.Events.TakeLast(3))}");
                yield return new(
                    peer.Description.Name, name, size, returned / elapsed.TotalSeconds, lost,
                    PerEcho(WorkPart.DataPlane), PerEcho(WorkPart.Stack), PerEcho(WorkPart.Link), PerEcho(WorkPart.Waiting), link.MeanWait?.TotalMicroseconds);

                double PerEcho(WorkPart part) => times.Of(part).TotalMicroseconds / returned;
            }
            link.Node = null;
        }
    }

    private async Task<(long Returned, long Lost, TimeSpan Elapsed)> Echo(
        IpsecHost host, TimedProcessing processing, TimeSheet times, int size, TimeSpan time, CancellationToken cancellation)
    {
        var network = peer.Network;
        var payload = new byte[size - HeaderLength];
        IpAddress target = peer.Topology.IutInner;
        var before = processing.Opened;
        long sent = 0, lost = 0, rounds = 0;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < time)
        {
            var previous = times.Switch(WorkPart.Stack);
            for (; sent - lost - (processing.Opened - before) < InFlight; sent++)
                host.InnerStack.Ping(network.Now, target, payload, 0x1cf2, (ushort)sent);
            times.Switch(previous);
            var known = processing.Opened;
            if (!await network.RunUntil(() => processing.Opened > known, network.Now + Patience, cancellation).ConfigureAwait(false))
                lost = sent - (processing.Opened - before);
            // Echoes take no time in a virtual network, which takes a clock that never moves for a fault.
            if (network.IsVirtual && ++rounds % 1000 == 0)
                await network.RunUntil(() => false, network.Now + TimeSpan.FromMilliseconds(1), cancellation).ConfigureAwait(false);
        }
        var elapsed = watch.Elapsed;
        var returned = processing.Opened - before;
        // What is under way must not count for the next.
        await network.RunUntil(() => processing.Opened - before >= sent - lost, network.Now + Patience, cancellation).ConfigureAwait(false);
        return (returned, lost, elapsed);
    }
}

/// <summary>What was measured of one form and size.</summary>
/// <param name="Peer">Its short name.</param>
/// <param name="Octets">Of the IP packets inside, one each way.</param>
/// <param name="Lost">Echoes that did not come back in time.</param>
/// <param name="DataPlaneMicroseconds">Of this side's thread, per echo, as are the three that follow; together they are all of its time.</param>
/// <param name="WaitingMicroseconds">For the peer, the wire and the capture; in memory the peer's own work.</param>
/// <param name="CaptureMicroseconds">From a frame's capture to this side's thread, mean, with what queues before it; null in memory.</param>
public sealed record LiveFigures(
    string Peer, string Form, int Octets, double EchoesPerSecond, long Lost,
    double DataPlaneMicroseconds, double StackMicroseconds, double LinkMicroseconds, double WaitingMicroseconds, double? CaptureMicroseconds);
