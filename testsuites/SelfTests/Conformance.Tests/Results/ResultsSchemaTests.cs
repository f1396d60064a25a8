using System.Text;
using Conformance.Results;
using NJsonSchema;

namespace Conformance.Tests.Results;

/// <summary>The committed JSON schema and the records of results.json say the same.</summary>
public sealed class ResultsSchemaTests
{
    private JsonSchema _schema = null!;

    [OneTimeSetUp]
    public async Task LoadSchema() => _schema = await JsonSchema.FromFileAsync(Find("reports/schema/results-v1.schema.json"));

    [Test]
    public void Validate_SampleRun_HasNothingToSay()
    {
        Assert.That(_schema.Validate(Sample()).Select(e => e.ToString()), Is.Empty);
    }

    [TestCase("\"schemaVersion\": 1", "\"schemaVersion\": 2")]
    [TestCase("\"runId\"", "\"runIdentity\"")]
    [TestCase("\"verdict\": \"fail\"", "\"verdict\": \"failed\"")]
    [TestCase("\"kind\": \"check\"", "\"kind\": 2")]
    [TestCase("\"live\": true", "\"live\": \"yes\"")]
    [TestCase("\"seed\": 1234567890", "\"seed\": \"1\"")]
    [TestCase("\"timeMs\": 0,", "\"timeMs\": null,")]
    [TestCase("\"capture\"", "\"pcap\"")]
    public void Validate_BrokenSample_Objects(string right, string wrong)
    {
        var broken = Sample().Replace(right, wrong, StringComparison.Ordinal);

        Assert.That(broken, Is.Not.EqualTo(Sample()));
        Assert.That(_schema.Validate(broken), Is.Not.Empty);
    }

    [Test]
    public void Schema_EveryProperty_IsDescribed()
    {
        var undescribed = _schema.Definitions.Values.Append(_schema)
            .SelectMany(s => s.Properties.Values)
            .Where(p => string.IsNullOrEmpty(p.Description) && string.IsNullOrEmpty(p.ActualSchema.Description))
            .Select(p => p.Name);

        Assert.That(undescribed, Is.Empty);
    }

    [Test]
    public void Schema_Verdicts_AreThoseOfTheHarness()
    {
        Assert.That(_schema.Definitions["verdict"].Enumeration, Is.EqualTo(Verdicts.All.Select(v => v.Word)));
    }

    /// <summary>With a small seed: NJsonSchema throws on integers beyond 64 bits with sign.</summary>
    private static string Sample() => Encoding.UTF8.GetString(ResultsFile.Serialize(SampleRun.Create() with { Seed = 1234567890 }));

    private static string Find(string path)
    {
        for (var folder = TestContext.CurrentContext.TestDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, path)))
            {
                return Path.Combine(folder, path);
            }
        }

        throw new FileNotFoundException($"No folder above {TestContext.CurrentContext.TestDirectory} has {path}.");
    }
}
