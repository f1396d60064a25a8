using Conformance.Implementations;
using Conformance.Scenarios;
using Conformance.Testing;

namespace Conformance.Suites.Esp;

/// <summary>What all ESP scenarios begin with: an IKE SA and a child SA that is known to carry traffic.</summary>
[Needs(Capability.IkeV2)]
public abstract class EspScenario : ScenarioFixture
{
    private protected static readonly ConnectionPolicy Standard = new();

    /// <summary>The child SA of a policy, after a ping through it; inconclusive if that does not come back.</summary>
    private protected async Task<EspSession> WorkingChild(ConnectionPolicy? policy = null)
    {
        await Context.Configure(policy ?? Standard);
        var session = await Tester.Establish();
        var child = session.Children[0];
        if (await Tester.Carries(child))
            return child;
        Context.Inconclusive("preamble: no echo reply through the child SA");
        return child;
    }

    /// <summary>After a hostile step: the SA still carries honest traffic, and the IKE SA answers.</summary>
    private protected async Task StillCarries(EspSession child)
    {
        if (await Tester.Ping(child) is null)
            Context.Fail("after the hostile step, the child SA carries no traffic any more");
        await Tester.ProbeLiveness(child.Session);
    }
}
