using System.Collections.Immutable;
using System.IO.Compression;

namespace Conformance.KnownAnswers;

/// <summary>The vectors that come with the program: <c>fixtures/vectors</c>, embedded.</summary>
public static class BuiltInVectors
{
    private const string Folder = "vectors/";

    /// <summary>All of them. Reading takes a while: keep the result.</summary>
    public static ImmutableArray<KnownAnswer> Read()
    {
        var assembly = typeof(BuiltInVectors).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
                .SelectMany(name => Read(assembly.GetManifestResourceStream(name)!, name)),
        ];
    }

    private static ImmutableArray<KnownAnswer> Read(Stream stream, string name)
    {
        using var plain = name.EndsWith(".br", StringComparison.Ordinal) ? new BrotliStream(stream, CompressionMode.Decompress) : stream;
        using var reader = new StreamReader(plain);
        return VectorFile.Read(reader, name[Folder.Length..]);
    }
}
