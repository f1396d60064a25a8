using Conformance.Requirements;

namespace Conformance.Tests.Requirements;

/// <summary>How sentences are counted and hashed: ids must not move.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class NormativeSentenceTests
{
    private const string Document = """
        1.  Introduction ........................................ 1
        1.  Introduction

           Bells ring.  A bell MUST ring once, e.g. At noon, and MAY
           ring twice.  Nobody must listen.

        2.  Requirements Language

           The key words "MUST" and "MAY" are to be interpreted as usual.

        2.1.  Ropes

           Ropes SHOULD be long and

        Ringer                       Informational                      [Page 1]
        
        RFC 0                            Bells                      January 2000

           SHALL NOT be wet.

           o  Rope A is OPTIONAL.
           o  Rope B is NOT RECOMMENDED.

           | Hemp | MUST- | No |

        9.  Far Off MUST NOT be a section

        Appendix A.  Chimes

           Chimes are REQUIRED.

        Acknowledgements

           Mr. X MUST be thanked.
        """;

    [Test]
    public void Extract_OfADocument_CountsBySectionWithTheStrongestKeyword() => Assert.That(
        NormativeSentence.Extract("RFC0", Document).Select(sentence => $"{sentence.Id} {sentence.Level}"),
        Is.EqualTo(new[]
        {
            "RFC0-1-1 MUST",
            "RFC0-2.1-1 MUST NOT",
            "RFC0-2.1-2 MAY",
            "RFC0-2.1-3 SHOULD NOT",
            "RFC0-2.1-4 MUST",
            "RFC0-2.1-5 MUST NOT",
            "RFC0-A-1 MUST",
        }));

    [Test]
    public void Extract_OfDifferentWhiteSpace_GivesTheSameHash()
    {
        var wrapped = NormativeSentence.Extract("RFC0", "1. Bells\n\n   A  bell\n   MUST ring.\n");
        var flat = NormativeSentence.Extract("RFC0", "1. Bells\n\nA bell MUST ring.\n");
        Assert.That(wrapped, Is.EqualTo(flat));
        Assert.That(wrapped.Single(), Is.EqualTo(new NormativeSentence("RFC0-1-1", "MUST", "de5033df")));
    }

    [Test]
    public void Compare_WithTheSameSentences_FindsNothing() => Assert.That(RequirementVerification.Compare([Bell], [new(Bell.Id, Bell.Level, Bell.Sha8)]), Is.Empty);

    [TestCase("RFC0-1-2", "MUST", "00000000", "RFC0-1-2 (MUST) is missing", "RFC0-1-1 is no normative sentence of the RFC")]
    [TestCase("RFC0-1-1", "MUST", "11111111", "RFC0-1-1 has sha8 00000000, the RFC's sentence 11111111")]
    [TestCase("RFC0-1-1", "MAY", "00000000", "RFC0-1-1 is MUST, the RFC's sentence MAY")]
    public void Compare_WithOtherSentence_SaysWhatDiffers(string id, string level, string sha8, params string[] differences) =>
        Assert.That(RequirementVerification.Compare([Bell], [new(id, level, sha8)]), Is.EqualTo(differences));

    private static Requirement Bell { get; } = new("RFC0-1-1", "MUST", "Bells ring.", "00000000");
}
