namespace Conformance.Cli.Tests;

[Parallelizable(ParallelScope.All)]
internal sealed class ReportFormatTests
{
    [Test]
    public async Task ChosenFormatsAndASummaryToPublish_AreWritten()
    {
        using var folder = new TemporaryFolder();
        await CommandProcess.Run("run", "--peer", "in-house", "--scenario", "IKEV2-RETRANSMIT-001", "--results", folder.File("run"));
        foreach (var file in new[] { "index.html", "junit.xml" })
            File.Delete(folder.File($"run/{file}"));
        var report = await CommandProcess.Run("report", folder.File("run"), "--format", "allure", "--format", "junit", "--publish", folder.File("published"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.ExitCode, Is.EqualTo(ExitCode.AsExpected), report.Error);
            Assert.That(Directory.GetFiles(folder.File("run/allure-results"), "*-result.json"), Has.Length.EqualTo(1));
            Assert.That(Directory.GetFiles(folder.File("run/allure-results"), "*.pcapng"), Has.Length.EqualTo(1));
            Assert.That(folder.File("run/junit.xml"), Does.Exist);
            Assert.That(folder.File("run/index.html"), Does.Not.Exist);
            Assert.That(report.Output, Does.Contain($"published: {folder.File("published/interop.md")}"));
            Assert.That(folder.File("published/interop.json"), Does.Exist);
        }
    }

    [Test]
    public async Task Completion_KnowsTheCommandsAndTheirWords()
    {
        var commands = await CommandProcess.Run("[suggest:20]", "ipsec-conformance ");
        Assert.That(commands.Output.Split('\n'), Does.Contain("prove").And.Contain("coverage").And.Contain("diff"));
        var defects = await CommandProcess.Run("[suggest:33]", "ipsec-conformance prove --defect ");
        Assert.That(defects.Output.Split('\n'), Does.Contain("reserved-flags-sent"));
    }
}
