using Conformance.Evidence;
using Conformance.Implementations;
using Conformance.Interop;
using Conformance.Results;
using Conformance.Testing;

namespace Conformance.Scenarios;

/// <summary>One scenario under way against one implementation: who takes part, what was seen, what was found.</summary>
public sealed class ScenarioContext
{
    private Tester? _tester;
    private Stack? _stack;
    private KeyedStack? _keyed;

    internal ScenarioContext(ScenarioDescriptor scenario, IImplementation implementation, Recorder recorder, ulong seed, CancellationToken cancellation)
    {
        Scenario = scenario;
        Implementation = implementation;
        Recorder = recorder;
        Seed = seed;
        Cancellation = cancellation;
    }

    public ScenarioDescriptor Scenario { get; }

    public IImplementation Implementation { get; }

    public Recorder Recorder { get; }

    /// <summary>All random choices of the scenario follow from it.</summary>
    public ulong Seed { get; }

    public CancellationToken Cancellation { get; }

    /// <summary>The policy that the implementation was configured with last.</summary>
    public ConnectionPolicy Policy { get; private set; } = new();

    /// <summary>The scripted endpoint; attached to the implementation's network when first asked for.</summary>
    public Tester Tester => _tester ??= new(this);

    /// <summary>The in-house stack in the tester's place, with the policy configured last; attached when first asked for.</summary>
    public Stack Stack => _stack ??= new(this);

    /// <summary>Gives the implementation a policy. What it can't express ends the scenario as unsupported.</summary>
    public async Task Configure(ConnectionPolicy policy)
    {
        Recorder.Command($"configure connection '{policy.Name}'");
        Policy = policy.For(Implementation);
        await Implementation.Configure(Policy, Cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Keys both ends by hand: the implementation, and the in-house stack in the tester's place. What the implementation can't express, or refuses, ends the
    /// scenario as unsupported.
    /// </summary>
    public async Task<KeyedStack> Meet(ManualConfiguration configuration)
    {
        await Install(configuration).ConfigureAwait(false);
        return _keyed = new(this, configuration);
    }

    /// <summary>Keys the implementation by hand. What it can't express, or refuses, ends the scenario as unsupported.</summary>
    public async Task Install(ManualConfiguration configuration)
    {
        Recorder.Command($"install {configuration.Associations.Count()} SAs and {configuration.Policies.Length} policies");
        await Implementation.Install(configuration, Cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// An expectation that stands for a requirement. If it does not hold, it is a finding: for a MUST the scenario ends as failed, for a SHOULD it goes on
    /// with a warning.
    /// </summary>
    /// <param name="requirement">One of those that the scenario covers.</param>
    public void Check(string requirement, bool holds, string expected, string actual, params ReadOnlySpan<FieldDifference> fields)
    {
        var known = Scenario.Covers.FirstOrDefault(candidate => candidate.Id == requirement)
            ?? throw new CatalogueException($"scenario {Scenario.Id} checks {requirement}, which it does not say that it covers");
        Recorder.Check($"{requirement}: {expected}", holds ? "" : actual, holds);
        if (holds)
            return;
        var verdict = known.IsAbsolute ? Verdict.Fail : Verdict.Warning;
        Recorder.Finding(new(requirement, verdict, expected, actual, [.. fields]));
        if (known.IsAbsolute)
            throw new ScenarioStopped(Verdict.Fail, $"expected: {expected}; actual: {actual}");
    }

    /// <summary>Ends the scenario because what it needs first did not come about: nothing can be said of its requirements.</summary>
    public void Inconclusive(string reason)
    {
        Recorder.Check(reason, "", false);
        throw new ScenarioStopped(Verdict.Inconclusive, reason);
    }

    /// <summary>Ends the scenario as failed where no single requirement says it: what the implementation did leaves it of no use.</summary>
    public void Fail(string reason)
    {
        Recorder.Check(reason, "", false);
        Recorder.Finding(new("", Verdict.Fail, "the implementation works on as before", reason, []));
        throw new ScenarioStopped(Verdict.Fail, reason);
    }

    public void Note(string text) => Recorder.Note(text);

    internal void Close()
    {
        _tester?.Dispose();
        _stack?.Dispose();
        _keyed?.Dispose();
    }
}
