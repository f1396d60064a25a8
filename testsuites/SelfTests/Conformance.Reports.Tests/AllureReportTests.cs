using System.Text.Json;
using Conformance.Results;
using Conformance.Tests.Evidence;
using Conformance.Tests.Results;

namespace Conformance.Reports.Tests;

public sealed class AllureReportTests
{
    private static readonly RunResults Sample = SampleRun.Create();

    private TemporaryFolder _folder = null!;
    private List<JsonElement> _results = [];

    [OneTimeSetUp]
    public void Write()
    {
        _folder = new TemporaryFolder();
        var capture = _folder.File("run/" + Sample.Results[0].Evidence.Capture);
        Directory.CreateDirectory(Path.GetDirectoryName(capture)!);
        File.WriteAllBytes(capture, [1, 2, 3]);
        AllureReport.Write(Sample, _folder.File("run"), _folder.File("allure"));
        _results = [.. Directory.GetFiles(_folder.File("allure"), "*-result.json").Select(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement)];
    }

    [OneTimeTearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void EveryResult_HasAFileAndAnIdentityOfItsOwn()
    {
        Assert.That(_results, Has.Count.EqualTo(Sample.Results.Length));
        Assert.That(_results.Select(result => result.GetProperty("historyId").GetString()), Is.Unique);
    }

    [TestCase("in-house", "IKEV2-EXCHANGE-001", "passed")]
    [TestCase("libreswan", "IKEV2-RETRANSMIT-001", "failed")]
    [TestCase("libreswan", "IKEV2-MALFORMED-010", "passed", Description = "expected fail")]
    [TestCase("strongswan", "ESP-TUNNEL-008", "failed", Description = "unexpected pass")]
    [TestCase("libreswan", "IKEV2-MALFORMED-009", "broken", Description = "inconclusive")]
    [TestCase("libreswan", "ESP-TUNNEL-003", "broken", Description = "error")]
    [TestCase("strongswan", "ESP-ESN-001", "skipped", Description = "unsupported")]
    public void Verdict_IsMappedToAStatus(string implementation, string scenario, string status) =>
        Assert.That(Find(implementation, scenario).GetProperty("status").GetString(), Is.EqualTo(status));

    [Test]
    public void FlakyAndKnown_AreMarked()
    {
        Assert.That(Find("libreswan", "IKEV2-EXCHANGE-006").GetProperty("statusDetails").GetProperty("flaky").GetBoolean());
        Assert.That(Find("libreswan", "IKEV2-MALFORMED-010").GetProperty("statusDetails").GetProperty("known").GetBoolean());
    }

    [Test]
    public void Steps_AreOrderedInTime()
    {
        var result = Find("libreswan", "IKEV2-RETRANSMIT-001");
        var steps = result.GetProperty("steps").EnumerateArray().ToList();
        Assert.That(steps, Is.Not.Empty);
        Assert.That(steps.Select(step => step.GetProperty("start").GetInt64()), Is.Ordered);
        Assert.That(steps, Has.All.Matches<JsonElement>(step => step.GetProperty("stop").GetInt64() >= step.GetProperty("start").GetInt64()));
        Assert.That(steps.Select(step => step.GetProperty("status").GetString()), Has.Some.EqualTo("failed"));
        Assert.That(result.GetProperty("labels").EnumerateArray().Select(label => label.GetProperty("value").GetString()), Does.Contain("RFC7296").And.Contain("RFC7296-2.1-6"));
    }

    [Test]
    public void Attachments_AreCopiesOfTheEvidenceThatIsThere()
    {
        var attachments = _results.SelectMany(result => result.GetProperty("attachments").EnumerateArray()).ToList();
        Assert.That(attachments, Has.Count.EqualTo(1));
        Assert.That(File.ReadAllBytes(_folder.File("allure/" + attachments[0].GetProperty("source").GetString())), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public void Evidence_OutsideOfTheFolder_IsNotCopied()
    {
        File.WriteAllText(_folder.File("secret"), "secret");
        var run = Sample with { Results = [Sample.Results[0] with { Evidence = new() { PeerLog = "../secret" } }] };
        AllureReport.Write(run, _folder.File("run"), _folder.File("hostile"));
        Assert.That(Directory.GetFiles(_folder.File("hostile")), Has.Length.EqualTo(2), "the result and the environment");
    }

    private JsonElement Find(string implementation, string scenario) => _results.Single(result =>
        result.GetProperty("name").GetString()!.StartsWith($"{scenario} ", StringComparison.Ordinal)
        && result.GetProperty("labels").EnumerateArray().Any(label => label.GetProperty("name").GetString() == "parentSuite" && label.GetProperty("value").GetString() == implementation));
}
