using Conformance.Scenarios;
using Ipsec.Crypto;

namespace Conformance.Suites.Dataplane;

public sealed class Matrix : ScenarioFixture
{
    internal static IEnumerable<ScenarioCase> Scenarios =>
        Cells.All.Select(cell => new ScenarioCase(cell.Id, cell.Title, cell, [.. cell.Covers()], [.. cell.Needs()]));

    [Scenarios(nameof(Scenarios))]
    public async Task Exchange(Cell cell)
    {
        await Context.Install(cell.Configuration(Iut.Topology, RandomSource.Seeded(Context.Seed)));
    }
}
