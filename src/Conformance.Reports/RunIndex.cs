using Conformance.Results;

namespace Conformance.Reports;

/// <summary>Look-ups over a run that several reports need.</summary>
internal sealed class RunIndex
{
    private readonly Dictionary<(string Scenario, string Implementation), ScenarioResult> _results = [];
    private readonly Dictionary<string, ScenarioRecord> _scenarios = [];

    public RunIndex(RunResults run)
    {
        Run = run;
        foreach (var scenario in run.Scenarios)
        {
            _scenarios[scenario.Id] = scenario;
        }

        foreach (var result in run.Results)
        {
            _results[(result.Scenario, result.Implementation)] = result;
        }

        Suites = [.. run.Scenarios.Where(s => run.Implementations.Any(i => Find(s.Id, i.Name) is not null)).GroupBy(s => s.Suite)];
        NeedsAttention = [.. run.Results.Where(r => r.NeedsAttention).OrderBy(r => r.IsAsExpected).ThenByDescending(r => r.Verdict)];
        ExpectedDeviations = [.. run.Results.Where(r => r.Standing == Standing.Expected)];
    }

    public RunResults Run { get; }

    /// <summary>Scenarios that have a result, by suite, both in the catalogue's order.</summary>
    public IReadOnlyList<IGrouping<string, ScenarioRecord>> Suites { get; }

    /// <summary>Results that a reader has to look at: unexpected ones first, worst first.</summary>
    public IReadOnlyList<ScenarioResult> NeedsAttention { get; }

    /// <summary>Results that deviate as was written down, in the run's order.</summary>
    public IReadOnlyList<ScenarioResult> ExpectedDeviations { get; }

    public ScenarioResult? Find(string scenario, string implementation) => _results.GetValueOrDefault((scenario, implementation));

    public ScenarioRecord Scenario(ScenarioResult result) => _scenarios[result.Scenario];

    public ImplementationRecord Implementation(ScenarioResult result) => Run.Implementations.First(i => i.Name == result.Implementation);

    /// <summary>Results of one implementation, of one suite or of all.</summary>
    public IEnumerable<ScenarioResult> Results(string implementation, IEnumerable<ScenarioRecord>? scenarios = null) =>
        (scenarios ?? Run.Scenarios).Select(s => Find(s.Id, implementation)).OfType<ScenarioResult>();

    /// <summary>How many results have each verdict, expected and unexpected ones apart; best verdict first, and none without results.</summary>
    public static IReadOnlyList<VerdictCount> Count(IEnumerable<ScenarioResult> results) =>
        [.. results.GroupBy(r => (r.Verdict, r.Standing)).OrderBy(g => g.Key).Select(g => new VerdictCount(g.Key.Verdict, g.Key.Standing, g.Count()))];
}
