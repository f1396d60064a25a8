using Conformance.Implementations;
using Conformance.Results;

namespace Conformance.Runs;

/// <summary>Follows a run. Calls come from several threads, one at a time.</summary>
public interface IRunObserver
{
    void Progress(string implementation, string text);

    void Ready(ImplementationDescription implementation, bool live);

    void Finished(ScenarioResult result);

    /// <summary>An implementation could not be started, or not again: its remaining scenarios have no verdict.</summary>
    void Failed(string implementation, string reason);
}
