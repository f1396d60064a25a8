using Conformance.Implementations;
using Conformance.Scenarios;

[assembly: ScenarioSuite("Ikev2")]
[assembly: Needs(Capability.IkeV2)]
[assembly: NUnit.Framework.Parallelizable(NUnit.Framework.ParallelScope.All)]
[assembly: NUnit.Framework.FixtureLifeCycle(NUnit.Framework.LifeCycle.InstancePerTestCase)]
