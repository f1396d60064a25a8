using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;

namespace Conformance.Runs;

/// <summary>What a run will do: scenarios against implementations.</summary>
public sealed record RunPlan(ImmutableArray<PlannedImplementation> Implementations)
{
    public int Count => Implementations.Sum(planned => planned.Scenarios.Length);
}

/// <param name="Live">Outside this process, on real time.</param>
/// <param name="Instances">How many of it run side by side.</param>
/// <param name="FreshForEach">A new instance for each scenario, because it costs nothing, instead of one that is reused.</param>
public sealed record PlannedImplementation(
    IImplementationDriver Driver, ImmutableArray<ScenarioDescriptor> Scenarios, bool Live, int Instances, bool FreshForEach);
