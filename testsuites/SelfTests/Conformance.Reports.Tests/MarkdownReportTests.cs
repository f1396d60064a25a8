using Conformance.Tests.Results;

namespace Conformance.Reports.Tests;

public sealed class MarkdownReportTests
{
    [Test]
    public void Render_SampleRun_HasSummaryAttentionAndMatrix()
    {
        var text = MarkdownReport.Render(SampleRun.Create());

        Assert.That(text, Does.Contain("| strongswan | live | 34 pass, 4 unsupported, 1 warning, 1 fail |\n"));
        Assert.That(text, Does.Contain("- **fail** IKEV2-RETRANSMIT-001 against libreswan: "));
        Assert.That(text, Does.Contain("| ESP-ESN-004 The window slides over the wrap | pass | unsupported | – |\n"));
    }

    [Test]
    public void Render_MarkupInATitle_IsEscaped()
    {
        var run = SampleRun.Create();
        run = run with { Scenarios = run.Scenarios.SetItem(0, run.Scenarios[0] with { Title = "a|b\n# <img> `c` [d](e) &amp;" }) };

        Assert.That(MarkdownReport.Render(run), Does.Contain(@"a\|b \# &lt;img&gt; \`c\` \[d\](e) &amp;amp;"));
    }
}
