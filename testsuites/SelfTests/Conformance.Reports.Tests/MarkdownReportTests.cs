using Conformance.Tests.Results;

namespace Conformance.Reports.Tests;

public sealed class MarkdownReportTests
{
    [Test]
    public void Render_SampleRun_HasSummaryAttentionAndMatrix()
    {
        var text = MarkdownReport.Render(SampleRun.Create());

        Assert.That(text, Does.Contain("| strongswan | live | 33 pass, 1 unexpected pass, 4 unsupported, 1 warning, 1 fail |\n"));
        Assert.That(text, Does.Contain("- **fail** IKEV2-RETRANSMIT-001 against libreswan: "));
        Assert.That(text, Does.Contain("| ESP-ESN-004 The window slides over the wrap | pass | unsupported | – |\n"));
    }

    [Test]
    public void Render_SampleRun_TellsKnownDeviationsFromSurprises()
    {
        var text = MarkdownReport.Render(SampleRun.Create());

        Assert.That(text, Does.Contain("- **pass, but warning was expected** ESP-TUNNEL-008 against strongswan: (The expectation, to be corrected or removed, says: "));
        Assert.That(text, Does.Contain("### Deviations that were expected\n\n- fail IKEV2-MALFORMED-010 against libreswan: It answers any SPI &lt;since 5.2&gt;;"));
        Assert.That(text, Does.Contain("| pass | pass | fail (expected) |").And.Contain("| pass | pass, but warning was expected | pass |"));
    }

    [Test]
    public void Render_MarkupInATitle_IsEscaped()
    {
        var run = SampleRun.Create();
        run = run with { Scenarios = run.Scenarios.SetItem(0, run.Scenarios[0] with { Title = "a|b\n# <img> `c` [d](e) &amp;" }) };

        Assert.That(MarkdownReport.Render(run), Does.Contain(@"a\|b \# &lt;img&gt; \`c\` \[d\](e) &amp;amp;"));
    }
}
