using Ipsec.Ike.Tests.Simulation;

namespace Ipsec.Host.Tests.Simulation;

/// <summary>
/// Whole hosts through the same random schedules as IKE alone, with traffic in both directions all along. IPSEC_HOST_SCHEDULES sets how many, IPSEC_HOST_SEED the
/// first seed.
/// </summary>
public sealed class HostSimulationTests
{
    private static readonly ScheduleSweep Sweep = new("IPSEC_HOST_SCHEDULES", "IPSEC_HOST_SEED", 60, HostTraits.Schedule, HostRun.Run);

    [Test]
    public void TwoHosts_AnySchedule_ProtectAndDeliver() => Sweep.AssertAllPass();

    [Test]
    public void OneSeed_Twice_RunsTheSame()
    {
        var once = HostRun.Run(HostTraits.Schedule(Sweep.FirstSeed)).Log;
        Assert.That(once, Is.Not.Empty.And.EqualTo(HostRun.Run(HostTraits.Schedule(Sweep.FirstSeed)).Log));
    }
}
