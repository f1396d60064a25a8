using System.Net;
using Conformance.Peers.Engine;

namespace Conformance.Cli.Tests;

[Parallelizable(ParallelScope.All)]
internal sealed class PeersStatusTests
{
    [Test]
    public void Inventory_AsLines_NamesEveryThingUnderItsKind()
    {
        var inventory = new PeerInventory(
            [new("icf-1", "strongswan", "running", "Up 3 seconds", 42, OwnerAlive: true), new("icf-2", "", "exited", "Exited (1)", 0, OwnerAlive: false)],
            [new("icf-1", "strongswan", "icfb00000001", IPNetwork.Parse("172.31.7.0/24"))],
            [new("ipsec-conformance/base:0123", 151_000_000)],
            []);
        Assert.That(PeersStatusCommand.Lines(inventory), Is.EqualTo(new[]
        {
            "containers:",
            "  icf-1  strongswan  running  Up 3 seconds  of process 42",
            "  icf-2  -  exited  Exited (1)  of no running process",
            "networks:",
            "  icf-1  strongswan  172.31.7.0/24  bridge icfb00000001",
            "images:",
            "  ipsec-conformance/base:0123  151 MB",
            "links: none",
        }));
    }

    [Test]
    public async Task StatusWithoutEngine_SaysThatNoneListensAndWhatToDo()
    {
        var status = await CommandProcess.Run("peers", "status");
        Assert.That(status.ExitCode, Is.EqualTo(ExitCode.CouldNotRun));
        Assume.That(Environment.IsPrivilegedProcess);
        Assert.That(status.Output, Does.StartWith("Peers can't be run here: No container engine listens at /nonexistent/docker.sock: start dockerd"));
    }
}
