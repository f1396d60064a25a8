using System.Net.Sockets;
using Conformance.Implementations;
using Conformance.Peers.Engine;

namespace Conformance.Peers.Tests;

internal sealed class EngineTests
{
    [Test]
    public async Task UnreachableEngine_Asked_SaysWhereAndWhatToDo()
    {
        using var engine = new ContainerEngine(new("unix:///nonexistent/engine.sock"));
        var failure = await Assert.ThrowsAsync<ImplementationFailedException>(() => engine.Status(CancellationToken.None));
        Assert.That(failure!.Message, Does.StartWith("No container engine listens at /nonexistent/engine.sock: start dockerd"));
    }

    [Test]
    public async Task SocketOnWhichNobodyListens_Asked_SaysSo()
    {
        var folder = Directory.CreateTempSubdirectory("icf-test").FullName;
        try
        {
            var path = Path.Combine(folder, "dead.sock");
            using var bound = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            bound.Bind(new UnixDomainSocketEndPoint(path));
            using var engine = new ContainerEngine(new($"unix://{path}"));
            var failure = await Assert.ThrowsAsync<ImplementationFailedException>(() => engine.Inventory(CancellationToken.None));
            Assert.That(failure!.Message, Does.StartWith($"No container engine listens at {path}: start dockerd"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task UnknownContainer_Log_IsEmpty() => Assert.That(await ContainerEngine.DaemonLog("icf-no-such", CancellationToken.None), Is.Empty);

    [Test]
    public async Task UnreachableEngine_Obstacle_IsASentence()
    {
        using var engine = new ContainerEngine(new("unix:///nonexistent/engine.sock"));
        Assert.That(await engine.Obstacle(CancellationToken.None), Is.Not.Null.And.EndsWith(".").And.Not.Contain("\n"));
    }

    [Test]
    public async Task RemoteEngine_Obstacle_SaysThatItMustBeLocal()
    {
        using var engine = new ContainerEngine(new("tcp://192.0.2.1:2375"));
        Assert.That(await engine.Obstacle(CancellationToken.None), Does.Contain("not on a local socket"));
    }

    [Test]
    public void ThisProcess_Identity_IsAlive()
    {
        Assume.That(OperatingSystem.IsLinux());
        Assert.That(ProcessIdentity.Parse(ProcessIdentity.Current.ToString()), Is.EqualTo(ProcessIdentity.Current));
        Assert.That(ProcessIdentity.Current.IsAlive);
    }

    [Test]
    public void SameProcessIdOfAnotherTime_Identity_IsDead()
    {
        Assert.That((ProcessIdentity.Current with { Started = 1 }).IsAlive, Is.False);
        Assert.That((ProcessIdentity.Current with { Boot = "another" }).IsAlive, Is.False);
    }

    [TestCase("")]
    [TestCase("1.2")]
    [TestCase("x.2.boot")]
    public void Nonsense_ParsedAsIdentity_IsNull(string text) => Assert.That(ProcessIdentity.Parse(text), Is.Null);

    [Test]
    public void ChangedFile_Tag_Differs()
    {
        var folder = Directory.CreateTempSubdirectory("icf-test").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "Dockerfile"), "FROM a");
            var before = DockerFolder.TagOf(folder, "parent");
            Assert.That(DockerFolder.TagOf(folder, "parent"), Is.EqualTo(before));
            Assert.That(DockerFolder.TagOf(folder, "other"), Is.Not.EqualTo(before));
            File.WriteAllText(Path.Combine(folder, "Dockerfile"), "FROM b");
            Assert.That(DockerFolder.TagOf(folder, "parent"), Is.Not.EqualTo(before));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void TestFolder_FindDocker_IsTheProjects() =>
        Assert.That(DockerFolder.Find(TestContext.CurrentContext.TestDirectory), Is.Not.Null.And.EndsWith("docker"));
}
