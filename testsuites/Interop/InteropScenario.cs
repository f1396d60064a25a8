using Conformance.Implementations;
using Conformance.Scenarios;

namespace Conformance.Suites.Interop;

/// <summary>What scenarios between the in-house stack and the implementation share.</summary>
public abstract class InteropScenario : ScenarioFixture
{
    protected async Task Meet(ConnectionPolicy policy, bool stackInitiates)
    {
        await Context.Configure(policy);
        if (!(stackInitiates ? await Context.Stack.Initiate() : await Context.Stack.BeInitiated()))
            Context.Inconclusive("preamble: no IKE SA and child SA");
        await Context.Stack.Ping(8);
        if (await Context.Stack.Ping(56) != 1)
            Context.Inconclusive("preamble: no echo reply through the child SA");
    }

    protected async Task TrafficFlows(string requirement)
    {
        // Some kernels install the SA a moment after their daemon has answered: the first echo may be lost to that.
        await Context.Stack.Ping(8);
        int[] sizes = [0, 56, 1000, 2500];
        var pings = await Context.Stack.Ping(sizes);
        Context.Check(requirement, pings == sizes.Length, $"{sizes.Length} ICMP echo replies under the new SA", $"{pings}");
        const int transfer = 64 * 1024;
        var octets = await Context.Stack.EchoTcp(transfer);
        Context.Check(requirement, octets == transfer, $"{transfer} octets echoed over TCP under the new SA", $"{octets}");
    }
}
