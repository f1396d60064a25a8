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
        var profile = Parse("responseTime: 10\nsilenceTime: 0.5\nwithout: [TransportMode, ModpGroups]\n");
        Assert.That(profile.ResponseTime, Is.EqualTo(TimeSpan.FromSeconds(10)));
        Assert.That(profile.SilenceTime, Is.EqualTo(TimeSpan.FromSeconds(0.5)));
        Assert.That(profile.Without, Is.EqualTo(new[] { Capability.TransportMode, Capability.ModpGroups }));
    }

    [TestCase("responseTme: 10\n", "p.yaml:1: unknown key 'responseTme'")]
    [TestCase("silenceTime: 1\nresponseTime: -3\n", "p.yaml:2: '-3' is no number of seconds")]
    [TestCase("responseTime: 1e9\n", "p.yaml:1: '1e9' is no number of seconds")]
    [TestCase("without:\n  - Telepathy\n", "p.yaml:2: unknown capability 'Telepathy'")]
    [TestCase("without: yes\n", "p.yaml:1:")]
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

    private static Profile Parse(string yaml) => ProfileFile.Parse(new StringReader(yaml), "p.yaml");
}
