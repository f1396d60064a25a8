using System.Text.Json;
using Conformance.Coverage;
using Conformance.Results;
using Conformance.Tests.Results;

namespace Conformance.Reports.Tests;

public sealed class CoverageReportTests
{
    private static readonly RunResults Sample = SampleRun.Create();

    private static readonly CoverageTable Table = CoverageTable.Of(Sample);

    [Test]
    public void Page_OfARun_ShowsGapsReasonsAndVerdicts()
    {
        var html = HtmlReport.Render(Sample).Single(page => page.Path == ReportPaths.Coverage).Html;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(html, Does.Contain("RFC7296-2.1-6").And.Contain("<span class=\"verdict v-fail\">gap</span>").And.Contain("not testable: "));
            Assert.That(html, Does.Contain("id=\"filter-gap\"").And.Contain("#filter-gap:checked ~ .matrix :is(.suite, .scenario):not(.has-gap)"));
            Assert.That(html, Is.EqualTo(CoverageReport.Html(Table, Sample)));
            Assert.That(HtmlReport.Render(Sample).First().Html, Does.Contain("href=\"coverage.html\""));
        }
    }

    [Test]
    public void Json_HasEveryRequirementAndTheCounts()
    {
        var root = JsonDocument.Parse(CoverageReport.ToJson(Table)).RootElement;
        var one = root.GetProperty("requirements").EnumerateArray().Single(requirement => requirement.GetProperty("id").GetString() == "RFC7296-2.1-6");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(root.GetProperty("requirements").GetArrayLength(), Is.EqualTo(Table.Rfcs.Sum(rfc => rfc.Requirements.Length)));
            Assert.That(one.GetProperty("verdicts").GetProperty("libreswan").GetString(), Is.EqualTo("fail"));
            Assert.That(one.GetProperty("coveredBy").GetArrayLength(), Is.EqualTo(26));
            Assert.That(root.GetProperty("rfcs").EnumerateArray().Last().GetProperty("rfc").GetString(), Is.EqualTo("all"));
        }
    }

    [Test]
    public void Markdown_ListsGapsAndWhatWasBroken()
    {
        var text = CoverageReport.Markdown(Table);
        Assert.That(text, Does.Contain("| all |").And.Contain("RFC7296: wire MUSTs that nothing covers").And.Contain("Broken by libreswan"));
        Assert.That(text, Does.Contain("- fail: RFC7296-2.1-6 (MUST): "));
    }
}
