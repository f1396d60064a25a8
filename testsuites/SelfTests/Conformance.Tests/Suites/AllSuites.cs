using Conformance.Scenarios;

namespace Conformance.Tests.Suites;

/// <summary>The scenarios of all suites, as the command finds them.</summary>
internal static class AllSuites
{
    public static ScenarioCatalogue Catalogue { get; } = ScenarioCatalogue.LoadBeside(AppContext.BaseDirectory);

    public static ScenarioDescriptor Find(string id) => Catalogue.Scenarios.Single(scenario => scenario.Id == id);
}
