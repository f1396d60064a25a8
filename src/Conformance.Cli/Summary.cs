using Conformance.Reports;
using Conformance.Results;
using Spectre.Console;

namespace Conformance.Cli;

/// <summary>What a run ends with on the console.</summary>
internal static class Summary
{
    public static void Write(RunResults results, string index, Terminal terminal)
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
        terminal.Out.WriteLine($"report: {index}");
    }
}
