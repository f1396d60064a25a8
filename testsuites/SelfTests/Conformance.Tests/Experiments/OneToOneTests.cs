using System.Collections.Immutable;
using Conformance.Experiments;

namespace Conformance.Tests.Experiments;

/// <summary>ESP keeps packets apart: one outer for one inner, losing only what was lost, holding nothing up. A tunnel in one TCP connection can't.</summary>
public sealed class OneToOneTests
{
    private const int Seed = 7;
    private static readonly Lazy<OneToOneFigures> Figures = new(() => Experiment(Seed).Run());

    [Test]
    public void Esp_AtEveryLossRate_IsOneToOneLosesOnlyWhatWasLostAndNeverStalls() =>
        Assert.That(OneToOneExperiment.Broken(Figures.Value), Is.Empty);

    [Test]
    public void Esp_EveryVoicePacketThatArrived_TookExactlyThePath()
    {
        foreach (var run in Runs(TunnelKind.Esp))
        {
            Assert.That(run.Voice.DelaysMs.OfType<double>(), Is.All.EqualTo(Figures.Value.PathMs), $"{run.Loss:P0}");
            Assert.That(run.Voice.Lost, Is.EqualTo(run.Voice.Tunnel.OuterLost), $"{run.Loss:P0}");
        }
    }

    [Test]
    public void Path_LosesAboutWhatItIsTold()
    {
        foreach (var run in Runs(TunnelKind.Esp))
        {
            var lost = (double)run.Voice.Tunnel.OuterLost / run.Voice.Tunnel.OuterPackets;
            Assert.That(lost, Is.EqualTo(run.Loss).Within(0.02));
        }
    }

    [Test]
    public void Tcp_WithLoss_DeliversAllAndHoldsItUp()
    {
        foreach (var run in Runs(TunnelKind.Tcp))
        {
            Assert.That(run.Voice.Lost, Is.Zero, $"{run.Loss:P0}: TCP repairs");
            Assert.That(run.Voice.LongestStallMs(Figures.Value.PathMs), run.Loss == 0 ? Is.Zero : Is.GreaterThan(100), $"{run.Loss:P0}");
            Assert.That(run.Voice.Tunnel.OuterPerInner, Is.GreaterThan(1.9), $"{run.Loss:P0}: an acknowledgment for each segment");
        }
    }

    [Test]
    public void Broken_SaysWhatEspDidNotKeep()
    {
        var one = Figures.Value.Runs[1];
        var worse = Figures.Value with
        {
            Runs =
            [
                one with { Voice = one.Voice with { DelaysMs = one.Voice.DelaysMs.Add(500) } },
                one with { Bulk = one.Bulk with { Tunnel = one.Bulk.Tunnel with { OuterPackets = one.Bulk.Tunnel.OuterPackets + 1 } } },
                one with { Voice = one.Voice with { Tunnel = one.Voice.Tunnel with { InnerLost = one.Voice.Tunnel.InnerLost + 1 } } },
            ],
        };
        Assert.That(OneToOneExperiment.Broken(worse).Count(), Is.EqualTo(3));
    }

    [Test]
    public void Run_SameSeed_GivesTheSameFigures_AndAnotherOne_Others()
    {
        var short1 = FiguresFile.Write(Short(1).Run());
        Assert.That(FiguresFile.Write(Short(1).Run()), Is.EqualTo(short1));
        Assert.That(FiguresFile.Write(Short(2).Run()), Is.Not.EqualTo(short1));
        Assert.That(FiguresFile.Write(FiguresFile.Read<OneToOneFigures>(short1)), Is.EqualTo(short1));

        static OneToOneExperiment Short(int seed) => new() { Seed = seed, LossRates = [0.05], VoiceLength = TimeSpan.FromSeconds(5), BulkLength = TimeSpan.FromSeconds(2) };
    }

    private static OneToOneExperiment Experiment(int seed) => new() { Seed = seed, VoiceLength = TimeSpan.FromSeconds(60), BulkLength = TimeSpan.FromSeconds(10) };

    private static ImmutableArray<OneToOneRun> Runs(TunnelKind kind) => [.. Figures.Value.Runs.Where(run => run.Tunnel == kind)];

    [OneTimeTearDown]
    public void Print()
    {
        foreach (var run in Figures.Value.Runs)
            TestContext.Out.WriteLine(FormattableString.Invariant(
                $"{run.Tunnel} {run.Loss:P0}: p50 {run.Voice.Percentile(0.5)} p95 {run.Voice.Percentile(0.95)} p99 {run.Voice.Percentile(0.99)} max {run.Voice.Percentile(1)} lost {run.Voice.Lost} late {run.Voice.Late(150)} silence {run.Voice.LongestSilenceMs} | outer/inner {run.Voice.Tunnel.OuterPerInner:0.000} {run.Bulk.Tunnel.OuterPerInner:0.000} | {run.Bulk.MegabitsPerSecond(10):0.00} Mbit/s stall {run.Bulk.LongestStallMs} re {run.Bulk.Retransmissions} tunnel re {run.Bulk.Tunnel.Retransmissions} lost {run.Bulk.Tunnel.InnerLost}/{run.Bulk.Tunnel.OuterLost}"));
    }
}
