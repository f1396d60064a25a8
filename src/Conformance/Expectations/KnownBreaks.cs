using Conformance.Results;

namespace Conformance.Expectations;

/// <summary>Tells what a verdict would be without the rules that are known to be broken: where that is what was to be expected, so is the verdict.</summary>
/// <param name="expectations">Null for none.</param>
public sealed class KnownBreaks(ExpectationCatalogue? expectations, string implementation, string scenario, DateOnly today)
{
    private readonly List<Expectation> _known = [];

    /// <summary>The verdict without known breaks.</summary>
    public required Verdict Rest { get; set; }

    /// <summary>Takes a broken rule into account.</summary>
    public void Count(FindingRecord finding)
    {
        if (expectations?.FindBreak(implementation, scenario, finding.Rule!, today) is { } known)
            _known.Add(known);
        else if (finding.Verdict > Rest)
            Rest = finding.Verdict;
    }

    /// <summary>The result, with its verdict as the one that was expected where only what is known makes the difference.</summary>
    public ScenarioResult Expect(ScenarioResult result)
    {
        if (_known.Count == 0 || result.Verdict == Rest || Rest != (result.Expected?.Verdict ?? Verdict.Pass))
            return result;
        var reasons = _known.Select(known => known.Reason);
        return result with { Expected = new(result.Verdict, string.Join(' ', result.Expected is { } other ? [other.Reason, .. reasons] : reasons), _known[0].Link) };
    }
}
