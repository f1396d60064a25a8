using Conformance.Implementations;
using Conformance.Testing;

namespace Conformance.Scenarios;

/// <summary>Base of all classes that hold scenarios. An instance lives for one scenario; it does not know whom it judges.</summary>
public abstract class ScenarioFixture
{
    private ScenarioContext? _context;

    /// <summary>Everything about the scenario under way.</summary>
    /// <exception cref="InvalidOperationException">Outside a scenario.</exception>
    protected ScenarioContext Context => _context ?? throw new InvalidOperationException("no scenario is under way");

    /// <summary>The scripted endpoint.</summary>
    protected Tester Tester => Context.Tester;

    protected IImplementation Iut => Context.Implementation;

    /// <summary>The addresses that the policy under way is for.</summary>
    protected Topology Places => Iut.Topology.Of(Context.Policy);

    internal void Enter(ScenarioContext context) => _context = context;
}
