using Conformance.Results;

namespace Conformance.Cli.Tests;

/// <summary>Runs of the in-house stack from the command line, and what they leave.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class RunTests
{
    private static readonly string[] Some = ["--peer", "in-house", "--scenario", "IKEV2-RETRANSMIT-00*"];

    [Test]
    public async Task InHouseRun_LeavesResultsReportsAndEvidence()
    {
        using var folder = new TemporaryFolder();
        var results = Path.Combine(folder.Path, "run");
        var run = await CommandProcess.Run(["run", .. Some, "--results", results, "--seed", "7"]);

        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.AsExpected), run.Output + run.Error);
        var written = ResultsFile.Read(Path.Combine(results, "results.json"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(written.Results.Select(result => result.Verdict), Is.Not.Empty.And.All.EqualTo(Verdict.Pass));
            Assert.That(written.Scenarios.Select(scenario => scenario.Id), Is.EquivalentTo(written.Results.Select(result => result.Scenario)));
            Assert.That(written.Incomplete, Is.False);
            Assert.That(Path.Combine(results, "experiments"), Does.Not.Exist, "a run of chosen scenarios");
            Assert.That(written.Seed, Is.EqualTo(7));
            Assert.That(written.Command, Is.EqualTo($"run --peer in-house --scenario 'IKEV2-RETRANSMIT-00*' --results {results} --seed 7"));
            Assert.That(written.RunId, Does.Match("^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}$"));
            foreach (var file in new[] { "index.html", "junit.xml", "summary.md" }.Concat(written.Results.SelectMany(result => result.Evidence.Files).Select(file => file.Path)))
                Assert.That(Path.Combine(results, file), Does.Exist);
            Assert.That(run.Output, Does.Match("(?m)^pass +IKEV2-RETRANSMIT-001  in-house"));
            Assert.That(run.Output.TrimEnd(), Does.EndWith($"report: {results}/index.html"));
            Assert.That(run.Output, Does.Not.Contain('\e'));
        }
    }

    [Test]
    public async Task DefaultPlanWithoutEngine_SaysWhatIsLeftOutAndPasses()
    {
        using var folder = new TemporaryFolder();
        var results = Path.Combine(folder.Path, "run");
        var run = await CommandProcess.Run("run", "--scenario", "IKEV2-RETRANSMIT-001", "--results", results);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.AsExpected), run.Error);
            Assert.That(run.Output, Does.Contain("left out: strongswan, libreswan, openiked, linux-kernel: "));
            Assert.That(ResultsFile.Read(Path.Combine(results, "results.json")).LeftOut, Has.Length.EqualTo(1));
        }
    }

    [Test]
    public async Task FolderWithRun_IsNotTouched()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "results.json");
        await File.WriteAllTextAsync(path, "mine");
        (await CommandProcess.Run(["run", .. Some, "--results", folder.Path])).IsRefusal(ExitCode.Usage, "holds the results of a run already");
        Assert.That(await File.ReadAllTextAsync(path), Is.EqualTo("mine"));
    }

    [Test]
    public async Task DryRun_PrintsPlanAndWritesNothing()
    {
        using var folder = new TemporaryFolder();
        var results = Path.Combine(folder.Path, "run");
        var run = await CommandProcess.Run("run", "--scenario", "IKEV2-RETRANSMIT-001", "--dry-run", "--results", results);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.AsExpected), run.Error);
            Assert.That(run.Output.Split('\n'), Has.Length.EqualTo(7));
            Assert.That(run.Output, Does.Contain("libreswan  live  IKEV2-RETRANSMIT-001").And.Contain("5 scenarios would be run."));
            Assert.That(results, Does.Not.Exist);
        }
    }

    [Test]
    public async Task ReportOfRun_IsTheSameAsTheRunsOwn()
    {
        using var folder = new TemporaryFolder();
        var results = Path.Combine(folder.Path, "run");
        await CommandProcess.Run(["run", .. Some, "--results", results]);
        var before = Contents(results);
        foreach (var file in before.Keys.Where(file => file.EndsWith(".html", StringComparison.Ordinal) || file is "junit.xml" or "summary.md"))
            File.Delete(Path.Combine(results, file));

        var report = await CommandProcess.Run("report", results);

        Assert.That(report.ExitCode, Is.EqualTo(ExitCode.AsExpected), report.Error);
        Assert.That(Contents(results), Is.EquivalentTo(before));
    }

    [Test]
    public async Task Shards_MergeIntoTheWholeRun()
    {
        using var folder = new TemporaryFolder();
        string[] shards = [Path.Combine(folder.Path, "1"), Path.Combine(folder.Path, "2")];
        foreach (var (shard, index) in shards.Select((shard, index) => (shard, index + 1)))
            await CommandProcess.Run(["run", .. Some, "--shard", $"{index}/2", "--results", shard]);
        var whole = Path.Combine(folder.Path, "whole");

        var report = await CommandProcess.Run(["report", .. shards, "--output", whole]);

        Assert.That(report.ExitCode, Is.EqualTo(ExitCode.AsExpected), report.Error);
        var merged = ResultsFile.Read(Path.Combine(whole, "results.json"));
        Assert.That(merged.Results.Select(result => result.Scenario), Is.EquivalentTo(merged.Scenarios.Select(scenario => scenario.Id)));
        Assert.That(Path.Combine(whole, "index.html"), Does.Exist);
    }

    private static Dictionary<string, string> Contents(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(path => Path.GetRelativePath(folder, path), path => Convert.ToHexString(File.ReadAllBytes(path)));
}
