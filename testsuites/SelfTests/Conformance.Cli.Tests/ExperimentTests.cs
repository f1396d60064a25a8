using Conformance.Experiments;
using Conformance.Reports;

namespace Conformance.Cli.Tests;

[Parallelizable(ParallelScope.All)]
internal sealed class ExperimentTests
{
    [Test]
    public async Task OneToOne_WritesATableFiguresAndAPageThatFollowsFromThem()
    {
        var folder = Directory.CreateTempSubdirectory("one-to-one-");
        try
        {
            var run = await CommandProcess.Run("experiment", "one-to-one", "--seed", "3", "--output", folder.FullName);
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.AsExpected), run.Error);
            Assert.That(run.Output, Does.Contain("seed 3").And.Contain("10 % |").And.Contain(Path.Combine(folder.FullName, ExperimentReport.PageName)));
            var page = await File.ReadAllTextAsync(Path.Combine(folder.FullName, ExperimentReport.PageName));
            var figures = FiguresFile.Read<OneToOneFigures>(await File.ReadAllTextAsync(Path.Combine(folder.FullName, ExperimentReport.FiguresName)));
            Assert.That(figures.Seed, Is.EqualTo(3));
            Assert.That(page, Is.EqualTo(ExperimentReport.Render(figures)));
            Assert.That(page, Does.Not.Contain("<script").And.Not.Contain("http"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test]
    public async Task SeedThatIsNoNumber_IsRefused() =>
        (await CommandProcess.Run("experiment", "one-to-one", "--seed", "many")).IsRefusal(ExitCode.Usage, "many");
}
