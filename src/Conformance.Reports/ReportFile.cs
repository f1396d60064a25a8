namespace Conformance.Reports;

/// <summary>Writes a report's files; what the file system refuses becomes a sentence.</summary>
internal static class ReportFile
{
    /// <summary>Writes UTF-8 without byte order mark; folders are made as needed.</summary>
    /// <exception cref="ReportException">The file cannot be written.</exception>
    public static void Write(string path, string text) => Write(path, file => File.WriteAllText(file, text));

    /// <summary>Writes octets; folders are made as needed.</summary>
    /// <exception cref="ReportException">The file cannot be written.</exception>
    public static void Write(string path, byte[] octets) => Write(path, file => File.WriteAllBytes(file, octets));

    /// <summary>Reads octets.</summary>
    /// <exception cref="ReportException">The file cannot be read.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReportException($"Cannot read {path}: {e.Message}", e);
        }
    }

    private static void Write(string path, Action<string> write)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            write(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReportException($"Cannot write the report {path}: {e.Message}", e);
        }
    }
}
