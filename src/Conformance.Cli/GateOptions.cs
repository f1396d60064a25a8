using System.CommandLine;
using Conformance.Results;

namespace Conformance.Cli;

/// <summary>The options of <c>run</c> that decide what fails it.</summary>
internal sealed class GateOptions
{
    private readonly Option<string?> _baseline = new("--baseline")
    {
        HelpName = "FILE",
        Description = "Compare with the verdicts of this results.json or baseline: only what is worse fails the run; what it doesn't have is judged by fixtures/expectations/.",
    };

    private readonly Option<bool> _update = new("--update-baseline") { Description = "After the run write its verdicts into the --baseline FILE, made if need be; verdicts of what was not run stay. Nothing fails then but what could not run." };

    private readonly Option<bool> _failOnFlaky = new("--fail-on-flaky") { Description = "Fail the run for results that came only when repeated, too. Without it they are shown and counted." };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _baseline, _update, _failOnFlaky })
            command.Options.Add(option);
    }

    /// <summary>What decides; a baseline that is to be updated does not.</summary>
    /// <exception cref="CommandFailure">The options don't fit together.</exception>
    /// <exception cref="ResultsFileException">The baseline can't be read.</exception>
    public RunGate Read(ParseResult parsed)
    {
        var path = parsed.GetValue(_baseline);
        var failOnFlaky = parsed.GetValue(_failOnFlaky);
        if (!parsed.GetValue(_update))
            return new(new(path is null ? null : Baseline.Read(path), failOnFlaky), null);
        if (path is null)
            throw CommandFailure.Usage("--update-baseline needs --baseline FILE.");
        if (Path.GetFileName(path) == ResultsFile.FileName)
            throw CommandFailure.Usage($"{path} is the record of a run, which is not changed: name another file for the baseline.");
        return new(new(FailOnFlaky: failOnFlaky), new(path, File.Exists(path) ? Baseline.Read(path) : Baseline.Empty));
    }
}

/// <summary>The gate, and the baseline that the run is to change.</summary>
/// <param name="Update">Null for none.</param>
internal sealed record RunGate(Gate Gate, BaselineUpdate? Update)
{
    public int ExitCodeOf(RunResults results) => Update is not null || Gate.Refused(results).IsEmpty ? ExitCode.AsExpected : ExitCode.UnexpectedVerdicts;

    /// <summary>Writes the baseline if one is to be written, and says what the comparison with it gave.</summary>
    public IEnumerable<string> Conclude(RunResults results)
    {
        if (Update is { } update)
        {
            File.WriteAllText(update.Path, update.Before.With(results).Write());
            yield return $"baseline: {Path.GetFullPath(update.Path)}";
        }
        else if (Gate.Baseline is { } baseline)
        {
            // What this run did not try is not gone.
            var comparison = VerdictComparison.Of(baseline, Baseline.Of(results)) with { Gone = [] };
            foreach (var line in Reports.ComparisonReport.Text(comparison).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                yield return $"baseline: {line}";
        }
    }
}

/// <param name="Before">What was in the file.</param>
internal sealed record BaselineUpdate(string Path, Baseline Before);
