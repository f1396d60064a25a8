using Conformance.Experiments;

namespace Conformance.Tests.Experiments;

/// <summary>Two private networks joined over a hostile one that loses, repeats, reorders, has a small MTU, and listens.</summary>
public sealed class VpnTests
{
    private static readonly Lazy<ExperimentOutcome<VpnFigures>> Outcome = new(() => new VpnExperiment { Seed = 5 }.Run());

    [Test]
    public void Vpn_BothFamiliesInsideAndOutside_CarriesEverythingAndShowsNothing()
    {
        TestContext.Out.WriteLine(FiguresFile.Write(Outcome.Value.Figures));
        Assert.That(VpnExperiment.Broken(Outcome.Value.Figures), Is.Empty);
    }

    [Test]
    public void Hostile_SmallMtu_IsFoundByTcpOfBothFamilies()
    {
        foreach (var stage in Outcome.Value.Figures.Stages)
        {
            Assert.That(stage.TooBig, Is.Positive);
            Assert.That(stage.Flows.Where(flow => flow.Protocol == "TCP").Select(flow => flow.SegmentSize), Is.All.InRange(1200, 1360));
            Assert.That(stage.Hostile.Esp, Is.GreaterThan(500));
        }
    }

    [Test]
    public void Run_SameSeed_GivesTheSameFiguresAndFiles()
    {
        var again = new VpnExperiment { Seed = 5 }.Run();
        Assert.That(FiguresFile.Write(again.Figures), Is.EqualTo(FiguresFile.Write(Outcome.Value.Figures)));
        Assert.That(again.Files.Select(file => file.Octets), Is.EqualTo(Outcome.Value.Files.Select(file => file.Octets)));
    }

    [Test]
    public void Broken_NamesEachThingThatWasNotKept()
    {
        var figures = Outcome.Value.Figures;
        var stage = figures.Stages[0];
        var worse = figures with
        {
            Stages =
            [
                stage with { Flows = [stage.Flows[2] with { Returned = stage.Flows[2].Sent - 1 }] },
                stage with { Flows = [stage.Flows[0] with { Altered = 1 }] },
                stage with { Hostile = stage.Hostile with { Other = 1 } },
                stage with { Hostile = stage.Hostile with { Readable = 1 } },
                stage with { Left = stage.Left with { Readable = 0 } },
            ],
        };
        Assert.That(VpnExperiment.Broken(worse).Count(), Is.EqualTo(5));
    }
}
