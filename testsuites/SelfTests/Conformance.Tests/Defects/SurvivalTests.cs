using Conformance.InHouse;
using Conformance.Results;
using Conformance.Scenarios;
using Conformance.Tests.Suites;
using Ipsec.Dataplane;
using Ipsec.Host;

namespace Conformance.Tests.Defects;

/// <summary>
/// Scenarios that name no requirement want one thing: that the implementation is still there after what it met. A host that has gone deaf by the end has to
/// fail each of them, or they could not fail at all.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class SurvivalTests
{
    private static IEnumerable<TestCaseData> Scenarios =>
        AllSuites.Catalogue.Scenarios.Where(scenario => scenario.Covers.IsEmpty).Select(scenario => new TestCaseData(scenario).SetArgDisplayNames(scenario.Id));

    [TestCaseSource(nameof(Scenarios))]
    public async Task AHostThatIsDeafAtTheEnd_Fails(ScenarioDescriptor scenario)
    {
        var well = new Ear();
        await Play(scenario, well);
        var result = await Play(scenario, new(deafFrom: well.Heard));
        Assert.That(result.Verdict, Is.EqualTo(Verdict.Fail), $"deaf to the last of {well.Heard} packets: {result.Reason}");
    }

    private static Task<ScenarioResult> Play(ScenarioDescriptor scenario, Ear ear) =>
        new ScenarioExecutor().Execute(scenario, new InHouseDriver(new("deaf", "Nothing is heard any more", "") { Inject = options => options with { PacketFilter = ear } }), default);

    /// <summary>Hears packets up to a number.</summary>
    private sealed class Ear(int deafFrom = int.MaxValue) : IPacketFilter
    {
        public int Heard { get; private set; }

        public ReadOnlySpan<byte> Received(ReadOnlySpan<byte> packet, PacketHandler send) => ++Heard < deafFrom ? packet : [];

        public ReadOnlySpan<byte> Sent(ReadOnlySpan<byte> packet) => packet;
    }
}
