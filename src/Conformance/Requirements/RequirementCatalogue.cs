using System.Collections.Frozen;
using Conformance.Scenarios;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Conformance.Requirements;

/// <summary>The requirements of <c>fixtures/requirements/*.yaml</c>, which are built into this library.</summary>
public sealed class RequirementCatalogue
{
    private static readonly FrozenDictionary<string, RequirementRole> Roles = Enum.GetValues<RequirementRole>().ToFrozenDictionary(role => role.ToString().ToLowerInvariant());

    /// <summary>The words for where a break can be seen.</summary>
    public static FrozenDictionary<string, RequirementObservation> Observations { get; } = new Dictionary<string, RequirementObservation>
    {
        ["wire"] = RequirementObservation.Wire,
        ["local"] = RequirementObservation.Local,
        ["not-testable"] = RequirementObservation.NotTestable,
    }.ToFrozenDictionary();

    private readonly FrozenDictionary<string, Requirement> _byId;

    private RequirementCatalogue(IEnumerable<Requirement> requirements) => _byId = requirements.ToFrozenDictionary(requirement => requirement.Id);

    public static RequirementCatalogue Instance { get; } = LoadEmbedded();

    public IEnumerable<Requirement> All => _byId.Values.OrderBy(requirement => requirement.Id, StringComparer.Ordinal);

    public Requirement? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>
    /// Reads one file: a mapping from id to <c>level</c>, <c>sha8</c>, <c>text</c> and, once it is known, <c>role</c>, <c>observed</c> and, unless that is
    /// <c>wire</c>, <c>why</c>.
    /// </summary>
    /// <exception cref="CatalogueException">The file is not of that form; file and line are named.</exception>
    public static IReadOnlyList<Requirement> Parse(TextReader yaml, string file)
    {
        var requirements = new List<Requirement>();
        try
        {
            var parser = new Parser(yaml);
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            parser.Consume<MappingStart>();
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var id = parser.Consume<Scalar>();
                if (requirements.Exists(requirement => requirement.Id == id.Value))
                    throw new CatalogueException($"{file}:{id.Start.Line}: {id.Value} is there twice");
                requirements.Add(ParseEntry(parser, id, file));
            }
        }
        catch (YamlException error)
        {
            throw new CatalogueException($"{file}:{error.Start.Line}: {error.Message}");
        }
        return requirements;
    }

    private static Requirement ParseEntry(Parser parser, Scalar id, string file)
    {
        var fields = new Dictionary<string, Scalar>();
        parser.Consume<MappingStart>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = parser.Consume<Scalar>();
            if (key.Value is not ("level" or "sha8" or "text" or "role" or "observed" or "why"))
                throw new CatalogueException($"{file}:{key.Start.Line}: {id.Value} has an unknown key '{key.Value}'");
            fields[key.Value] = parser.Consume<Scalar>();
        }
        if (!fields.ContainsKey("level") || !fields.ContainsKey("sha8") || !fields.ContainsKey("text"))
            throw new CatalogueException($"{file}:{id.Start.Line}: {id.Value} needs level, sha8 and text");
        var role = Word(fields, "role", Roles, file);
        var observed = Word(fields, "observed", Observations, file);
        var why = fields.GetValueOrDefault("why")?.Value;
        if ((why is not null) != (observed is RequirementObservation.Local or RequirementObservation.NotTestable))
            throw new CatalogueException($"{file}:{id.Start.Line}: {id.Value} {(why is null ? "needs" : "has")} a why, which goes with 'observed: local' and 'observed: not-testable' alone");
        return new(id.Value, fields["level"].Value, fields["text"].Value, fields["sha8"].Value, role, observed, why);
    }

    private static T? Word<T>(Dictionary<string, Scalar> fields, string key, FrozenDictionary<string, T> known, string file)
        where T : struct
    {
        if (!fields.TryGetValue(key, out var word))
            return null;
        return known.TryGetValue(word.Value, out var value)
            ? value
            : throw new CatalogueException($"{file}:{word.Start.Line}: '{word.Value}' is no {key} among: {string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}");
    }

    private static RequirementCatalogue LoadEmbedded()
    {
        var assembly = typeof(RequirementCatalogue).Assembly;
        return new(assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("requirements/", StringComparison.Ordinal))
            .SelectMany(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                return Parse(reader, $"fixtures/{name}");
            }));
    }
}
