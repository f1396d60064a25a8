using System.Collections.Immutable;
using System.Reflection;
using Conformance.Implementations;
using Conformance.Requirements;

namespace Conformance.Scenarios;

/// <summary>One scenario of the catalogue.</summary>
/// <param name="Suite">Name of the suite that it belongs to.</param>
/// <param name="Covers">Requirements with level and paraphrase.</param>
/// <param name="Needs">Capabilities that the implementation must declare.</param>
/// <param name="Place">Where it is written.</param>
/// <param name="Argument">What the method gets, if it is the script of many scenarios.</param>
public sealed record ScenarioDescriptor(
    string Id, string Title, string Suite, ImmutableArray<Requirement> Covers, ImmutableArray<Capability> Needs, MethodInfo Method, ScenarioPlace Place, object? Argument = null)
{
    /// <summary>Rules that do not count here.</summary>
    public ImmutableArray<string> Despite { get; init; } = [];

    /// <summary>Class and method, where a reader finds the script.</summary>
    public string Source => $"{Method.DeclaringType!.Name}.{Method.Name}";
}
