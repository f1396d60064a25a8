using Conformance.Expectations;
using Conformance.Scenarios;

namespace Conformance.Cli.Tests;

internal sealed class ExpectationTests
{
    [Test]
    public void WrongExpectation_AsFailure_IsItsOwnSentenceAndCouldNotRun() => Assert.That(
        FailureSentence.Of(new CatalogueException("fixtures/expectations/x.yaml:1: 'reason' is missing")),
        Is.EqualTo((ExitCode.CouldNotRun, "fixtures/expectations/x.yaml:1: 'reason' is missing")));

    [Test]
    public void BuiltInExpectations_AreOfPeersThatTheCommandKnows() => Assert.That(
        ExpectationCatalogue.Load(ScenarioOptions.Catalogue(), DateOnly.FromDateTime(DateTime.UtcNow)).Expectations.Select(expectation => expectation.Implementation).Distinct(), Is.SubsetOf(KnownPeers.All));
}
