using Conformance.InHouse;
using Conformance.Results;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;
using NUnit.Framework.Internal.Commands;

namespace Conformance.Scenarios;

/// <summary>Runs a scenario as an NUnit test: against the in-house stack, in memory, with its verdict as NUnit's result.</summary>
internal sealed class ScenarioTestCommand(TestCommand inner) : DelegatingTestCommand(inner)
{
    public override TestResult Execute(TestExecutionContext context)
    {
        var id = Test.Properties.Get("Scenario");
        var scenario = ScenarioCatalogue.Describe(Test.Method!.MethodInfo).Single(candidate => candidate.Id.Equals(id));
        var result = new ScenarioExecutor().Execute(scenario, new InHouseDriver(), context.CancellationToken).GetAwaiter().GetResult();
        var text = result.Reason + string.Concat(result.Steps.Select(step => $"\n{step.TimeMs,10:F3} {step.From,6} {(step.To == "" ? "  " : "->")} {step.To,-6} {step.Summary}"));
        var test = context.CurrentResult;
        switch (result.Verdict)
        {
            case Verdict.Pass:
                test.SetResult(ResultState.Success);
                break;
            case Verdict.Warning:
                test.SetResult(ResultState.Warning, text);
                break;
            case Verdict.Inconclusive:
                test.SetResult(ResultState.Inconclusive, text);
                break;
            case Verdict.Unsupported or Verdict.Skipped:
                test.SetResult(ResultState.Ignored, text);
                break;
            case Verdict.Fail:
                test.SetResult(ResultState.Failure, text);
                break;
            default:
                test.SetResult(ResultState.Error, text);
                break;
        }
        return test;
    }
}
