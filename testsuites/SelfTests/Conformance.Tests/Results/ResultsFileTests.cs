using System.Text;
using Conformance.Results;
using Conformance.Tests.Evidence;

namespace Conformance.Tests.Results;

public sealed class ResultsFileTests
{
    private TemporaryFolder _folder = null!;

    private string File => _folder.File(ResultsFile.FileName);

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Write_ThenRead_GivesTheSameResults()
    {
        var results = SampleRun.Create();

        ResultsFile.Write(results, File);

        Assert.That(ResultsFile.Serialize(ResultsFile.Read(File)), Is.EqualTo(ResultsFile.Serialize(results)));
    }

    [Test]
    public void Write_OverAnOldFile_LeavesOnlyTheNewOne()
    {
        ResultsFile.Write(SampleRun.Create() with { RunId = "old" }, File);

        ResultsFile.Write(SampleRun.Create() with { RunId = "new" }, File);

        Assert.That(ResultsFile.Read(File).RunId, Is.EqualTo("new"));
        Assert.That(Directory.GetFiles(_folder.Path), Is.EqualTo([File]));
    }

    [Test]
    public void Serialize_Enums_AreLowerCaseWords()
    {
        var json = Encoding.UTF8.GetString(ResultsFile.Serialize(SampleRun.Create()));

        Assert.That(json, Does.Contain("\"verdict\": \"unsupported\"").And.Contain("\"kind\": \"message\"").And.Contain("\"schemaVersion\": 1"));
    }

    [Test]
    public void Write_NoSuchFolder_SaysWhichPath()
    {
        var path = _folder.File("missing/results.json");

        var e = Assert.Throws<ResultsFileException>(() => ResultsFile.Write(SampleRun.Create(), path))!;

        Assert.That(e.Path, Is.EqualTo(path));
        Assert.That(e.Message, Does.StartWith($"Cannot write {path}: ").And.Not.Contain(".tmp"));
    }

    [Test]
    public void Write_NameIsAFolder_LeavesNoTemporaryFile()
    {
        Directory.CreateDirectory(File);

        Assert.Throws<ResultsFileException>(() => ResultsFile.Write(SampleRun.Create(), File));

        Assert.That(Directory.GetFiles(_folder.Path), Is.Empty);
    }

    [Test]
    public void Read_NoSuchFile_SaysSo()
    {
        var e = Assert.Throws<ResultsFileException>(() => ResultsFile.Read(File))!;

        Assert.That(e.Message, Is.EqualTo($"Cannot read {File}: Could not find file."));
    }

    [Test]
    public void Parse_BrokenJson_SaysTheLine()
    {
        var e = Fault("{\n  \"schemaVersion\": 1,\n  \"runId\": oops\n}");

        Assert.That(e.Line, Is.EqualTo(3));
        Assert.That(e.Message, Does.StartWith("r.json, line 3: not a results.json of this harness: 'o' is an invalid start of a value."));
    }

    [Test]
    public void Parse_UnknownVerdict_SaysTheLineAndTheMember()
    {
        var text = Encoding.UTF8.GetString(ResultsFile.Serialize(SampleRun.Create())).Replace("\"verdict\": \"error\"", "\"verdict\": \"great\"", StringComparison.Ordinal);
        var line = text.Split('\n').Index().First(l => l.Item.Contains("great", StringComparison.Ordinal)).Index + 1;

        var e = Fault(text);

        Assert.That(e.Line, Is.EqualTo(line));
        Assert.That(e.Message, Does.Contain("verdict"));
    }

    [Test]
    public void Parse_MemberMissing_NamesIt()
    {
        var e = Fault("""{ "schemaVersion": 1, "runId": "x" }""");

        Assert.That(e.Message, Does.Contain("'started'"));
    }

    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("")]
    [TestCase("""{ "schemaVersion": "1" }""")]
    [TestCase("""{ "schemaVersion": 1, "results": null }""")]
    public void Parse_SomethingElse_IsRefusedWithASentence(string text)
    {
        Assert.That(Fault(text).Message, Does.Contain("not a results.json of this harness"));
    }

    [TestCase(0)]
    [TestCase(2)]
    public void Parse_UnknownSchemaVersion_IsRefusedEvenIfNothingElseFits(int version)
    {
        var e = Fault($$"""{ "schemaVersion": {{version}}, "verdicts": {} }""");

        Assert.That(e.Message, Is.EqualTo($"r.json: schema version {version} is not known to this build, which reads version 1."));
    }

    [Test]
    public void Parse_ResultOfAnImplementationThatIsNotDescribed_IsRefused()
    {
        var e = Fault(SampleRun.Create() with { Implementations = [] });

        Assert.That(e.Message, Does.Contain("the implementation \"in-house\""));
    }

    [Test]
    public void Parse_ResultOfAScenarioThatIsNotDescribed_IsRefused()
    {
        var e = Fault(SampleRun.Create() with { Scenarios = [] });

        Assert.That(e.Message, Does.Contain("the scenario \"IKEV2-EXCHANGE-001\""));
    }

    [Test]
    public void Parse_OnePairTwice_IsRefused()
    {
        var run = SampleRun.Create();

        var e = Fault(run with { Results = [.. run.Results, run.Results[0]] });

        Assert.That(e.Message, Is.EqualTo("r.json: IKEV2-EXCHANGE-001 against in-house has more than one result."));
    }

    [Test]
    public void Parse_ByteOrderMark_IsSkipped()
    {
        var octets = Encoding.UTF8.GetPreamble().Concat(ResultsFile.Serialize(SampleRun.Create())).ToArray();

        Assert.That(ResultsFile.Parse(octets, "r.json").RunId, Is.EqualTo(SampleRun.Create().RunId));
    }

    private static ResultsFileException Fault(RunResults results) => Fault(Encoding.UTF8.GetString(ResultsFile.Serialize(results)));

    private static ResultsFileException Fault(string text) =>
        Assert.Throws<ResultsFileException>(() => ResultsFile.Parse(Encoding.UTF8.GetBytes(text), "r.json"))!;
}
