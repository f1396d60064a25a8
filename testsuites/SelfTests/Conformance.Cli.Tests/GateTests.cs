using Conformance.Results;

namespace Conformance.Cli.Tests;

[Parallelizable(ParallelScope.All)]
internal sealed class GateTests
{
    private static readonly string[] Some = ["--peer", "in-house", "--scenario", "IKEV2-RETRANSMIT-00*"];

    [Test]
    public async Task Baseline_MadeByARun_LetsTheNextOneThroughAndStopsAWorseOne()
    {
        using var folder = new TemporaryFolder();
        var baseline = folder.File("accepted.json");
        var first = await CommandProcess.Run(["run", .. Some, "--results", folder.File("1"), "--baseline", baseline, "--update-baseline"]);
        var second = await CommandProcess.Run(["run", .. Some, "--results", folder.File("2"), "--baseline", baseline]);
        // A worse run: whoever accepts a pass alone refuses what is no longer judged.
        var results = ResultsFile.Read(folder.File("2/results.json"));
        var worse = results with { Results = [.. results.Results.Select(result => result with { Verdict = Verdict.Unsupported })] };
        Directory.CreateDirectory(folder.File("3"));
        ResultsFile.Write(worse, folder.File("3/results.json"));
        var diff = await CommandProcess.Run("diff", baseline, folder.File("3"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.ExitCode, Is.EqualTo(ExitCode.AsExpected), first.Error);
            Assert.That(await File.ReadAllTextAsync(baseline), Does.Contain("\"IKEV2-RETRANSMIT-001\": \"pass\""));
            Assert.That(second.ExitCode, Is.EqualTo(ExitCode.AsExpected), second.Error);
            Assert.That(second.Output, Does.Contain($"baseline: 0 worse, 0 better, 0 new, 0 gone, {results.Results.Length} the same"));
            Assert.That(diff.ExitCode, Is.EqualTo(ExitCode.UnexpectedVerdicts));
            Assert.That(diff.Output, Does.Contain("worse   IKEV2-RETRANSMIT-001 against in-house: pass → unsupported"));
            Assert.That(new RunGate(new(Baseline.Read(baseline)), null).ExitCodeOf(worse), Is.EqualTo(ExitCode.UnexpectedVerdicts));
        }
    }

    [Test]
    public async Task Annotations_OfARunWithoutFault_AreNone()
    {
        using var folder = new TemporaryFolder();
        var run = await CommandProcess.Run(["run", .. Some, "--results", folder.File("1"), "--annotations", "github"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.AsExpected), run.Error);
        Assert.That(run.Output, Does.Not.Contain("::error"));
    }

    [TestCase("--update-baseline needs --baseline FILE", "run", "--update-baseline")]
    [TestCase("is the record of a run, which is not changed", "run", "--update-baseline", "--baseline", "x/results.json")]
    [TestCase("There is no file nowhere", "diff", "nowhere", "nowhere")]
    [TestCase("--retries takes a whole number from 0 to 5, not '6'", "run", "--retries", "6")]
    public async Task WrongOptions_AreUsageErrors(string says, params string[] arguments) => (await CommandProcess.Run(arguments)).IsRefusal(ExitCode.Usage, says);
}
