using System.Text;

namespace Conformance.Decoding;

/// <summary>
/// Reads Wireshark's preference tables: a line an entry, fields between commas, text between quotes with <c>\xNN</c> for what can't stand there,
/// octets as bare hex; empty lines and lines after # are nothing.
/// </summary>
internal static class WiresharkTable
{
    /// <exception cref="KeyFileException">A quote is not closed.</exception>
    public static IEnumerable<TableLine> Read(string path)
    {
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (line.Length > MaximumLineLength)
                throw new KeyFileException(path, number, $"longer than {MaximumLineLength} characters");
            if (!string.IsNullOrWhiteSpace(line) && !line.TrimStart().StartsWith('#'))
                yield return new(path, number, Split(path, number, line));
        }
    }

    private const int MaximumLineLength = 100_000;

    private static List<string> Split(string path, int number, string line)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var index = 0; index < line.Length; index++)
        {
            var c = line[index];
            if (c == '"')
                quoted = !quoted;
            else if (quoted && c == '\\' && index + 3 < line.Length && line[index + 1] == 'x'
                && byte.TryParse(line.AsSpan(index + 2, 2), System.Globalization.NumberStyles.HexNumber, null, out var octet))
            {
                field.Append((char)octet);
                index += 3;
            }
            else if (c == ',' && !quoted)
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
            }
            else
                field.Append(c);
        }
        if (quoted)
            throw new KeyFileException(path, number, "a quote is not closed");
        fields.Add(field.ToString().Trim());
        return fields;
    }
}

/// <summary>One entry.</summary>
internal sealed record TableLine(string Path, int Number, List<string> Fields)
{
    public KeyFileException Wrong(string reason) => new(Path, Number, reason);

    public byte[] Hex(int field, string name)
    {
        var text = Fields[field].StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? Fields[field][2..] : Fields[field];
        try
        {
            return Convert.FromHexString(text);
        }
        catch (FormatException)
        {
            throw Wrong($"{name} is not an even number of hex digits");
        }
    }

    public byte[] Hex(int field, string name, int length, string why)
    {
        var octets = Hex(field, name);
        return octets.Length == length ? octets : throw Wrong($"{name} has {octets.Length} octets, {why} needs {length}");
    }
}

/// <summary>A key file has a wrong line. The message names the file, the line and what is wrong, never a key.</summary>
public sealed class KeyFileException(string path, int line, string reason) : Exception($"{path}, line {line}: {reason}")
{
    public int Line { get; } = line;
}
