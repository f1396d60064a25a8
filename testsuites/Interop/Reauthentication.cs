using Conformance.Implementations;
using Conformance.Scenarios;

namespace Conformance.Suites.Interop;

/// <summary>An authentication counts for a time only (RFC 4478): the in-house stack and the implementation authenticate anew, whoever begins, and traffic flows before and after.</summary>
[Needs(Capability.IkeV2, Capability.Reauthentication)]
public sealed class Reauthentication : InteropScenario
{
    private const string Requirement = "RFC4478-2-4";

    private static readonly TimeSpan Age = TimeSpan.FromSeconds(15), Limit = TimeSpan.FromSeconds(30);

    public static IEnumerable<ScenarioCase> Cases =>
        from stackInitiates in new[] { true, false }
        select new ScenarioCase(
            $"INTEROP-REAUTH-{(stackInitiates ? "001" : "002")}",
            $"An authentication counts for a time only by the word of {(stackInitiates ? "the implementation, the responder" : "the stack, the responder")}: IKE SA and child SA are made anew in time, and traffic flows before and after",
            stackInitiates, [Requirement], stackInitiates ? [] : [Capability.Initiator]);

    [Scenarios(nameof(Cases))]
    public async Task AuthenticatesAnew(bool stackInitiates)
    {
        await Meet(new() { Timers = new() { Reauthentication = Age } }, stackInitiates);
        Context.Check(Requirement, await Context.Stack.IsAuthenticatedAnew(Limit), $"a new IKE SA with a new child SA within {Limit.TotalSeconds:0} s", "none came about");
        await TrafficFlows(Requirement);
        Context.Check(Requirement, await Context.Stack.Disconnect(), "no child SA after the delete", "some");
    }
}
