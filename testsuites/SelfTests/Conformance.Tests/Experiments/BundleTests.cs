using Conformance.Experiments;

namespace Conformance.Tests.Experiments;

/// <summary>One SA for all traffic through a gateway, another for all traffic to a particular host, both on the same packets.</summary>
public sealed class BundleTests
{
    private static readonly Lazy<ExperimentOutcome<BundleFigures>> Outcome = new(() => new BundleExperiment { Seed = 5 }.Run());

    [Test]
    public void Bundles_EndedInAHostBehindAndInTheGateway_CarryExactlyWhatTheyAreFor()
    {
        TestContext.Out.WriteLine(FiguresFile.Write(Outcome.Value.Figures));
        Assert.That(BundleExperiment.Broken(Outcome.Value.Figures), Is.Empty);
    }

    [Test]
    public void Broken_NamesEachThingThatWasNotKept()
    {
        var one = Outcome.Value.Figures.Cases[0];
        var spis = one.HostileSpis;
        var worse = Outcome.Value.Figures with
        {
            Cases =
            [
                one with { Inner = [one.Inner[0] with { Opened = one.Inner[0].Opened - 1 }, one.Inner[1]] },
                one with { ToParticularHost = one.ToParticularHost with { There = one.ToParticularHost.There + 1 }, ToPlainHost = one.ToPlainHost with { There = one.ToPlainHost.There - 1 } },
                one with { ToPlainHost = one.ToPlainHost with { Back = one.ToPlainHost.Back + 1 } },
                one with { HostileSpis = one.PrivateSpis },
                one with { PrivateSpis = spis },
                one with { Hostile = one.Hostile with { Readable = 1 } },
                one with { Private = one.Private with { Readable = 0 } },
                one with { ToPlainHost = one.ToPlainHost with { Flows = [one.ToPlainHost.Flows[0] with { Returned = 0 }] } },
            ],
        };
        Assert.That(BundleExperiment.Broken(worse).Count(), Is.EqualTo(8));
    }
}
