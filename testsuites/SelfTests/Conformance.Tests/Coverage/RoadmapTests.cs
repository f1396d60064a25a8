using System.IO.Enumeration;
using Conformance.Coverage;
using Conformance.KnownAnswers;
using Conformance.Requirements;
using Conformance.Scenarios;
using Conformance.Tests.Results;
using Conformance.Tests.Suites;

namespace Conformance.Tests.Coverage;

/// <summary>What the roadmap says is covered is there.</summary>
public sealed class RoadmapTests
{
    [Test]
    public void Documents_AreThereOnce() => Assert.That(Roadmap.Documents.Select(document => document.Rfc), Is.Unique.And.Contain(4301).And.Contain(9370));

    [Test]
    public void EveryRfcWithRequirements_IsADocument() =>
        Assert.That(RequirementCatalogue.Instance.All.Select(requirement => requirement.Rfc).Distinct(), Is.SubsetOf(Roadmap.Documents.Select(document => document.Name)));

    [Test]
    public void Algorithms_AreProvenByVectors()
    {
        var proven = BuiltInVectors.Read().Select(answer => answer.Algorithm).ToHashSet();
        Assert.That(Roadmap.Documents.SelectMany(document => document.Algorithms).Distinct(), Is.SubsetOf(KnownAnswerRun.Registry).And.SubsetOf(proven));
    }

    [Test]
    public void Codecs_AreTypesOfThePackets() =>
        Assert.That(Roadmap.Documents.SelectMany(document => document.Codec).Distinct(), Is.SubsetOf(typeof(Ipsec.Packets.Octets).Assembly.GetExportedTypes().Select(type => type.Name)));

    [Test]
    public void ScenarioGlobs_MatchScenarios() => Assert.That(
        Roadmap.Documents.SelectMany(document => document.Scenarios).Where(glob => !AllSuites.Catalogue.Scenarios.Any(scenario => FileSystemName.MatchesSimpleExpression(glob, scenario.Id))), Is.Empty);

    [Test]
    public void Coverage_IsCounted()
    {
        var documents = DocumentCoverage.Of(SampleRun.Create()).ToDictionary(one => one.Document.Rfc);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(documents[7296].Scenarios, Is.EqualTo(26));
            Assert.That(documents[7296].Count!.Covered, Is.EqualTo(3), "one by scenarios, two by rules");
            Assert.That(documents[3602].KnownAnswers, Is.Positive);
            Assert.That(documents[4301].ObsoletedBy, Is.Empty);
            Assert.That(documents[4306].ObsoletedBy, Is.EqualTo(new[] { 5996 }));
            Assert.That(documents[7296].UpdatedBy, Does.Contain(7427));
            Assert.That(documents[2857].IsCovered, Is.False, "nobody has RIPEMD-160 here");
        }
    }

    [TestCase("- rfc: 1\n  group: nowhere\n  title: t\n  status: s\n  year: 2000\n", "x.yaml:2: ")]
    [TestCase("- rfc: 1\n  titel: t\n", "x.yaml:2: ")]
    public void Malformed_IsRefusedWithFileAndLine(string yaml, string message) =>
        Assert.That(() => Roadmap.Parse(new StringReader(yaml), "x.yaml"), Throws.TypeOf<CatalogueException>().With.Message.StartsWith(message));
}
