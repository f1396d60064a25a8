using System.Globalization;
using Conformance.Benchmarks;
using Conformance.InHouse;

namespace Conformance.Cli;

/// <summary><c>bench dataplane --live</c>: echoes through a tunnel to a live peer, and where the time goes, beside the same in memory.</summary>
internal static class BenchLive
{
    private static readonly TimeSpan TimeOfEach = TimeSpan.FromSeconds(2);

    /// <summary>Peers that can be keyed by hand.</summary>
    public static IReadOnlyList<string> Peers { get; } = ["linux-kernel"];

    /// <summary>Starts the peer, measures, and hands out each figure as it comes; what was started is gone at the end.</summary>
    /// <exception cref="CommandFailure">The peer is unknown or can't be run here.</exception>
    public static async IAsyncEnumerable<LiveFigures> Measure(
        string name, Terminal terminal, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        KnownPeers.RefuseUnknown([name], Peers);
        using var peers = new KnownPeers();
        if (await peers.Engine.Obstacle(cancellation) is { } obstacle)
            throw CommandFailure.CouldNotRun(obstacle);
        foreach (var driver in new[] { new InHouseDriver(), peers.Driver(name) })
        {
            await using var peer = await driver.Start(0, new Lines(terminal.Error), cancellation);
            await foreach (var figures in new LiveThroughput(peer).Measure(TimeOfEach, cancellation))
                yield return figures;
            if (peer.Network.Dropped > 0)
                terminal.Complain($"the capture lost {peer.Network.Dropped} frames: the figures of {driver.Name} are too low");
        }
    }

    public static async Task Write(IAsyncEnumerable<LiveFigures> figures, TextWriter output)
    {
        var isFirst = true;
        await foreach (var one in figures)
        {
            if (isFirst)
                WriteHeader(output);
            isFirst = false;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{one.Peer,-12}  {one.Form,-24}  {one.Octets,6}  {one.EchoesPerSecond,9:0}  {one.Lost,5} | {one.DataPlaneMicroseconds,11:0.00} {one.StackMicroseconds,10:0.00} {one.LinkMicroseconds,10:0.00} {one.WaitingMicroseconds,10:0.00} | {one.CaptureMicroseconds,10:0}"));
            output.Flush();
        }
        output.WriteLine("Rest: peer, wire and capture; in memory the peer's own work, which answers 1400 octets in two fragments. Capture to thread: how long a captured frame waited, mean; others were worked on meanwhile.");
    }

    private static void WriteHeader(TextWriter output)
    {
        output.WriteLine($"Echoes through a tunnel, {LiveThroughput.InFlight} under way, {TimeOfEach.TotalSeconds:0} s each; an echo is one packet out and one in. The peer {InHouseDriver.ShortName} is in memory: both ends on one thread.");
        output.WriteLine("                                                                 | of this side's thread, for one echo, µs     | capture to");
        output.WriteLine("peer          SAs                       octets   echoes/s   lost |  data plane      stack       link       rest | thread, µs");
    }

    private sealed class Lines(TextWriter output) : IProgress<string>
    {
        public void Report(string value) => output.WriteLine(value);
    }
}
