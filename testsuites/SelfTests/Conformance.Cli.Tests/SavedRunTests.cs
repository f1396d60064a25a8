using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Conformance.Evidence;
using Conformance.Expectations;
using Conformance.Experiments;
using Conformance.Implementations;
using Conformance.InHouse;
using Conformance.Results;
using Conformance.Runs;
using Conformance.Scenarios;

namespace Conformance.Cli.Tests;

/// <summary>Runs that end otherwise than planned: what was gained is kept, and the exit code says how it ended.</summary>
internal sealed partial class SavedRunTests
{
    private StringWriter _output = new();

    [SetUp]
    public void ClearOutput() => _output = new();

    [Test]
    public async Task CancelledRun_KeepsResultsAsIncomplete()
    {
        using var folder = new TemporaryFolder();
        using var user = new CancellationTokenSource();
        var exitCode = await Execute(folder, new InHouseDriver(), finished => user.Cancel(), user.Token);

        var written = ResultsFile.Read(Path.Combine(folder.Path, "results.json"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exitCode, Is.EqualTo(ExitCode.Cancelled));
            Assert.That(written.Incomplete);
            Assert.That(written.Results, Has.Length.EqualTo(1));
            Assert.That(written.Scenarios, Has.Length.GreaterThan(1));
            Assert.That(Path.Combine(folder.Path, "index.html"), Does.Exist);
            Assert.That(_output.ToString(), Does.Contain("The run was cut short"));
        }
    }

    [Test]
    public async Task ImplementationThatDoesNotStart_IsHarnessFailureWithErrors()
    {
        using var folder = new TemporaryFolder();
        var exitCode = await Execute(folder, new BrokenDriver(new ImplementationFailedException("no such thing")), _ => { }, CancellationToken.None);

        var written = ResultsFile.Read(Path.Combine(folder.Path, "results.json"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exitCode, Is.EqualTo(ExitCode.CouldNotRun));
            Assert.That(written.Results.Select(result => result.Verdict), Is.Not.Empty.And.All.EqualTo(Verdict.Error));
            Assert.That(_output.ToString(), Does.Contain("broken: could not be run: no such thing"));
        }
    }

    [Test]
    public void FullDisk_EndsRunWithItsOwnException()
    {
        using var folder = new TemporaryFolder();
        var full = new IOException("No space left on device");
        Assert.That(
            async () => await Execute(folder, new BrokenDriver(full), _ => { }, CancellationToken.None),
            Throws.Exception.SameAs(full));
        Assert.That(ResultsFile.Read(Path.Combine(folder.Path, "results.json")).Incomplete);
    }

    [TestCase(Verdict.Pass, ExitCode.AsExpected)]
    [TestCase(Verdict.Skipped, ExitCode.AsExpected)]
    [TestCase(Verdict.Unsupported, ExitCode.AsExpected)]
    [TestCase(Verdict.Warning, ExitCode.AsExpected)]
    [TestCase(Verdict.Inconclusive, ExitCode.UnexpectedVerdicts)]
    [TestCase(Verdict.Fail, ExitCode.UnexpectedVerdicts)]
    [TestCase(Verdict.Error, ExitCode.UnexpectedVerdicts)]
    public void Verdict_DecidesExitCode(Verdict verdict, int exitCode)
    {
        var result = new ScenarioResult { Scenario = "A-B-001", Implementation = "x", Verdict = verdict, Started = default, DurationMs = 0 };
        var results = RunHeader.Begin("run", 1, []).With([], [], [result], incomplete: false);
        Assert.That(new RunGate(new(), null).ExitCodeOf(results), Is.EqualTo(exitCode));
    }

    [TestCase(Verdict.Fail, ExitCode.AsExpected, "fail (expected)  ")]
    [TestCase(Verdict.Pass, ExitCode.UnexpectedVerdicts, "pass, but fail was expected  ")]
    [TestCase(Verdict.Warning, ExitCode.UnexpectedVerdicts, "warning, but fail was expected  ")]
    public void VerdictWhereFailWasExpected_DecidesExitCodeAndLine(Verdict verdict, int exitCode, string line)
    {
        var result = new ScenarioResult
        {
            Scenario = "A-B-001", Implementation = "x", Verdict = verdict, Started = default, DurationMs = 0, Expected = new(Verdict.Fail, "known"),
        };
        new PlainProgress(new([]), _output).Finished(result);
        Assert.That(new RunGate(new(), null).ExitCodeOf(RunHeader.Begin("run", 1, []).With([], [], [result], incomplete: false)), Is.EqualTo(exitCode));
        Assert.That(_output.ToString(), Does.StartWith(line));
    }

    [Test]
    public async Task PassWhereFailWasExpected_FailsTheRunAndIsSaved()
    {
        using var folder = new TemporaryFolder();
        var expectations = new ExpectationCatalogue([new(InHouseDriver.ShortName, "*", Verdict.Fail, "known", null, null, "x.yaml:1")]);
        var exitCode = await Execute(folder, new InHouseDriver(), _ => { }, CancellationToken.None, expectations);

        var written = ResultsFile.Read(Path.Combine(folder.Path, "results.json"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exitCode, Is.EqualTo(ExitCode.UnexpectedVerdicts));
            Assert.That(written.Results.Select(result => result.Outcome), Is.Not.Empty.And.All.EqualTo("pass, but fail was expected"));
            Assert.That(_output.ToString(), Does.Contain("5 unexpected pass"));
        }
    }

    [Test]
    public async Task Experiments_AreInTheRunsReport_AndItsPagesFollowFromTheirFigures()
    {
        using var folder = new TemporaryFolder();
        var exitCode = await Execute(folder, new InHouseDriver(), _ => { }, CancellationToken.None, experimentSeed: 3);

        string[] pages = ["index.html", .. new[] { "bundles", "one-to-one", "vpn" }.Select(name => $"experiments/{name}/index.html")];
        var written = pages.ToDictionary(page => page, page => File.ReadAllText(Path.Combine(folder.Path, page)));
        foreach (var page in pages)
            File.Delete(Path.Combine(folder.Path, page));
        RunFolder.Of(Path.Combine(folder.Path, "results.json")).WriteReports(ResultsFile.Read(Path.Combine(folder.Path, "results.json")));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(exitCode, Is.EqualTo(ExitCode.AsExpected));
            Assert.That(_output.ToString(), Does.Contain("experiment bundles: pass").And.Contain("experiment one-to-one: pass").And.Contain("experiment vpn: pass"));
            foreach (var page in pages)
            {
                Assert.That(File.ReadAllText(Path.Combine(folder.Path, page)), Is.EqualTo(written[page]), page);
                foreach (Match link in Link().Matches(written[page]))
                    Assert.That(Path.Combine(folder.Path, Path.GetDirectoryName(page)!, link.Groups[1].Value), Does.Exist);
            }
            foreach (var page in pages[1..])
                Assert.That(written["index.html"], Does.Contain($"href=\"{page}\""));
        }
    }

    [Test]
    public async Task FiguresOfABrokenExperiment_FailTheRun()
    {
        using var folder = new TemporaryFolder();
        var figures = new BundleExperiment { Seed = 1 }.Run().Figures;
        var broken = figures with { Cases = [figures.Cases[0] with { Hostile = figures.Cases[0].Hostile with { Readable = 1 } }] };
        Directory.CreateDirectory(folder.File("experiments/bundles"));
        await File.WriteAllTextAsync(folder.File("experiments/bundles/figures.json"), FiguresFile.Write(broken));

        Assert.That(await Execute(folder, new InHouseDriver(), _ => { }, CancellationToken.None), Is.EqualTo(ExitCode.UnexpectedVerdicts));
        Assert.That(_output.ToString(), Does.Contain("experiment bundles: fail").And.Contain("can be read between traveller and gateway"));
    }

    [GeneratedRegex("href=\"([^\"#]+)\"")]
    private static partial Regex Link();

    private async Task<int> Execute(
        TemporaryFolder folder, IImplementationDriver driver, Action<ScenarioResult> finished, CancellationToken cancellation, ExpectationCatalogue? expectations = null, int? experimentSeed = null)
    {
        var scenarios = ScenarioOptions.Catalogue().Scenarios.Take(5).ToImmutableArray();
        var plan = new RunPlan([new(driver, scenarios, Live: false, Instances: 1, FreshForEach: true)]);
        var terminal = new Terminal(_output, _output, IsInteractive: false, AllowsColor: false);
        var view = new Watched(new PlainProgress(plan, _output), finished);
        var session = new RunSession(RunHeader.Begin("run", 1, []), plan, scenarios, new ScenarioExecutor(new EvidenceFolder(folder.Path), expectations: expectations), view);
        return await new SavedRun(session, RunFolder.Create(folder.Path), view, terminal, new(new(), null), experimentSeed: experimentSeed).Execute(cancellation);
    }

    private sealed class Watched(IProgressView inner, Action<ScenarioResult> finished) : IProgressView
    {
        public Task Follow(Func<Task> run) => inner.Follow(run);

        public void Progress(string implementation, string text) => inner.Progress(implementation, text);

        public void Ready(ImplementationDescription implementation, bool live) => inner.Ready(implementation, live);

        public void Finished(ScenarioResult result)
        {
            inner.Finished(result);
            finished(result);
        }

        public void Failed(string implementation, string reason) => inner.Failed(implementation, reason);
    }

    private sealed class BrokenDriver(Exception failure) : IImplementationDriver
    {
        public string Name => "broken";

        public Task<string?> Obstacle(CancellationToken cancellation) => Task.FromResult<string?>(null);

        public Task<IImplementation> Start(int instance, IProgress<string> progress, CancellationToken cancellation) => Task.FromException<IImplementation>(failure);
    }
}
