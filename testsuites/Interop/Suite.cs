using Conformance.Implementations;
using Conformance.Scenarios;

[assembly: ScenarioSuite("Interop")]
[assembly: Needs(Capability.IkeV2)]
[assembly: NUnit.Framework.Parallelizable(NUnit.Framework.ParallelScope.All)]
[assembly: NUnit.Framework.FixtureLifeCycle(NUnit.Framework.LifeCycle.InstancePerTestCase)]
