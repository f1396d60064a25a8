using Conformance.Results;
using Conformance.Tests.Results;

namespace Conformance.Reports.Tests;

[Explicit("Writes the sample run's reports into the folder that REPORT_PREVIEW names, to look at.")]
public sealed class PreviewTests
{
    [Test]
    public void SampleRun_AllReports_AreWrittenForALook()
    {
        var folder = Environment.GetEnvironmentVariable("REPORT_PREVIEW") ?? throw new InvalidOperationException("REPORT_PREVIEW names no folder.");
        Directory.CreateDirectory(folder);
        var run = SampleRun.Create();

        ResultsFile.Write(run, Path.Combine(folder, ResultsFile.FileName));
        HtmlReport.Write(run, folder);
        JunitReport.Write(run, Path.Combine(folder, "junit.xml"));
        MarkdownReport.Write(run, Path.Combine(folder, "report.md"));
        File.WriteAllLines(Path.Combine(folder, "summary.txt"), ConsoleSummary.Of(run).ToLines());

        Assert.Pass();
    }
}
