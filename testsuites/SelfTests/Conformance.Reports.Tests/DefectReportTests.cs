using Conformance.Defects;
using Conformance.Tests.Evidence;
using Conformance.Tests.Results;

namespace Conformance.Reports.Tests;

public sealed class DefectReportTests
{
    private static readonly DefectProofs Proofs = new()
    {
        SchemaVersion = 1, HarnessVersion = "0.1.0", Started = new(2026, 3, 4, 9, 15, 0, TimeSpan.Zero), DurationMs = 1234, EveryScenario = true, Planned = 3, Scenarios = 9,
        Unsound = ["A-B-009: fail: <b>"],
        NeverFailed = ["A-B-001"],
        Proofs =
        [
            new("caught-one", "Something <b>small</b> is wrong", "RFC7296-2.1-6", ["A-B-002"], ["A-B-003"], [], 9, 10),
            new("missed-one", "Something else is wrong", "RFC7296-2.1-9", [], [], [], 9, 10),
        ],
    };

    [Test]
    public void Page_SaysWhatIsCaughtAndWhatIsNot()
    {
        var html = DefectReport.Render(Proofs);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(html, Does.Contain("1 of 2 defects are caught").And.Contain("1 of 3 defects were not tried"));
            Assert.That(html.IndexOf("missed-one", StringComparison.Ordinal), Is.LessThan(html.IndexOf("caught-one", StringComparison.Ordinal)), "what is missed comes first");
            Assert.That(html, Does.Contain("not caught").And.Contain("1 others failed too").And.Contain("A-B-009: fail: &lt;b&gt;"));
            Assert.That(html, Does.Not.Contain("<b>").And.Not.Match("https?://|<link|<script"));
        }
    }

    [Test]
    public void ReportOfARun_LinksToTheProofBesideIt()
    {
        using var folder = new TemporaryFolder();
        DefectReport.Write(Proofs, folder.Path);
        var page = File.ReadAllText(folder.File(DefectReport.PageName));
        File.Delete(folder.File(DefectReport.PageName));
        var index = HtmlReport.Write(SampleRun.Create(), folder.Path);
        Assert.That(File.ReadAllText(index), Does.Contain("href=\"prove.html\"").And.Contain("1 of 3 deliberate defects are caught"));
        Assert.That(File.ReadAllText(folder.File(DefectReport.PageName)), Is.EqualTo(page));
    }

    [TestCase("{}")]
    [TestCase("nonsense")]
    public void BrokenProof_IsRefusedWithItsPath(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("prove.json"), text);
        Assert.That(() => DefectReport.Read(folder.Path), Throws.TypeOf<ReportException>().With.Message.Contains("prove.json can't be read"));
    }
}
