using Conformance.Reports;
using Conformance.Results;
using Spectre.Console;

namespace Conformance.Cli;

/// <summary>What a run ends with on the console.</summary>
internal static class Summary
{
    /// <param name="lines">What else there is to say.</param>
    public static void Write(RunResults results, RunExperiments experiments, IEnumerable<string> lines, string index, Terminal terminal)
    {
        terminal.Out.WriteLine();
        var rich = terminal.IsInteractive ? terminal.Rich() : null;
        foreach (var line in ConsoleSummary.Of(results).ToLines())
        {
            if (rich is not null && VerdictStyle.OfLine(line) is { } style)
                rich.WriteLine(line, style);
            else
                terminal.Out.WriteLine(line);
        }
        foreach (var experiment in experiments.All)
        {
            terminal.Out.WriteLine($"experiment {experiment.Name}: {(experiment.Broken.Count == 0 ? Verdict.Pass : Verdict.Fail).Word}");
            foreach (var sentence in experiment.Broken)
                terminal.Out.WriteLine($"  {sentence}");
        }
        foreach (var line in lines)
            terminal.Out.WriteLine(line);
        terminal.Out.WriteLine($"report: {index}");
    }
}
