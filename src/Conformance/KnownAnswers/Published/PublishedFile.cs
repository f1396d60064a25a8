using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.Json;
using Ipsec.Packets;

namespace Conformance.KnownAnswers.Published;

/// <summary>What was taken from a file as others publish it, and what wasn't.</summary>
/// <param name="Name">Path under the folder that was read.</param>
/// <param name="Skipped">Number of cases (0 for a whole file that is none of ours) by reason.</param>
public sealed record PublishedFile(string Name, ImmutableArray<KnownAnswer> Answers, ImmutableSortedDictionary<string, int> Skipped);

/// <summary>Reads folders of Wycheproof v1 JSON, ACVP JSON with answers, and CAVS response files, plain or gzipped.</summary>
public static class PublishedVectors
{
    /// <summary>Every file under the folder that looks like vectors.</summary>
    /// <exception cref="VectorFileException">A file is malformed.</exception>
    public static ImmutableArray<PublishedFile> Read(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Where(path => Extension(path) is ".json" or ".fax" or ".rsp")
            .Select(path => ReadFile(path, Path.GetRelativePath(folder, path))),
    ];

    private static PublishedFile ReadFile(string path, string name)
    {
        using var file = File.OpenRead(path);
        using var plain = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? (Stream)new GZipStream(file, CompressionMode.Decompress) : file;
        try
        {
            return Extension(path) == ".json" ? ReadJson(plain, name) : CavsFile.Read(new StreamReader(plain), name);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidDataException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw new VectorFileException($"{path} is malformed: {malformed.Message}");
        }
    }

    private static PublishedFile ReadJson(Stream stream, string name)
    {
        using var document = JsonDocument.Parse(stream);
        // ACVP wraps a vector set into an array, after its version.
        var root = document.RootElement.ValueKind == JsonValueKind.Array ? document.RootElement.EnumerateArray().Last() : document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("testGroups", out _))
            return new(name, [], ImmutableSortedDictionary<string, int>.Empty.Add("neither Wycheproof nor ACVP: no testGroups", 0));
        return root.TryGetProperty("vsId", out _) ? AcvpFile.Read(root, name) : WycheproofFile.Read(root, name);
    }

    private static string Extension(string path) =>
        Path.GetExtension(path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path).ToLowerInvariant();
}

/// <summary>Collects what a reader takes and skips.</summary>
internal sealed class Harvest(string source, string name)
{
    private readonly ImmutableArray<KnownAnswer>.Builder _answers = ImmutableArray.CreateBuilder<KnownAnswer>();
    private readonly SortedDictionary<string, int> _skipped = new(StringComparer.Ordinal);

    /// <summary>Takes a case for each of the algorithms.</summary>
    public void Take(string id, IEnumerable<string> algorithms, KnownAnswerKind kind, bool valid, params ReadOnlySpan<(string Name, byte[] Value)> fields)
    {
        var named = ImmutableDictionary.CreateBuilder<string, Octets>();
        foreach (var (field, value) in fields)
            named[field] = Octets.TakeOver(value);
        foreach (var algorithm in algorithms)
            _answers.Add(new(source, name, id, algorithm, kind, valid, named.ToImmutable()));
    }

    public void Skip(string reason, int cases = 1) => _skipped[reason] = _skipped.GetValueOrDefault(reason) + cases;

    public PublishedFile Finish() => new(name, _answers.ToImmutable(), _skipped.ToImmutableSortedDictionary());
}

/// <summary>Short ways to the members that vector files have.</summary>
internal static class JsonMembers
{
    public static string Text(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.ToString() : "";

    public static int Number(this JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetInt32() : 0;

    public static byte[] Hex(this JsonElement element, string name) => Convert.FromHexString(element.Text(name));

    public static IEnumerable<JsonElement> List(this JsonElement element, string name) => element.GetProperty(name).EnumerateArray();
}
