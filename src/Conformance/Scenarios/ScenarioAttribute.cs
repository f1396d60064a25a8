using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Conformance.Implementations;
using NUnit.Framework;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;
using NUnit.Framework.Internal.Builders;

namespace Conformance.Scenarios;

/// <summary>
/// Marks a method of a <see cref="ScenarioFixture"/> as a scenario: a test case with a permanent id. Under <c>dotnet test</c> it runs against the
/// in-house stack in memory; the harness runs it against whomever it is told to.
/// </summary>
/// <param name="id">Such as <c>IKEV2-RETRANSMIT-001</c>: capitals, digits and dashes; never reused.</param>
/// <param name="title">What is sent and what must come back, one sentence without full stop.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ScenarioAttribute(string id, string title, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) : NUnitAttribute, ISimpleTestBuilder, IImplyFixture, IWrapTestMethod
{
    public string Id => id;

    public string Title => title;

    public ScenarioPlace Place => ScenarioPlace.Of(file, line);

    /// <summary>What the implementation must have; without it the verdict is <i>unsupported</i>.</summary>
    public Capability[] Needs { get; init; } = [];

    /// <summary>Ids of rules that what the script asks for breaks by itself, so that they say nothing of the implementation.</summary>
    public string[] Despite { get; init; } = [];

    public TestMethod BuildFrom(IMethodInfo method, Test? suite)
    {
        var test = new NUnitTestCaseBuilder().BuildTestMethod(method, suite, null);
        test.Name = $"{id} {title}";
        test.Properties.Add("Scenario", id);
        return test;
    }

    public NUnit.Framework.Internal.Commands.TestCommand Wrap(NUnit.Framework.Internal.Commands.TestCommand command) => new ScenarioTestCommand(command);
}

/// <summary>
/// Marks a method of a <see cref="ScenarioFixture"/> with one parameter as the script of many scenarios: one for each
/// <see cref="ScenarioCase"/> of a static property of its class. Each is a scenario like any other, with an id that says what is in it.
/// </summary>
/// <param name="cases">Name of the property, an enumerable of <see cref="ScenarioCase"/>.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ScenariosAttribute(string cases, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) : NUnitAttribute, ITestBuilder, IImplyFixture, IWrapTestMethod
{
    public string Cases => cases;

    public ScenarioPlace Place => ScenarioPlace.Of(file, line);

    public IEnumerable<TestMethod> BuildFrom(IMethodInfo method, Test? suite)
    {
        foreach (var scenario in ScenarioCatalogue.Describe(method.MethodInfo))
        {
            var test = new NUnitTestCaseBuilder().BuildTestMethod(method, suite, new([scenario.Argument]));
            test.Name = $"{scenario.Id} {scenario.Title}";
            test.Properties.Add("Scenario", scenario.Id);
            yield return test;
        }
    }

    public NUnit.Framework.Internal.Commands.TestCommand Wrap(NUnit.Framework.Internal.Commands.TestCommand command) => new ScenarioTestCommand(command);
}

/// <summary>One scenario of many with the same script.</summary>
/// <param name="Id">Permanent, and derived from the content: capitals, digits and dashes.</param>
/// <param name="Title">What is sent and what must come back, one sentence without full stop.</param>
/// <param name="Argument">What the script gets.</param>
/// <param name="Covers">Requirements, by id.</param>
/// <param name="Needs">What the implementation must have.</param>
public sealed record ScenarioCase(string Id, string Title, object? Argument, ImmutableArray<string> Covers, ImmutableArray<Capability> Needs)
{
    /// <inheritdoc cref="ScenarioAttribute.Despite"/>
    public ImmutableArray<string> Despite { get; init; } = [];
}

/// <summary>
/// What the implementation must have for every scenario of a class, and of those derived from it, or of a whole suite. A derived class adds what it says itself.
/// </summary>
// A class would hide those of its base if only one were allowed.
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class NeedsAttribute(params Capability[] capabilities) : Attribute
{
    public IReadOnlyList<Capability> Capabilities => capabilities;
}

/// <summary>The requirements that a scenario covers, by id (<c>RFC7296-2.1-6</c>). An id that the catalogue doesn't have is an error.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CoversAttribute(params string[] requirements) : Attribute
{
    public IReadOnlyList<string> Requirements => requirements;
}

/// <summary>Marks an assembly as a suite: the scenarios of one topic.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ScenarioSuiteAttribute(string name) : Attribute
{
    public string Name => name;
}
