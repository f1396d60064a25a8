using System.Collections.Immutable;
using System.Reflection;
using System.Text.RegularExpressions;
using Conformance.Requirements;

namespace Conformance.Scenarios;

/// <summary>All scenarios of all suites. Loading it checks what can be checked without running: ids, duplicates, unknown requirements.</summary>
public sealed partial class ScenarioCatalogue
{
    private ScenarioCatalogue(ImmutableArray<ScenarioDescriptor> scenarios) => Scenarios = scenarios;

    /// <summary>Ordered by id.</summary>
    public ImmutableArray<ScenarioDescriptor> Scenarios { get; }

    /// <summary>Loads the suites that lie beside the program: <c>Conformance.Suites.*.dll</c>.</summary>
    /// <exception cref="CatalogueException">Something is wrong with a scenario; the message says which, where and what.</exception>
    public static ScenarioCatalogue LoadBeside(string folder) =>
        Load(Directory.GetFiles(folder, "Conformance.Suites.*.dll").Order(StringComparer.Ordinal).Select(Assembly.LoadFrom));

    public static ScenarioCatalogue Load(IEnumerable<Assembly> suites)
    {
        var scenarios = suites
            .SelectMany(suite => suite.GetTypes())
            .Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(ScenarioFixture)))
            .SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<ScenarioAttribute>() is not null)
            .Select(Describe)
            .OrderBy(scenario => scenario.Id, StringComparer.Ordinal)
            .ToImmutableArray();
        foreach (var twins in scenarios.GroupBy(scenario => scenario.Id).Where(group => group.Count() > 1))
            throw new CatalogueException($"scenario id {twins.Key} is used twice: {string.Join(" and ", twins.Select(scenario => scenario.Source))}");
        return new(scenarios);
    }

    /// <summary>Reads a scenario method's attributes.</summary>
    public static ScenarioDescriptor Describe(MethodInfo method)
    {
        var scenario = method.GetCustomAttribute<ScenarioAttribute>()!;
        var suite = method.DeclaringType!.Assembly.GetCustomAttribute<ScenarioSuiteAttribute>()?.Name
            ?? throw new CatalogueException($"assembly {method.DeclaringType.Assembly.GetName().Name} has scenarios but no [assembly: ScenarioSuite]");
        if (!IdForm().IsMatch(scenario.Id))
            throw new CatalogueException($"scenario id '{scenario.Id}' of {method.DeclaringType.Name}.{method.Name} is not of the form TOPIC-SUBJECT-001");
        var covers = method.GetCustomAttribute<CoversAttribute>()?.Requirements ?? [];
        var requirements = ImmutableArray.CreateBuilder<Requirement>();
        foreach (var id in covers)
            requirements.Add(RequirementCatalogue.Instance.Find(id)
                ?? throw new CatalogueException($"scenario {scenario.Id} ({method.DeclaringType.Name}.{method.Name}) covers {id}, which no requirements file has"));
        return new(scenario.Id, scenario.Title, suite, requirements.DrainToImmutable(), [.. scenario.Needs], method);
    }

    [GeneratedRegex("^[A-Z0-9]+(-[A-Z0-9]+)+-[0-9]{3}$")]
    private static partial Regex IdForm();
}

/// <summary>The catalogue of scenarios or requirements is wrong. The message says where and what.</summary>
public sealed class CatalogueException(string message) : Exception(message);
