using Conformance.Results;
using Conformance.Tests.Evidence;
using Conformance.Tests.Results;

namespace Conformance.Reports.Tests;

public sealed class RunMergerTests
{
    private static readonly RunResults Sample = SampleRun.Create();

    [Test]
    public void Merge_ShardsOfARun_GivesTheRun()
    {
        var merged = RunMerger.Merge([Shard(0), Shard(1)]);

        var whole = Sample with { Results = [.. Shard(0).Results, .. Shard(1).Results] };
        Assert.That(ResultsFile.Serialize(merged), Is.EqualTo(ResultsFile.Serialize(whole)));
    }

    [Test]
    public void Merge_DifferentMachinesAndTimes_CombinesThem()
    {
        var early = Shard(0) with { RunId = "early", Started = Sample.Started.AddHours(-1), Machine = "one", LeftOut = ["a"] };
        var late = Shard(1) with { RunId = "late", Finished = Sample.Finished.AddHours(1), Machine = "two", LeftOut = ["a", "b"], Incomplete = true };

        var merged = RunMerger.Merge([late, early]);

        Assert.Multiple(() =>
        {
            Assert.That(merged.RunId, Is.EqualTo("early"));
            Assert.That(merged.Started, Is.EqualTo(early.Started));
            Assert.That(merged.Finished, Is.EqualTo(late.Finished));
            Assert.That(merged.Machine, Is.EqualTo("two; one"));
            Assert.That(merged.LeftOut, Is.EqualTo(["a", "b"]));
            Assert.That(merged.Incomplete, Is.True);
        });
    }

    [Test]
    public void Merge_SamePairTwice_NamesIt()
    {
        Assert.That(
            () => RunMerger.Merge([Sample, Shard(0)]),
            Throws.TypeOf<ReportException>().With.Message.EqualTo("Cannot merge: IKEV2-EXCHANGE-001 against in-house has more than one result."));
    }

    [Test]
    public void Merge_ImplementationDescribedDifferently_NamesIt()
    {
        var other = Shard(1) with { Implementations = [.. Sample.Implementations.Select(i => i with { Product = "other" })] };

        Assert.That(
            () => RunMerger.Merge([Shard(0), other]),
            Throws.TypeOf<ReportException>().With.Message.EqualTo("Cannot merge: the runs describe the implementation in-house differently."));
    }

    [Test]
    public void Merge_Nothing_IsRefused()
    {
        Assert.That(() => RunMerger.Merge([]), Throws.TypeOf<ReportException>());
    }

    [Test]
    public void MergeFiles_TwoFolders_CopiesTheEvidenceAndPointsToIt()
    {
        using var folder = new TemporaryFolder();
        string[] paths = [WriteShard(folder, "a", 0), WriteShard(folder, "b", 1)];

        Directory.CreateDirectory(folder.File("b/experiments/vpn"));
        File.WriteAllText(folder.File("b/experiments/vpn/figures.json"), "figures");

        RunMerger.MergeFiles(paths, folder.File("all"));

        Assert.That(File.ReadAllText(folder.File("all/experiments/vpn/figures.json")), Is.EqualTo("figures"));
        var merged = ResultsFile.Read(folder.File("all/results.json"));
        var captures = merged.Results.Select(r => r.Evidence.Capture).OfType<string>().ToList();
        Assert.That(captures[0], Is.EqualTo("shards/1/evidence/in-house/IKEV2-EXCHANGE-001/capture.pcapng"));
        Assert.That(File.ReadAllText(folder.File("all/" + captures[0])), Is.EqualTo("a"));
        Assert.That(File.ReadAllText(folder.File("all/" + merged.Results.Last(r => r.Evidence.Capture is not null).Evidence.Capture)), Is.EqualTo("b"));
    }

    private static string WriteShard(TemporaryFolder folder, string name, int index)
    {
        var run = Shard(index);
        foreach (var capture in run.Results.Select(r => r.Evidence.Capture).OfType<string>())
        {
            var path = folder.File($"{name}/{capture}");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, name);
        }

        ResultsFile.Write(run, folder.File($"{name}/results.json"));
        return folder.File($"{name}/results.json");
    }

    private static RunResults Shard(int index) => Sample with { Results = [.. Sample.Results.Where((_, i) => i % 2 == index)] };
}
