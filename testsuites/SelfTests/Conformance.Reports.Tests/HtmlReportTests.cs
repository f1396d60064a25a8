using System.Collections.Immutable;
using System.Net;
using System.Text.RegularExpressions;
using Conformance.Results;
using Conformance.Tests.Evidence;
using Conformance.Tests.Results;

namespace Conformance.Reports.Tests;

public sealed partial class HtmlReportTests
{
    private const string Hostile = "<script>alert(\"x\")</script> & 'y' <b>";

    private static readonly RunResults Sample = SampleRun.Create();

    [Test]
    public void Render_SampleRun_HasAnIndexAndAPageForEachResultThatWasJudged()
    {
        var paths = HtmlReport.Render(Sample).Select(page => page.Path).ToList();

        Assert.That(paths, Is.EqualTo(Sample.Results.Select(ReportPaths.PageOf).OfType<string>().Prepend("roadmap.html").Prepend("coverage.html").Prepend("index.html")));
        Assert.That(paths, Has.No.Member("scenarios/strongswan/ESP-ESN-001.html").And.No.Member("scenarios/libreswan/ESP-TUNNEL-010.html"));
    }

    [Test]
    public void Render_Twice_GivesTheSameOctets()
    {
        Assert.That(HtmlReport.Render(SampleRun.Create()), Is.EqualTo(HtmlReport.Render(SampleRun.Create())));
    }

    [Test]
    public void Render_SampleRun_EveryLinkIsRelativeAndEveryPageThatItNamesExists()
    {
        var pages = HtmlReport.Render(Sample).ToList();
        var known = pages.Select(page => page.Path).Append(ResultsFile.FileName).Concat(Sample.Results.SelectMany(r => r.OtherAttempts.Select(attempt => attempt.Evidence).Append(r.Evidence)).SelectMany(evidence => evidence.Files).Select(f => f.Path)).ToHashSet();

        Assert.Multiple(() =>
        {
            foreach (var (path, html) in pages)
            {
                foreach (var link in Links(html))
                {
                    var target = new Uri(new Uri("file:///" + path), link).AbsolutePath[1..];
                    Assert.That(known, Does.Contain(Uri.UnescapeDataString(target)), $"{path} links to {link}");
                }
            }
        });
    }

    [Test]
    public void Render_SampleRun_LoadsNothingFromElsewhere()
    {
        Assert.Multiple(() =>
        {
            foreach (var (path, html) in HtmlReport.Render(Sample))
            {
                Assert.That(html, Does.Not.Match("https?://|<link|<script|<iframe|<img| src=|@import"), path);
            }
        });
    }

    [Test]
    public void Render_MarkupInEveryText_IsEscapedEverywhere()
    {
        foreach (var (path, html) in HtmlReport.Render(HostileRun()))
        {
            Assert.That(html, Does.Not.Contain("<script").And.Not.Contain("<b>"), path);
            Assert.That(html, Does.Contain("&lt;script&gt;"), path);
        }
    }

    [Test]
    public void Render_HostileNames_StayWithinTheReportsFolder()
    {
        foreach (var (path, _) in HtmlReport.Render(HostileRun("../../etc/passwd")))
        {
            Assert.That(path, Does.Match("^(index|coverage|roadmap|scenarios/[A-Za-z0-9_~-][A-Za-z0-9._~-]*/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)\\.html$"));
        }
    }

    [Test]
    public void Render_NotJudged_IsGroupedByReasonOnTheFirstPage()
    {
        var index = HtmlReport.Render(Sample).First().Html;

        Assert.That(index, Does.Contain("4: Extended sequence numbers: kernel-libipsec has none.").And.Contain("<p>ESP-ESN-001, ESP-ESN-002, ESP-ESN-003, ESP-ESN-004</p>"));
        Assert.That(index, Does.Contain("1: Excluded by --exclude ESP-TUNNEL-010."));
    }

    [TestCase("../secret")]
    [TestCase("/etc/passwd")]
    [TestCase("..\\secret")]
    public void Render_EvidenceOutsideOfTheFolder_IsNamedButNotLinked(string path)
    {
        var html = Page(Sample.Results[0] with { Evidence = new() { PeerLog = path } });

        Assert.That(Links(html), Has.None.Contain("secret").And.None.Contain("passwd"));
        Assert.That(html, Does.Contain($"<code>{path}</code>"));
    }

    [Test]
    public void Render_EvidenceWithAScheme_IsAFileNameInTheLink()
    {
        var html = Page(Sample.Results[0] with { Evidence = new() { PeerLog = "javascript:alert(1)" } });

        Assert.That(Links(html), Does.Contain("../../javascript%3Aalert%281%29"));
    }

    [Test]
    public void Render_Fail_PageHasRequirementExpectedActualAndFields()
    {
        var html = Page(Sample.Results.First(r => r.Scenario == "IKEV2-RETRANSMIT-001" && r.Verdict == Verdict.Fail));

        Assert.That(html, Does.Contain("the octets of the first response (frame 18)"));
        Assert.That(html, Does.Contain("a response with other octets (frame 20)"));
        Assert.That(html, Does.Contain("<th scope=\"row\">HDR.message id</th><td><code>2</code></td><td><code class=\"actual\">3</code></td>"));
        Assert.That(html, Does.Contain("A responder keeps its response until the next request"));
        Assert.That(html, Does.Contain("<g class=\"check broken\">"), "the ladder marks the broken check");
    }

    [Test]
    public void Render_KnownDeviation_IsMarkedWithItsReasonOnBothPages()
    {
        var deviation = Sample.Results.Single(r => r.Standing == Standing.Expected);
        var index = HtmlReport.Render(Sample).First().Html;
        var page = Page(deviation);

        Assert.That(index, Does.Match("<a class=\"verdict v-fail expected\" title=\"It answers any SPI [^\"]*\" href=\"scenarios/libreswan/IKEV2-MALFORMED-010.html\">fail, expected</a>"));
        Assert.That(index, Does.Contain("Deviations that were expected").And.Contain("id=\"filter-expected\""));
        Assert.That(page, Does.Contain("This was expected.").And.Contain("It answers any SPI &lt;since 5.2&gt;; its maintainers know."));
    }

    [Test]
    public void Render_UnexpectedPass_StandsOutOnBothPages()
    {
        var surprise = Sample.Results.Single(r => r.Standing == Standing.Unexpected);
        var index = HtmlReport.Render(Sample).First().Html;
        var page = Page(surprise);

        Assert.That(index, Does.Contain(">pass, unexpected</a>").And.Contain("id=\"filter-unexpected\""));
        Assert.That(page, Does.Contain("Warning was expected; correct or remove the expectation").And.Contain("class=\"expectation unexpected\""));
    }

    [Test]
    public void Render_SampleRun_FilterHasARuleForEachOfItsWords()
    {
        var index = HtmlReport.Render(Sample).First().Html;

        foreach (Match filter in Filter().Matches(index))
        {
            var word = filter.Groups[1].Value;
            Assert.That(word == "all" || index.Contains($"#filter-{word}:checked ~ .matrix :is(.suite, .scenario):not(.has-{word})", StringComparison.Ordinal), word);
        }
    }

    [TestCase("https://example.org/thread/1", true)]
    [TestCase("javascript:alert(1)", false)]
    [TestCase("../../etc/passwd", false)]
    public void Render_LinkOfAnExpectation_IsALinkOnlyToTheWeb(string link, bool isLink)
    {
        var html = Page(Sample.Results[0] with { Expected = new(Verdict.Fail, "known", link) });

        Assert.That(Links(html).Contains(link), Is.EqualTo(isLink));
        Assert.That(html, Does.Contain(link));
    }

    [Test]
    public void Render_Incomplete_IndexSaysSo()
    {
        var html = HtmlReport.Render(Sample with { Incomplete = true }).First().Html;

        Assert.That(html, Does.Contain("This run was cut short."));
        Assert.That(HtmlReport.Render(Sample).First().Html, Does.Not.Contain("This run was cut short."));
    }

    [Test]
    public void Render_NoResults_IsStillAReport()
    {
        var html = HtmlReport.Render(Sample with { Results = [] }).First().Html;

        Assert.That(html, Does.Contain("strongSwan 6.0.1"));
    }

    [Test]
    public void Render_LongLadder_DrawsBrokenChecksAndLeavesTheRestToTheList()
    {
        var steps = Enumerable.Range(1, 5000)
            .Select(i => new StepRecord(i, i == 2500 ? StepKind.Check : StepKind.Message, "tester", "iut", $"step number {i}", "", Ok: i != 2500, []))
            .ToImmutableArray();

        var html = Page(Sample.Results[0] with { Steps = steps });

        var ladder = WebUtility.HtmlDecode(html[html.IndexOf("<svg", StringComparison.Ordinal)..html.IndexOf("</svg>", StringComparison.Ordinal)]);
        Assert.Multiple(() =>
        {
            Assert.That(ladder.Contains("✗ step number 2500<", StringComparison.Ordinal), "the broken check is drawn");
            Assert.That(ladder.Contains("step number 2496<", StringComparison.Ordinal), "and what is near to it");
            Assert.That(ladder.Contains("step number 1000<", StringComparison.Ordinal), Is.False, "but nothing else of the middle");
            Assert.That(html.Contains("step number 1000<", StringComparison.Ordinal), "which is in the list");
        });
    }

    [Test]
    public void Write_SampleRun_PutsThePagesIntoTheFolder()
    {
        using var folder = new TemporaryFolder();

        var index = HtmlReport.Write(Sample, folder.File("new/report"));

        Assert.That(File.ReadAllText(index), Does.StartWith("<!DOCTYPE html>"));
        Assert.That(Directory.GetFiles(folder.Path, "*.html", SearchOption.AllDirectories), Has.Length.EqualTo(HtmlReport.Render(Sample).Count()));
    }

    [Test]
    public void Write_FolderIsAFile_SaysWhichPath()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("taken"), "");

        Assert.That(() => HtmlReport.Write(Sample, folder.File("taken")), Throws.TypeOf<ReportException>().With.Message.Contains(folder.File("taken")));
    }

    private static string Page(ScenarioResult result) => HtmlReport.Render(Sample with { Results = [result] }).Last().Html;

    private static IEnumerable<string> Links(string html) => Link().Matches(html).Select(match => match.Groups[1].Value).Where(link => !link.StartsWith('#'));

    /// <summary>A run in which every text is the same hostile one.</summary>
    private static RunResults HostileRun(string text = Hostile) => new()
    {
        SchemaVersion = 1, RunId = text, Started = Sample.Started, Finished = Sample.Finished, HarnessVersion = text, Command = text, Seed = 1, Machine = text,
        Implementations = [new(text, text, text, Live: true)],
        Scenarios = [new(text, text, text, [new(text, text, text)], text)],
        LeftOut = [text],
        Results =
        [
            new()
            {
                Scenario = text, Implementation = text, Verdict = Verdict.Fail, Reason = text, Started = Sample.Started, DurationMs = 1,
                Steps = [new(0, StepKind.Message, text, text + "2", text, text, Ok: true, [1]), new(1, StepKind.Check, "", "", text, text, Ok: false, [])],
                Findings = [new(text, Verdict.Fail, text, text, [new(text, text, text)])],
                Expected = new(Verdict.Warning, text, text),
                Evidence = new() { Capture = text, IkeKeys = text, EspKeys = text, PeerLog = text, PeerConfiguration = text, Replay = text },
            },
        ],
    };

    [GeneratedRegex("id=\"filter-([a-z]*)\"")]
    private static partial Regex Filter();

    [GeneratedRegex("(?:href|xlink:href)=\"([^\"]*)\"")]
    private static partial Regex Link();
}
