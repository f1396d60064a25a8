using System.Collections.Frozen;
using Conformance.Scenarios;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Conformance.Requirements;

/// <summary>The requirements of <c>fixtures/requirements/*.yaml</c>, which are built into this library.</summary>
public sealed class RequirementCatalogue
{
    private readonly FrozenDictionary<string, Requirement> _byId;

    private RequirementCatalogue(IEnumerable<Requirement> requirements) => _byId = requirements.ToFrozenDictionary(requirement => requirement.Id);

    public static RequirementCatalogue Instance { get; } = LoadEmbedded();

    public IEnumerable<Requirement> All => _byId.Values.OrderBy(requirement => requirement.Id, StringComparer.Ordinal);

    public Requirement? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Reads one file: a mapping from id to <c>level</c>, <c>sha8</c> and <c>text</c>.</summary>
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
                var fields = new Dictionary<string, string>();
                parser.Consume<MappingStart>();
                while (!parser.TryConsume<MappingEnd>(out _))
                {
                    var key = parser.Consume<Scalar>();
                    if (key.Value is not ("level" or "sha8" or "text"))
                        throw new CatalogueException($"{file}:{key.Start.Line}: {id.Value} has an unknown key '{key.Value}'");
                    fields[key.Value] = parser.Consume<Scalar>().Value;
                }
                if (fields.Count != 3 || requirements.Exists(requirement => requirement.Id == id.Value))
                    throw new CatalogueException($"{file}:{id.Start.Line}: {id.Value} {(fields.Count != 3 ? "needs level, sha8 and text" : "is there twice")}");
                requirements.Add(new(id.Value, fields["level"], fields["text"], fields["sha8"]));
            }
        }
        catch (YamlException error)
        {
            throw new CatalogueException($"{file}:{error.Start.Line}: {error.Message}");
        }
        return requirements;
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
