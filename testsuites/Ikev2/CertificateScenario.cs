using System.Collections.Immutable;
using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;

namespace Conformance.Suites.Ikev2;

/// <summary>What scenarios share in which the tester presents certificates, as initiator (R: the implementation responds) or as responder (I).</summary>
[Needs(Capability.CertificateAuthentication)]
public abstract class CertificateScenario : Ikev2Scenario
{
    /// <summary>One case for each role.</summary>
    /// <param name="isTaken">Whether the implementation is to believe the tester.</param>
    protected static IEnumerable<ScenarioCase> InBothRoles(string id, string title, Func<bool, object> argument, bool isTaken, ImmutableArray<string> covers, params ImmutableArray<Capability> needs) =>
        from initiates in new[] { false, true }
        select new ScenarioCase(
            $"{id}-{(initiates ? "I" : "R")}", $"{title} is {(isTaken ? "believed" : "refused")}", argument(initiates),
            [.. covers, .. isTaken || initiates ? [] : ImmutableArray.Create("RFC7296-2.21.2-1")], [.. needs, .. initiates ? [Capability.Initiator] : ImmutableArray<Capability>.Empty]);

    /// <summary>The tester proves itself, changed; the implementation is configured already. Its own AUTH is verified where it is sent.</summary>
    /// <returns>What it sent with its certificates.</returns>
    protected async Task<ReceivedIke?> Present(bool initiates, bool isTaken, string requirement, Action<IkeSession> change)
    {
        if (initiates)
        {
            var request = await Tester.AwaitAuthRequest();
            change(request.Session!);
            if (Tester.AnswerAuth(request) is { } problem)
                Context.Inconclusive($"IKE_AUTH can't be answered: {problem}");
            if (isTaken)
                Context.Check(requirement, await Tester.Carries(request.Session!.Children[0]), "established, and traffic over the child SA", "no echo reply in ESP");
            else
                await ExpectNothing(requirement);
            return request;
        }
        var session = await HalfOpen(change);
        var (response, child) = await Authenticate(session);
        if (!isTaken)
        {
            await ExpectRefusal(response, requirement);
            return response;
        }
        var trouble = response is null ? "no IKE_AUTH response" : session.TakeAuthResponse(response, child);
        Context.Check(requirement, trouble is null, "established", trouble ?? "");
        Context.Check(requirement, await Tester.Carries(child), "traffic over the child SA", "no echo reply in ESP");
        return response;
    }

    // Whether it says so is up to it (RFC 7296 section 2.21.2); a child SA it must not have.
    private async Task ExpectNothing(string requirement)
    {
        await Pass(Iut.Topology.SilenceTime);
        await Tester.ExpectNoChild(requirement);
    }
}
