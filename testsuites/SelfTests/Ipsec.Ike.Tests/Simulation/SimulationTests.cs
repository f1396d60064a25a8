namespace Ipsec.Ike.Tests.Simulation;

/// <summary>
/// Random schedules of commands, loss, duplication, reordering, delay and restarts, between ends whose policies agree in all, in part or in nothing.
/// IPSEC_IKE_SCHEDULES sets how many, IPSEC_IKE_SEED the first seed.
/// </summary>
public sealed class SimulationTests
{
    private static readonly ScheduleSweep Sweep = new("IPSEC_IKE_SCHEDULES", "IPSEC_IKE_SEED", 1500, Schedule.FromSeed, SimulatedRun.Run);

    [Test]
    public void TwoEnds_AnySchedule_ComeToAgree() => Sweep.AssertAllPass();

    [Test]
    public void OneSeed_Twice_RunsTheSame()
    {
        var once = SimulatedRun.Run(Schedule.FromSeed(Sweep.FirstSeed)).Log;
        Assert.That(once, Is.Not.Empty.And.EqualTo(SimulatedRun.Run(Schedule.FromSeed(Sweep.FirstSeed)).Log));
    }
}
