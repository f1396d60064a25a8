using Conformance.KnownAnswers;

namespace Conformance.Tests.KnownAnswers;

[TestFixture]
internal sealed class BuiltInVectorsTests
{
    private static readonly Lazy<KnownAnswerResults> Results = new(() => KnownAnswerRun.Run(BuiltInVectors.Read()));

    [Test]
    public void BuiltIn_everyVector_passes() =>
        Assert.That(Results.Value.Failed.Select(failed => $"{failed.Answer}: {failed.Reason}"), Is.Empty);

    [Test]
    public void BuiltIn_everyAlgorithmOfTheRegistry_isProven() => Assert.That(Results.Value.Unproven, Is.Empty);

    [Test]
    public void BuiltIn_nistKeyDerivation_isComplete() =>
        Assert.That(Results.Value.Tallies.Where(tally => tally.Source == "NIST CAVS 17.3").Sum(tally => tally.Count), Is.EqualTo(4300));

    [Test]
    public void BuiltIn_everyRfcOfTheList_hasVectors()
    {
        int[] rfcs = [2202, 2410, 3566, 3602, 3610, 3686, 3713, 4231, 4434, 4493, 4494, 4615, 4754, 4868, 5114, 5903, 6932, 6954, 7427, 7634, 7748, 8031, 8032, 8439];
        Assert.That(rfcs.Select(rfc => $"RFC {rfc}"), Is.SubsetOf(Results.Value.Tallies.Select(tally => tally.Source)));
    }

    [Test]
    public void Run_alteredFigure_isReported()
    {
        var answer = BuiltInVectors.Read().First(answer => answer.Source == "RFC 3602");
        var altered = answer with { Fields = answer.Fields.SetItem("plaintext", new byte[16]) };
        Assert.That(KnownAnswerRun.Run([altered]).Failed.Single().Reason, Does.StartWith("plaintext differs"));
    }

    [Test]
    public void Run_validVectorSaidToBeInvalid_isReported()
    {
        var answer = BuiltInVectors.Read().First(answer => answer.Source == "RFC 8439");
        Assert.That(KnownAnswerRun.Run([answer with { IsValid = false }]).Failed.Single().Reason, Does.Contain("must be refused"));
    }
}
