using Conformance.Scenarios;

[assembly: ScenarioSuite("Robustness")]
[assembly: NUnit.Framework.Parallelizable(NUnit.Framework.ParallelScope.All)]
[assembly: NUnit.Framework.FixtureLifeCycle(NUnit.Framework.LifeCycle.InstancePerTestCase)]
