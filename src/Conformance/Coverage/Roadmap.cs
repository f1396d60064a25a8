using System.Collections.Immutable;
using Conformance.Scenarios;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Conformance.Coverage;

/// <summary>The documents of IPsec and IKE: <c>fixtures/roadmap.yaml</c>, which is built into this library.</summary>
public static class Roadmap
{
    private const string Name = "roadmap.yaml";

    /// <summary>In the order of the file: by group, then by number.</summary>
    public static ImmutableArray<RoadmapDocument> Documents { get; } = LoadEmbedded();

    /// <summary>Reads a file.</summary>
    /// <exception cref="CatalogueException">It is not of the form; file and line are named.</exception>
    public static ImmutableArray<RoadmapDocument> Parse(TextReader yaml, string file)
    {
        try
        {
            var entries = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).Build().Deserialize<List<Entry>>(yaml);
            return [.. entries.Select(entry => entry.ToDocument())];
        }
        catch (YamlException error)
        {
            throw new CatalogueException($"{file}:{error.Start.Line}: {error.InnerException?.Message ?? error.Message}");
        }
    }

    private static ImmutableArray<RoadmapDocument> LoadEmbedded()
    {
        using var reader = new StreamReader(typeof(Roadmap).Assembly.GetManifestResourceStream(Name)!);
        return Parse(reader, $"fixtures/{Name}");
    }

    /// <summary>An entry as it stands in the file.</summary>
    private sealed class Entry
    {
        public required int Rfc { get; set; }

        public required RoadmapGroup Group { get; set; }

        public required string Title { get; set; }

        public required string Status { get; set; }

        public required int Year { get; set; }

        public int[] Obsoletes { get; set; } = [];

        public int[] Updates { get; set; } = [];

        public string[] Algorithms { get; set; } = [];

        public string[] Codec { get; set; } = [];

        public string[] Scenarios { get; set; } = [];

        public RoadmapDocument ToDocument() => new(Rfc, Group, Title, Status, Year, [.. Obsoletes], [.. Updates], [.. Algorithms], [.. Codec], [.. Scenarios]);
    }
}
