using System.Text.Json;

namespace Conformance.Cli.Tests;

[Parallelizable(ParallelScope.All)]
internal sealed class CoverageCommandTests
{
    [Test]
    public async Task WithoutRun_ShowsWhatTheScenariosCover()
    {
        var coverage = await CommandProcess.Run("coverage", "--rfc", "4303", "--format", "json");
        Assert.That(coverage.ExitCode, Is.EqualTo(ExitCode.AsExpected), coverage.Error);
        var requirements = JsonDocument.Parse(coverage.Output).RootElement.GetProperty("requirements").EnumerateArray().ToList();
        Assert.That(requirements.Select(one => one.GetProperty("id").GetString()), Is.Not.Empty.And.All.StartsWith("RFC4303-"));
        Assert.That(requirements.Select(one => one.GetProperty("coveredBy").GetArrayLength()), Has.Some.Positive);
    }

    [Test]
    public async Task OfARun_WritesAPage()
    {
        using var folder = new TemporaryFolder();
        await CommandProcess.Run("run", "--peer", "in-house", "--scenario", "IKEV2-RETRANSMIT-001", "--results", folder.File("run"));
        var coverage = await CommandProcess.Run("coverage", folder.File("run"), "--format", "html", "--out", folder.File("c.html"));
        Assert.That(coverage.ExitCode, Is.EqualTo(ExitCode.AsExpected), coverage.Error);
        Assert.That(await File.ReadAllTextAsync(folder.File("c.html")), Is.EqualTo(await File.ReadAllTextAsync(folder.File("run/coverage.html"))));
    }

    [TestCase("no requirements of '1'", "coverage", "--rfc", "1")]
    [TestCase("There is no file nowhere", "coverage", "nowhere")]
    public async Task WrongCommandLine_IsUsageError(string says, params string[] arguments) => (await CommandProcess.Run(arguments)).IsRefusal(ExitCode.Usage, says);
}
