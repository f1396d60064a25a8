using Conformance.Evidence;
using Conformance.Implementations;
using Conformance.InHouse;
using Conformance.Results;
using Conformance.Runs;
using Conformance.Scenarios;
using Conformance.Tests.Evidence;
using Conformance.Tests.Suites;

namespace Conformance.Tests.Runs;

/// <summary>Live scenarios that are not as expected are repeated, and never come out as if nothing had been.</summary>
public sealed class RetryTests
{
    [Test]
    public async Task FailsOnceThenPasses_IsFlakyAndKeepsBothEvidences()
    {
        using var folder = new TemporaryFolder();
        var result = await Run(new FailsAtFirst(1), live: true, retries: 1, folder.Path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(result.Outcome, Is.EqualTo("pass (flaky)"));
            Assert.That(result.IsAsExpected);
            Assert.That(result.OtherAttempts.Select(attempt => attempt.Verdict), Is.EqualTo(new[] { Verdict.Error }));
            Assert.That(result.Explanation, Is.EqualTo("attempt 1: error: broken this time"));
            Assert.That(result.Evidence.Capture, Is.Not.EqualTo(result.OtherAttempts[0].Evidence.Capture));
            Assert.That(folder.File(result.Evidence.Capture!), Does.Exist);
            Assert.That(folder.File(result.OtherAttempts[0].Evidence.Capture!), Does.Exist);
        }
    }

    [Test]
    public async Task FailsAlways_FailsWithItsAttempts()
    {
        var result = await Run(new FailsAtFirst(9), live: true, retries: 2);
        Assert.That(result.Outcome, Is.EqualTo("error"));
        Assert.That(result.OtherAttempts, Has.Length.InRange(1, 2), "an implementation that broke twice running is not started again");
    }

    /// <summary>The second attempt breaks: an error does not hide what the first one saw.</summary>
    [Test]
    public async Task SeenBrokenOnce_StaysBroken()
    {
        var defect = Conformance.Defects.DefectCatalogue.All.Single(defect => defect.Name == "delete-not-answered-in-kind");
        var result = await Run(new FailsFrom(2, new InHouseDriver(defect)), live: true, retries: 1, scenario: "IKEV2-DELETE-001");
        Assert.That(result.Outcome, Is.EqualTo("fail"));
        Assert.That(result.OtherAttempts.Select(attempt => attempt.Verdict), Is.EqualTo(new[] { Verdict.Error }));
    }

    [TestCase(false, 1)]
    [TestCase(true, 0)]
    public async Task InMemoryOrWithoutRetries_IsNotRepeated(bool live, int retries)
    {
        var result = await Run(new FailsAtFirst(1), live, retries);
        Assert.That(result.Outcome, Is.EqualTo("error"));
        Assert.That(result.OtherAttempts, Is.Empty);
    }

    private static async Task<ScenarioResult> Run(IImplementationDriver driver, bool live, int retries, string? folder = null, string scenario = "IKEV2-RETRANSMIT-001")
    {
        var plan = new RunPlan([new(driver, [AllSuites.Find(scenario)], live, Instances: 1, FreshForEach: false)]);
        var runner = new Runner(plan, new ScenarioExecutor(folder is null ? null : new EvidenceFolder(folder)), new Silent(), retries);
        await runner.Run(default);
        return runner.Results.Single();
    }

    /// <summary>The in-house stack, which can't be configured the first times.</summary>
    private sealed class FailsAtFirst(int times) : IImplementationDriver
    {
        private readonly InHouseDriver _inner = new();
        private int _left = times;

        public string Name => _inner.Name;

        public Task<string?> Obstacle(CancellationToken cancellation) => Task.FromResult<string?>(null);

        public async Task<IImplementation> Start(int instance, IProgress<string> progress, CancellationToken cancellation)
        {
            var implementation = await _inner.Start(instance, progress, cancellation);
            return _left-- > 0 ? new Unconfigurable(implementation) : implementation;
        }
    }

    /// <summary>An implementation that can't be configured from some time on.</summary>
    private sealed class FailsFrom(int configuration, InHouseDriver inner) : IImplementationDriver
    {
        private int _configurations;

        public string Name => inner.Name;

        public Task<string?> Obstacle(CancellationToken cancellation) => Task.FromResult<string?>(null);

        public async Task<IImplementation> Start(int instance, IProgress<string> progress, CancellationToken cancellation) =>
            new Unconfigurable(await inner.Start(instance, progress, cancellation)) { IsBroken = () => ++_configurations >= configuration };
    }

    private sealed class Unconfigurable(IImplementation inner) : IImplementation
    {
        public Func<bool> IsBroken { get; init; } = () => true;

        public ImplementationDescription Description => inner.Description;

        public Capabilities Capabilities => inner.Capabilities;

        public Ipsec.Host.Links.INetwork Network => inner.Network;

        public Topology Topology => inner.Topology;

        public string RenderedConfiguration => inner.RenderedConfiguration;

        public Task Configure(ConnectionPolicy policy, CancellationToken cancellation) =>
            IsBroken() ? throw new ImplementationFailedException("broken this time") : inner.Configure(policy, cancellation);

        public Task Install(ManualConfiguration configuration, CancellationToken cancellation) => inner.Install(configuration, cancellation);

        public Task Initiate(CancellationToken cancellation) => inner.Initiate(cancellation);

        public Task Terminate(CancellationToken cancellation) => inner.Terminate(cancellation);

        public Task<System.Collections.Immutable.ImmutableArray<SecurityAssociationInfo>> SecurityAssociations(CancellationToken cancellation) => inner.SecurityAssociations(cancellation);

        public Task<bool> IsAlive(CancellationToken cancellation) => inner.IsAlive(cancellation);

        public Task<string> Log(CancellationToken cancellation) => inner.Log(cancellation);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class Silent : IRunObserver
    {
        public void Progress(string implementation, string text)
        {
        }

        public void Ready(ImplementationDescription implementation, bool live)
        {
        }

        public void Finished(ScenarioResult result)
        {
        }

        public void Failed(string implementation, string reason)
        {
        }
    }
}
