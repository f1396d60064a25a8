using Conformance.Implementations;
using Conformance.Results;
using Conformance.Runs;

namespace Conformance.Cli;

/// <summary>A line for everything that happens: for logs, pipes and CI.</summary>
internal sealed class PlainProgress(RunPlan plan, TextWriter output) : IProgressView
{
    private readonly ResultLine _lines = new(plan);

    public Task Follow(Func<Task> run) => run();

    public void Progress(string implementation, string text) => Write($"{implementation}: {PeerText.Without(implementation, text)}");

    public void Ready(ImplementationDescription implementation, bool live) =>
        Write($"{implementation.Name}: {implementation.Product}, ESP by {implementation.DataPlane}, {(live ? "live" : "in memory")}");

    /// <summary>What a peer does not declare is summed up at the end: with hundreds of scenarios it would bury the rest.</summary>
    public void Finished(ScenarioResult result)
    {
        if (result.Verdict != Verdict.Unsupported)
            Write(_lines.Of(result));
    }

    public void Failed(string implementation, string reason) => Write($"{implementation}: could not be run: {reason}");

    private void Write(string line)
    {
        output.WriteLine(ResultLine.OneLine(line));
        output.Flush();
    }
}

/// <summary>What drivers say of themselves.</summary>
internal static class PeerText
{
    /// <summary>The text without the peer's name, which some drivers put in front.</summary>
    public static string Without(string name, string text) => text.StartsWith($"{name}: ", StringComparison.Ordinal) ? text[(name.Length + 2)..] : text;
}
