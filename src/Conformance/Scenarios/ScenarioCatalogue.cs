using System.Collections.Immutable;
using System.Reflection;
using System.Text.RegularExpressions;
using Conformance.Implementations;
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
            .SelectMany(Describe)
            .OrderBy(scenario => scenario.Id, StringComparer.Ordinal)
            .ToImmutableArray();
        foreach (var twins in scenarios.GroupBy(scenario => scenario.Id).Where(group => group.Count() > 1))
            throw new CatalogueException($"scenario id {twins.Key} is used twice: {string.Join(" and ", twins.Select(scenario => $"{scenario.Place} ({scenario.Source})"))}");
        return new(scenarios);
    }

    /// <summary>Reads a method's attributes: no scenario, one, or one for each of its cases.</summary>
    public static IEnumerable<ScenarioDescriptor> Describe(MethodInfo method)
    {
        var place = $"{method.DeclaringType!.Name}.{method.Name}";
        if (method.GetCustomAttribute<ScenarioAttribute>() is { } scenario)
        {
            if (!NumberedIdForm().IsMatch(scenario.Id))
                throw new CatalogueException($"{scenario.Place}: scenario id '{scenario.Id}' of {place} is not of the form TOPIC-SUBJECT-001");
            var covers = method.GetCustomAttribute<CoversAttribute>()?.Requirements ?? [];
            yield return Describe(method, scenario.Place, new(scenario.Id, scenario.Title, null, [.. covers], [.. scenario.Needs])
            {
                Despite = [.. scenario.Despite],
            });
        }
        else if (method.GetCustomAttribute<ScenariosAttribute>() is { } scenarios)
        {
            var cases = method.DeclaringType.GetProperty(scenarios.Cases, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)?.GetValue(null)
                ?? throw new CatalogueException($"{scenarios.Place}: {place} has no property {scenarios.Cases} of cases");
            foreach (var one in (IEnumerable<ScenarioCase>)cases)
            {
                if (!IdForm().IsMatch(one.Id))
                    throw new CatalogueException($"{scenarios.Place}: scenario id '{one.Id}' of {place} is not of the form TOPIC-CONTENT");
                yield return Describe(method, scenarios.Place, one);
            }
        }
    }

    private static ScenarioDescriptor Describe(MethodInfo method, ScenarioPlace place, ScenarioCase scenario)
    {
        var type = method.DeclaringType!;
        var requirements = ImmutableArray.CreateBuilder<Requirement>();
        foreach (var id in scenario.Covers)
            requirements.Add(RequirementCatalogue.Instance.Find(id)
                ?? throw new CatalogueException($"{place}: scenario {scenario.Id} ({type.Name}.{method.Name}) covers {id}, which no requirements file has"));
        var suite = type.Assembly.GetCustomAttribute<ScenarioSuiteAttribute>()?.Name
            ?? throw new CatalogueException($"assembly {type.Assembly.GetName().Name} has scenarios but no [assembly: ScenarioSuite]");
        IEnumerable<Capability> needs =
        [
            .. type.Assembly.GetCustomAttributes<NeedsAttribute>().SelectMany(needs => needs.Capabilities),
            .. type.GetCustomAttributes<NeedsAttribute>().SelectMany(needs => needs.Capabilities),
            .. scenario.Needs,
        ];
        return new(scenario.Id, scenario.Title, suite, requirements.DrainToImmutable(), [.. needs.Distinct()], method, place, scenario.Argument) { Despite = scenario.Despite };
    }

    [GeneratedRegex("^[A-Z0-9]+(-[A-Z0-9]+)+-[0-9]{3}$")]
    private static partial Regex NumberedIdForm();

    [GeneratedRegex("^[A-Z0-9]+(-[A-Z0-9]+)+$")]
    private static partial Regex IdForm();
}

/// <summary>The catalogue of scenarios or requirements is wrong. The message says where and what.</summary>
public sealed class CatalogueException(string message) : Exception(message);
