using System.Collections.Immutable;
using Conformance.InHouse;
using Conformance.Runs;
using Conformance.Scenarios;

namespace Conformance.Tests.Runs;

internal sealed class ShardTests
{
    [TestCase(1), TestCase(2), TestCase(3), TestCase(20)]
    public void Shards_CoverEveryPairOnce(int count)
    {
        ImmutableArray<ScenarioDescriptor> scenarios = [.. Enumerable.Range(0, 7).Select(Scenario)];
        var whole = new RunPlan([.. Enumerable.Range(0, 2).Select(_ => new PlannedImplementation(new InHouseDriver(), scenarios, false, 1, true))]);

        var parts = Enumerable.Range(1, count).Select(index => new Shard(index, count).Cut(whole)).ToList();

        Assert.That(parts.SelectMany(part => part.Implementations).SelectMany(planned => planned.Scenarios), Is.EquivalentTo(scenarios.Concat(scenarios)));
        Assert.That(parts.Max(part => part.Count) - parts.Min(part => part.Count), Is.LessThanOrEqualTo(1));
    }

    [TestCase("2/4", ExpectedResult = true)]
    [TestCase("1/1", ExpectedResult = true)]
    [TestCase("0/4", ExpectedResult = false)]
    [TestCase("5/4", ExpectedResult = false)]
    [TestCase("-1/4", ExpectedResult = false)]
    [TestCase("1", ExpectedResult = false)]
    [TestCase("1/2/3", ExpectedResult = false)]
    [TestCase("", ExpectedResult = false)]
    public bool Text_IsShardOrNot(string text) => Shard.Parse(text) is not null;

    private static ScenarioDescriptor Scenario(int number) =>
        new($"A-B-{number:000}", "", "", [], [], null!, new("", 0));
}
