using System.Text.RegularExpressions;
using Conformance.Experiments;
using Conformance.Reports;

namespace Conformance.Cli.Tests;

[Parallelizable(ParallelScope.All)]
internal sealed partial class ExperimentTests
{
    [TestCase("one-to-one", "10 % |")]
    [TestCase("vpn", "hostile")]
    [TestCase("bundles", "all traffic through the gateway")]
    public async Task Experiment_WritesATableFiguresAndAPageThatFollowsFromThem(string experiment, string said)
    {
        var folder = Directory.CreateTempSubdirectory("experiment-");
        try
        {
            var run = await CommandProcess.Run("experiment", experiment, "--seed", "3", "--output", folder.FullName);
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.AsExpected), run.Error);
            Assert.That(run.Output, Does.Contain(said).And.Contain(Path.Combine(folder.FullName, ExperimentReport.PageName)));
            var page = await File.ReadAllTextAsync(Path.Combine(folder.FullName, ExperimentReport.PageName));
            var figures = await File.ReadAllTextAsync(Path.Combine(folder.FullName, ExperimentReport.FiguresName));
            Assert.That(figures, Does.Contain("\"seed\": 3"));
            Assert.That(page, Is.EqualTo(experiment switch
            {
                "one-to-one" => ExperimentReport.Render(FiguresFile.Read<OneToOneFigures>(figures)),
                "vpn" => ExperimentReport.Render(FiguresFile.Read<VpnFigures>(figures)),
                _ => ExperimentReport.Render(FiguresFile.Read<BundleFigures>(figures)),
            }));
            Assert.That(page, Does.Not.Contain("<script").And.Not.Contain("http"));
            foreach (Match link in Link().Matches(page))
                Assert.That(File.Exists(Path.Combine(folder.FullName, link.Groups[1].Value)), link.Value);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test]
    public async Task SeedThatIsNoNumber_IsRefused() =>
        (await CommandProcess.Run("experiment", "one-to-one", "--seed", "many")).IsRefusal(ExitCode.Usage, "many");

    [GeneratedRegex("href=\"([^\"#]+)\"")]
    private static partial Regex Link();
}
