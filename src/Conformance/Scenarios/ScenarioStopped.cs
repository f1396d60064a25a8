using Conformance.Results;

namespace Conformance.Scenarios;

/// <summary>Ends a scenario with a verdict. The reason is one sentence.</summary>
public sealed class ScenarioStopped(Verdict verdict, string reason) : Exception(reason)
{
    public Verdict Verdict { get; } = verdict;
}
