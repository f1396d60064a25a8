using System.IO.Compression;
using Conformance.KnownAnswers;
using Conformance.KnownAnswers.Published;
using Conformance.Tests.Evidence;

namespace Conformance.Tests.KnownAnswers;

[TestFixture]
internal sealed class VectorFileTests
{
    [Test]
    public void Read_caseWithContinuedHexAndTwoAlgorithms_givesTwoAnswers()
    {
        const string text = "# x\nsource RFC 1\nsection 2\nkind aead\nalgorithm A B\n\ncase 7\nkey 0011\n  2233\nicv\nresult invalid\n";
        var answers = VectorFile.Read(new StringReader(text), "x");
        Assert.That(answers.Select(answer => answer.Algorithm), Is.EqualTo(new[] { "A", "B" }));
        Assert.That(answers[0]["key"], Is.EqualTo(new byte[] { 0, 0x11, 0x22, 0x33 }));
        Assert.That((answers[0].IsValid, answers[0].Id, answers[0].Has("icv")), Is.EqualTo((false, "7", true)));
    }

    [TestCase("source a\nsection b\nkind prf\nalgorithm c\ncase 1\nkey 0g\n", "no hex")]
    [TestCase("source a\nsection b\nkind nonsense\nalgorithm c\ncase 1\nkey 00\n", "nonsense")]
    [TestCase("key 00\n", "outside a case")]
    [TestCase("case 1\nkey 00\n", "no kind")]
    public void Read_malformed_namesFileAndReason(string text, string reason) =>
        Assert.That(() => VectorFile.Read(new StringReader(text), "x.vectors"), Throws.TypeOf<VectorFileException>().With.Message.Contains(reason).And.Message.Contains("x.vectors"));

    [Test]
    public void Published_malformedJson_namesFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "broken.json"), "{ \"testGroups\": [");
        Assert.That(() => PublishedVectors.Read(folder.Path), Throws.TypeOf<VectorFileException>().With.Message.Contains("broken.json"));
    }

    [Test]
    public void Published_wycheproof_takesWhatIsIpsecsAndSaysWhatIsNot()
    {
        using var folder = new TemporaryFolder();
        using (var file = new GZipStream(File.Create(Path.Combine(folder.Path, "m.json.gz")), CompressionMode.Compress))
        {
            file.Write("""
                {"algorithm":"AES-CMAC","testGroups":[
                 {"type":"MacTest","keySize":128,"tagSize":128,"tests":[
                  {"tcId":1,"key":"2b7e151628aed2a6abf7158809cf4f3c","msg":"","tag":"bb1d6929e95937287fa37d129b756746","result":"valid"},
                  {"tcId":2,"key":"2b7e151628aed2a6abf7158809cf4f3c","msg":"","tag":"ba1d6929e95937287fa37d129b756746","result":"invalid"}]},
                 {"type":"MacTest","keySize":256,"tagSize":128,"tests":[{"tcId":3}]}]}
                """u8);
        }
        var read = PublishedVectors.Read(folder.Path).Single();
        Assert.That(read.Answers.Select(answer => (answer.Id, answer.Algorithm)), Is.EqualTo(new[] { ("1", "PRF_AES128_CMAC"), ("1", "AUTH_AES_CMAC_96"), ("2", "PRF_AES128_CMAC") }));
        Assert.That(read.Skipped.Single().Key, Does.Contain("128 bits"));
        Assert.That(KnownAnswerRun.Run(read.Answers).Failed, Is.Empty);
    }
}
