using System.Text.Json;
using System.Text.Json.Serialization;

namespace Conformance.Results;

/// <summary>Reads and writes results.json, as <c>reports/schema/results-v1.schema.json</c> describes it.</summary>
public static class ResultsFile
{
    /// <summary>The file's name within a run's folder.</summary>
    public const string FileName = "results.json";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.Strict,
        PropertyNameCaseInsensitive = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters =
        {
            new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false),
        },
    };

    /// <summary>
    /// Writes the whole file, or nothing: it appears under its name only when it is complete, and a reader never sees half of it.
    /// </summary>
    /// <exception cref="ResultsFileException">The file cannot be written: no such folder, no permission, a full disk.</exception>
    public static void Write(RunResults results, string path)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                JsonSerializer.Serialize(stream, results, Options);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw new ResultsFileException(path, line: null, $"Cannot write {path}: {WithoutPath(e.Message, temporary)}.", e);
        }
    }

    /// <summary>Reads results.json.</summary>
    /// <exception cref="ResultsFileException">The file cannot be read, is no results.json, or has a schema version that this build does not know.</exception>
    public static RunResults Read(string path)
    {
        byte[] octets;
        try
        {
            octets = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ResultsFileException(path, line: null, $"Cannot read {path}: {WithoutPath(e.Message, path)}.", e);
        }

        return Parse(octets, path);
    }

    /// <summary>The text of results.json, UTF-8.</summary>
    public static byte[] Serialize(RunResults results) => JsonSerializer.SerializeToUtf8Bytes(results, Options);

    /// <summary>Parses the text of a results.json.</summary>
    /// <param name="octets">UTF-8, with or without a byte order mark.</param>
    /// <param name="path">Where the text comes from, for messages.</param>
    /// <exception cref="ResultsFileException">The text is no results.json.</exception>
    public static RunResults Parse(ReadOnlySpan<byte> octets, string path)
    {
        octets = octets.StartsWith("\uFEFF"u8) ? octets[3..] : octets;
        try
        {
            CheckSchemaVersion(JsonSerializer.Deserialize<SchemaVersionOnly>(octets, Options), path);
            var results = JsonSerializer.Deserialize<RunResults>(octets, Options)!;
            CheckReferences(results, path);
            return results;
        }
        catch (JsonException e)
        {
            long? line = e.LineNumber + 1;
            var where = line is null ? path : $"{path}, line {line}";
            throw new ResultsFileException(path, line, $"{where}: not a results.json of this harness: {WithoutPosition(e.Message)}", e);
        }
    }

    private static void CheckSchemaVersion(SchemaVersionOnly? file, string path)
    {
        if (file?.SchemaVersion is not { } version)
        {
            throw new ResultsFileException(path, line: null, $"{path}: not a results.json of this harness: it has no schemaVersion.");
        }

        if (version != RunResults.CurrentSchemaVersion)
        {
            throw new ResultsFileException(
                path, line: null, $"{path}: schema version {version} is not known to this build, which reads version {RunResults.CurrentSchemaVersion}.");
        }
    }

    private static void CheckReferences(RunResults results, string path)
    {
        var implementations = results.Implementations.Select(i => i.Name).ToHashSet();
        var scenarios = results.Scenarios.Select(s => s.Id).ToHashSet();
        var pairs = new HashSet<(string, string)>();
        foreach (var result in results.Results)
        {
            if (!pairs.Add((result.Scenario, result.Implementation)))
            {
                throw new ResultsFileException(path, line: null, $"{path}: {result.Scenario} against {result.Implementation} has more than one result.");
            }

            if (!implementations.Contains(result.Implementation))
            {
                throw new ResultsFileException(
                    path, line: null, $"{path}: a result refers to the implementation \"{result.Implementation}\", which the file does not describe.");
            }

            if (!scenarios.Contains(result.Scenario))
            {
                throw new ResultsFileException(
                    path, line: null, $"{path}: a result refers to the scenario \"{result.Scenario}\", which the file does not describe.");
            }
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to tell; a left-over temporary file harms nobody.
        }
    }

    /// <summary>The platform's message without the path that it repeats: <c>No space left on device : '/x'</c>.</summary>
    private static string WithoutPath(string message, string path) =>
        message.Replace($" : '{path}'", "", StringComparison.Ordinal).Replace($" '{path}'", "", StringComparison.Ordinal).TrimEnd('.');

    /// <summary>System.Text.Json ends its messages with the JSON path and position, which are told better elsewhere.</summary>
    private static string WithoutPosition(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (end < 0 ? message : message[..end]).TrimEnd(' ', '|');
    }

    private sealed record SchemaVersionOnly(int? SchemaVersion = null);
}

/// <summary>A results.json that cannot be read or written. The message is a sentence for the user.</summary>
public sealed class ResultsFileException(string path, long? line, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>Line from 1, where the fault has one.</summary>
    public long? Line { get; } = line;
}
