using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Profiles;
using Conformance.Runs;
using Conformance.Scenarios;

namespace Conformance.Cli;

/// <summary>Makes a plan of what the user asked for and of what can run here.</summary>
/// <param name="named">The peers that were asked for by name; none means the default plan: all of them, without those that can't run here.</param>
/// <param name="withoutLive">Only what needs no container.</param>
/// <param name="liveInstances">Instances of each live peer.</param>
/// <param name="profile">How all of them are seen; null for what their drivers say.</param>
internal sealed class PlanMaker(KnownPeers peers, ImmutableArray<string> named, bool withoutLive, int liveInstances, Profile? profile)
{
    /// <summary>The plan, and a sentence for each thing that is not in it.</summary>
    /// <exception cref="CommandFailure">A named peer can't run here.</exception>
    public async Task<(RunPlan Plan, ImmutableArray<string> LeftOut)> Make(ImmutableArray<ScenarioDescriptor> scenarios, CancellationToken cancellation)
    {
        var plan = ImmutableArray.CreateBuilder<PlannedImplementation>();
        var obstacles = new List<(string Peer, string Obstacle)>();
        foreach (var name in Chosen())
        {
            var driver = Driver(name);
            if (await driver.Obstacle(cancellation) is not { } obstacle)
                plan.Add(Planned(driver, scenarios));
            else if (named.IsEmpty)
                obstacles.Add((name, obstacle));
            else
                throw CommandFailure.CouldNotRun($"{name} can't be run: {obstacle}");
        }
        if (withoutLive)
            obstacles.AddRange(KnownPeers.Live.Select(name => (name, "--no-live was given.")));
        return (new(plan.ToImmutable()), Sentences(obstacles));
    }

    /// <summary>What the plan would be if everything could run here; nothing is asked, nothing is started.</summary>
    public RunPlan MakeUnchecked(ImmutableArray<ScenarioDescriptor> scenarios) =>
        new([.. Chosen().Select(name => Planned(Driver(name), scenarios))]);

    private IImplementationDriver Driver(string name) => profile is null ? peers.Driver(name) : new ProfiledDriver(peers.Driver(name), profile);

    private IEnumerable<string> Chosen() =>
        (named.IsEmpty ? KnownPeers.All : named.Distinct()).Where(name => !withoutLive || !KnownPeers.IsLive(name));

    private PlannedImplementation Planned(IImplementationDriver driver, ImmutableArray<ScenarioDescriptor> scenarios) =>
        KnownPeers.IsLive(driver.Name)
            ? new(driver, scenarios, Live: true, liveInstances, FreshForEach: false)
            : new(driver, scenarios, Live: false, Environment.ProcessorCount, FreshForEach: true);

    /// <summary>One sentence for all peers that the same thing stops.</summary>
    private static ImmutableArray<string> Sentences(IEnumerable<(string Peer, string Obstacle)> obstacles) =>
    [
        .. obstacles.GroupBy(entry => entry.Obstacle, entry => entry.Peer).Select(group => $"{string.Join(", ", group)}: {group.Key}"),
    ];
}
