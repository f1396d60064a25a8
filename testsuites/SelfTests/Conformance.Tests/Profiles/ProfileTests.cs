using System.Collections.Concurrent;
using Conformance.Implementations;
using Conformance.InHouse;
using Conformance.Profiles;
using Conformance.Results;
using Conformance.Scenarios;
using Conformance.Tests.Suites;

namespace Conformance.Tests.Profiles;

public sealed class ProfileTests
{
    [Test]
    public void File_WithAllKeys_IsRead()
    {
        var profile = Parse("responseTime: 10\nsilenceTime: 0.5\nwithout: [TransportMode, ModpGroups]\nouter: ipv6\n");
        Assert.That(profile.ResponseTime, Is.EqualTo(TimeSpan.FromSeconds(10)));
        Assert.That(profile.SilenceTime, Is.EqualTo(TimeSpan.FromSeconds(0.5)));
        Assert.That(profile.Without, Is.EqualTo(new[] { Capability.TransportMode, Capability.ModpGroups }));
        Assert.That(profile.OuterIpv6, Is.True);
    }

    [TestCase("responseTme: 10\n", "p.yaml:1: unknown key 'responseTme'")]
    [TestCase("silenceTime: 1\nresponseTime: -3\n", "p.yaml:2: '-3' is no number of seconds")]
    [TestCase("responseTime: 1e9\n", "p.yaml:1: '1e9' is no number of seconds")]
    [TestCase("without:\n  - Telepathy\n", "p.yaml:2: unknown capability 'Telepathy'")]
    [TestCase("without: yes\n", "p.yaml:1:")]
    [TestCase("outer: ipv5\n", "p.yaml:1: 'ipv5' is no family")]
    [TestCase("- a\n- b\n", "p.yaml:1:")]
    [TestCase("", "p.yaml:1:")]
    public void File_Malformed_IsRefusedWithFileAndLine(string yaml, string message) =>
        Assert.That(() => Parse(yaml), Throws.TypeOf<CatalogueException>().With.Message.Contains(message));

    [Test]
    public void File_Missing_IsNamed() =>
        Assert.That(() => ProfileFile.Read("/nowhere/p.yaml"), Throws.TypeOf<CatalogueException>().With.Message.Contains("/nowhere/p.yaml"));

    [Test]
    public async Task Capability_TakenAway_MakesScenariosUnsupported()
    {
        var driver = new ProfiledDriver(new InHouseDriver(), Parse("without: [TransportMode]\n"));
        var result = await new ScenarioExecutor().Execute(AllSuites.Find("ESP-TRANSPORT-001"), driver, default);
        Assert.That(result.Verdict, Is.EqualTo(Verdict.Unsupported));
        Assert.That(result.Reason, Does.Contain("TransportMode"));
    }

    /// <summary>No scenario is bound to a family without saying so.</summary>
    [Test]
    public async Task OuterIpv6_InAllScenariosOfIke_ChangesNoVerdict()
    {
        var driver = new ProfiledDriver(new InHouseDriver(), Parse("outer: ipv6\n"));
        var scenarios = AllSuites.Catalogue.Scenarios.Where(scenario => scenario.Needs.Contains(Capability.IkeV2) && !scenario.Id.Contains("MUT-", StringComparison.Ordinal));
        var others = new ConcurrentBag<string>();
        var executor = new ScenarioExecutor();
        await Parallel.ForEachAsync(scenarios, async (scenario, cancellation) =>
        {
            var result = await executor.Execute(scenario, driver, cancellation);
            if (result.Verdict != Verdict.Pass)
                others.Add($"{scenario.Id}: {result.Verdict}: {result.Reason}");
        });
        Assert.That(others, Is.Empty);
    }

    private static Profile Parse(string yaml) => ProfileFile.Parse(new StringReader(yaml), "p.yaml");
}
