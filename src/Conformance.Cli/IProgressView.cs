using Conformance.Runs;

namespace Conformance.Cli;

/// <summary>Shows a run to the user while it lasts.</summary>
internal interface IProgressView : IRunObserver
{
    /// <summary>Runs, showing what happens.</summary>
    Task Follow(Func<Task> run);
}
